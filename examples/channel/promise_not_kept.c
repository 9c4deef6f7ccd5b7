/* SPDX-License-Identifier: Apache-2.0
 *
 * On the error path the promise is neither settled nor given up: who waits for the future waits for
 * ever.
 *
 * Right: examples/patterns/future.c: every path settles it or gives up the last reference, which
 * fails the future. */
// needs: channel
// hangs
// expect: deadlock confirmed
#include "asleep.h"
#include <snarl_channel.h>

static void *look_up(void *argument)
{
	struct snarl_promise *promise = argument;
	int found = 0;

	if (!found)
		return NULL;
	snarl_promise_fulfil(promise, "192.0.2.1");
	snarl_promise_release(promise);
	return NULL;
}

int main(void)
{
	struct snarl_promise *promise = snarl_promise_new(NULL);
	struct snarl_future *address = snarl_promise_future(promise);
	void *text;

	snarl_task_detach(snarl_task_spawn("lookup", look_up, promise, NULL));
	await_others_asleep();
	if (snarl_future_get(address, &text) == 0)
		puts(text);
	snarl_future_release(address);
	return 0;
}

/* Under `snarl run`:
 *
 * It reports:
 *   ==snarl== deadlock (confirmed): the only thread of the process is asleep and nobody is left
 *       to wake it: T1 'main' waits for future R1  [id X]
 *     why: every thread of the process is asleep, no wakeup is on its way, and none of them can
 *         be woken from outside
 *     T1 'main' waits for future R1 here:
 *       #0  main  examples/channel/promise_not_kept.c:34:6
 *             34 | if (snarl_future_get(address, &text) == 0)
 *     future R1: 0xX, first initialised by T1 'main' in main at
 *         examples/channel/promise_not_kept.c:28:34
 *     fix: Find who should have sent, received, closed, settled or said done, and see that this
 *         happens on every path; give a wait that may be in vain a deadline or a context.
 *
 *   snarl: 1 finding (1 confirmed): `snarl report` tells more
 */
