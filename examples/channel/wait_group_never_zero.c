/* SPDX-License-Identifier: Apache-2.0
 *
 * A task that fails returns early, and not by way of done: the count never gets 0.
 *
 * Right: examples/patterns/wait_group.c, where nothing can come between the work and done. */
// needs: channel
// hangs
// expect: deadlock confirmed
#include "asleep.h"
#include <snarl_channel.h>

static struct snarl_wait_group *group;

static void *fetch(void *page)
{
	if (*(int *)page < 0)
		return NULL;
	snarl_wait_group_done(group);
	return NULL;
}

int main(void)
{
	int page = -1;

	group = snarl_wait_group_new();
	snarl_wait_group_add(group, 1);
	snarl_task_detach(snarl_task_spawn("fetch", fetch, &page, NULL));
	await_others_asleep();
	snarl_wait_group_wait(group);
	puts("the page is here");
	snarl_wait_group_release(group);
	return 0;
}

/* Under `snarl run`:
 *
 * It reports:
 *   ==snarl== deadlock (confirmed): the only thread of the process is asleep and nobody is left
 *       to wake it: T1 'main' waits for wait group W1  [id X]
 *     why: every thread of the process is asleep, no wakeup is on its way, and none of them can
 *         be woken from outside
 *     T1 'main' waits for wait group W1 here:
 *       #0  main  examples/channel/wait_group_never_zero.c:30:2
 *             30 | snarl_wait_group_wait(group);
 *     wait group W1: 0xX, first initialised by T1 'main' in main at
 *         examples/channel/wait_group_never_zero.c:26:10
 *     fix: Find who should have sent, received, closed, settled or said done, and see that this
 *         happens on every path; give a wait that may be in vain a deadline or a context.
 *
 *   snarl: 1 finding (1 confirmed): `snarl report` tells more
 */
