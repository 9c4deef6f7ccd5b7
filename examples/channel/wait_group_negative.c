/* SPDX-License-Identifier: Apache-2.0
 *
 * A failure is told twice: by the function that failed and by its caller.  With another task under
 * way the second done would be that task's, and the wait would end too early.
 *
 * Right: examples/patterns/wait_group.c: one done for each add, in one place. */
// needs: channel
// expect: api-error confirmed
#include <snarl_channel.h>
#include <stdio.h>

static struct snarl_wait_group *group;

static int fetch(int page)
{
	if (page < 0) {
		snarl_wait_group_done(group);
		return -1;
	}
	return page;
}

static void *fetch_page(void *page)
{
	if (fetch(*(int *)page) < 0)
		puts("no such page");
	snarl_wait_group_done(group);
	return NULL;
}

int main(void)
{
	int page = -1;
	struct snarl_task *task;

	group = snarl_wait_group_new();
	snarl_wait_group_add(group, 1);
	task = snarl_task_spawn("fetch", fetch_page, &page, NULL);
	snarl_wait_group_wait(group);
	snarl_task_join(task, NULL);
	snarl_task_release(task);
	snarl_wait_group_release(group);
	return 0;
}

/* Under `snarl run`:
 *
 * It reports:
 *   ==snarl== api-error (confirmed): a call of T2 'fetch' on wait group W1 failed: EINVAL
 *       (Invalid argument)  [id X]
 *     why: the count would have become negative, so more was called done than had been added
 *     T2 'fetch' made the call that failed, on wait group W1 here:
 *       #0  fetch_page  examples/channel/wait_group_negative.c:27:2
 *             27 | snarl_wait_group_done(group);
 *     T2 'fetch' was created by T1 'main' in main at examples/channel/wait_group_negative.c:38:9
 *     wait group W1: 0xX, first initialised by T1 'main' in main at
 *         examples/channel/wait_group_negative.c:36:10
 *     fix: Call done once for each one that was added, and give back once what was acquired: in
 *         one place that every path passes.
 *
 *   snarl: 1 finding (1 confirmed): `snarl report` tells more
 */
