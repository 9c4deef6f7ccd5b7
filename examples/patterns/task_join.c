/* SPDX-License-Identifier: Apache-2.0
 *
 * Task and join.  A function runs at the same time as its caller, and who started it takes its
 * result.  A task that is neither joined nor detached is a mistake.
 *
 * Wrong: examples/channel/task_never_joined.c, examples/channel/join_before_close.c.
 *
 *	length 5 */
#include <snarl_channel.h>
#include <stdio.h>
#include <string.h>

static void *measure(void *text)
{
	return (void *)strlen(text);
}

int main(void)
{
	char text[] = "snarl";
	struct snarl_task *task = snarl_task_spawn("measure", measure, text, NULL);
	void *length;

	if (snarl_task_join(task, &length) == 0)
		printf("length %zu\n", (size_t)length);
	snarl_task_release(task);
	return 0;
}
