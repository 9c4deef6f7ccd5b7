/* SPDX-License-Identifier: Apache-2.0
 *
 * Wait group.  Waits for things that have no handle of their own, such as detached tasks.  Each is
 * added before it is started, so that the count cannot reach 0 too early.
 *
 * Wrong: examples/channel/wait_group_never_zero.c, examples/channel/wait_group_negative.c.
 *
 *	10 done */
#include <snarl_channel.h>
#include <stdio.h>

static struct snarl_wait_group *group;
static int done;

static void *work(void *unused)
{
	(void)unused;
	__atomic_fetch_add(&done, 1, __ATOMIC_RELAXED);
	snarl_wait_group_done(group);
	return NULL;
}

int main(void)
{
	group = snarl_wait_group_new();
	for (int i = 0; i < 10; i++) {
		snarl_wait_group_add(group, 1);
		if (snarl_task_detach(snarl_task_spawn("work", work, NULL, NULL)))
			snarl_wait_group_done(group);
	}
	snarl_wait_group_wait(group);
	printf("%d done\n", done);
	snarl_wait_group_release(group);
	return 0;
}
