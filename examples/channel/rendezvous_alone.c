/* SPDX-License-Identifier: Apache-2.0
 *
 * Threads meet in pairs, and there are three of them.
 *
 * Right: examples/patterns/rendezvous.c: there are as many on either side, or a time ends the wait.
 */
// needs: channel
// hangs
// expect: deadlock confirmed
#include <snarl_channel.h>
#include <stdio.h>

static struct snarl_rendezvous *desk;

static void *swap(void *mine)
{
	void *theirs = NULL;

	snarl_rendezvous_exchange(desk, mine, &theirs);
	return theirs;
}

int main(void)
{
	struct snarl_task *one, *two;

	desk = snarl_rendezvous_new();
	one = snarl_task_spawn("one", swap, "a book", NULL);
	two = snarl_task_spawn("two", swap, "a lamp", NULL);
	snarl_task_join(one, NULL);
	snarl_task_join(two, NULL);
	printf("main got %s\n", (char *)swap("a vase"));
	snarl_task_release(one);
	snarl_task_release(two);
	snarl_rendezvous_release(desk);
	return 0;
}

/* Under `snarl run`:
 *
 * It reports:
 *   ==snarl== deadlock (confirmed): the only thread of the process is asleep and nobody is left
 *       to wake it: T1 'main' waits for rendezvous R1  [id X]
 *     why: every thread of the process is asleep, no wakeup is on its way, and none of them can
 *         be woken from outside
 *     T1 'main' waits for rendezvous R1 here:
 *       #0  swap  examples/channel/rendezvous_alone.c:19:2
 *             19 | snarl_rendezvous_exchange(desk, mine, &theirs);
 *       #1  main  examples/channel/rendezvous_alone.c:32:34
 *     rendezvous R1: 0xX, first initialised by T1 'main' in main at
 *         examples/channel/rendezvous_alone.c:27:9
 *     fix: Find who should have sent, received, closed, settled or said done, and see that this
 *         happens on every path; give a wait that may be in vain a deadline or a context.
 *
 *   snarl: 1 finding (1 confirmed): `snarl report` tells more
 */
