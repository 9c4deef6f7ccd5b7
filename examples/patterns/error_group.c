/* SPDX-License-Identifier: Apache-2.0
 *
 * Error group.  Tasks that are worth something together only: the first that fails stops the
 * others, by the group's context, and its error is the result.
 *
 * Wrong: examples/channel/error_group_full.c.
 *
 *	group: No such file or directory */
#include <errno.h>
#include <snarl_channel.h>
#include <stdio.h>
#include <string.h>

static int fetch(void *name)
{
	if (strcmp(name, "missing") == 0)
		return -ENOENT;
	/* A long transfer, given up when another part has failed. */
	return snarl_sleep_with(SNARL_FOREVER, snarl_task_context());
}

int main(void)
{
	static char *parts[] = {"head", "missing", "tail"};
	struct snarl_error_group *group = snarl_error_group_new(NULL, 0);

	for (int i = 0; i < 3; i++)
		snarl_error_group_go(group, "fetch", fetch, parts[i]);
	printf("group: %s\n", strerror(-snarl_error_group_wait(group)));
	snarl_error_group_release(group);
	return 0;
}
