/* SPDX-License-Identifier: Apache-2.0
 *
 * The last thing that a task does is to say that it is done, and the process ends before the task
 * has come to its own end: it owes nobody anything. */
// needs: channel
// expect: silent
#include "case.h"
#include <snarl_channel.h>

static struct snarl_wait_group *group;

static void *work(void *unused)
{
	snarl_wait_group_done(group);
	turn_await(1);
	return unused;
}

int main(void)
{
	group = snarl_wait_group_new();
	CHECK(snarl_wait_group_add(group, 3) == 0);
	for (int i = 0; i < 3; i++) {
		struct snarl_task *t = snarl_task_spawn("work", work, NULL, NULL);
		CHECK(t && snarl_task_detach(t) == 0);
	}
	CHECK(snarl_wait_group_wait(group) == 0);
	puts("done");
	return 0;
}
