/* SPDX-License-Identifier: Apache-2.0
 *
 * After three beats the task stops its ticker, to end its loop.  But a stopped ticker is not
 * closed: it just never ticks again.
 *
 * Right: examples/patterns/ticker.c: a select of the ticker and of what says stop. */
// needs: channel
// hangs
// expect: deadlock confirmed
#include <snarl_channel.h>
#include <stdio.h>

static void *beat(void *ticker)
{
	for (int beats = 1; snarl_receive(ticker, NULL) == 0; beats++)
		if (beats == 3)
			snarl_timer_stop(ticker);
	puts("no more beats");
	return NULL;
}

int main(void)
{
	struct snarl_channel *ticker = snarl_ticker_new(SNARL_MILLISECOND);
	struct snarl_task *heart = snarl_task_spawn("heart", beat, ticker, NULL);

	snarl_task_join(heart, NULL);
	snarl_task_release(heart);
	snarl_channel_release(ticker);
	return 0;
}

/* Under `snarl run`:
 *
 * It reports:
 *   ==snarl== deadlock (confirmed): all 2 threads of the process are asleep and nobody is left
 *       to wake them: T1 'main' waits for T2 'heart' to end, T2 'heart' waits to receive from
 *       channel K1  [id X]
 *     why: every thread of the process is asleep, no wakeup is on its way, and none of them can
 *         be woken from outside
 *     T1 'main' waits for T2 'heart' to end here:
 *       #0  main  examples/channel/ticker_stopped.c:27:2
 *             27 | snarl_task_join(heart, NULL);
 *     T2 'heart' waits to receive from channel K1 here:
 *       #0  beat  examples/channel/ticker_stopped.c:15:22
 *             15 | for (int beats = 1; snarl_receive(ticker, NULL) == 0; beats++)
 *     T2 'heart' was created by T1 'main' in main at examples/channel/ticker_stopped.c:25:29
 *     channel K1: 0xX, first initialised by T1 'main' in main at
 *         examples/channel/ticker_stopped.c:24:33
 *     fix: Find who should have sent, received, closed, settled or said done, and see that this
 *         happens on every path; give a wait that may be in vain a deadline or a context.
 *
 *   snarl: 1 finding (1 confirmed): `snarl report` tells more
 */
