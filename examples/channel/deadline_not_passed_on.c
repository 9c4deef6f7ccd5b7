/* SPDX-License-Identifier: Apache-2.0
 *
 * The request has a deadline, and what it calls waits without it: the deadline passes, and nothing
 * happens.
 *
 * Right: examples/patterns/context_deadline.c: everything below waits with the request's context.
 */
// needs: channel
// hangs
// mode: run
// expect: deadlock confirmed
#include <snarl_channel.h>
#include <stdio.h>

static int look_up(struct snarl_channel *answers)
{
	int answer;

	return snarl_receive(answers, &answer);
}

int main(void)
{
	struct snarl_context *request = snarl_context_with_timeout(NULL, 5 * SNARL_MILLISECOND);
	struct snarl_channel *answers = snarl_channel_new(sizeof(int), 0);

	if (look_up(answers) || snarl_context_error(request))
		puts("no answer in time");
	snarl_context_cancel(request);
	snarl_context_release(request);
	snarl_channel_release(answers);
	return 0;
}

/* Under `snarl run`:
 *
 * It reports:
 *   ==snarl== deadlock (confirmed): the only thread of the process is asleep and nobody is left
 *       to wake it: T1 'main' waits to receive from channel K1  [id X]
 *     why: every thread of the process is asleep, no wakeup is on its way, and none of them can
 *         be woken from outside
 *     T1 'main' waits to receive from channel K1 here:
 *       #0  look_up  examples/channel/deadline_not_passed_on.c:19:9 (inlined)
 *             19 | return snarl_receive(answers, &answer);
 *       #1  main     examples/channel/deadline_not_passed_on.c:27:6
 *     channel K1: 0xX, first initialised by T1 'main' in main at
 *         examples/channel/deadline_not_passed_on.c:25:34
 *     fix: Find who should have sent, received, closed, settled or said done, and see that this
 *         happens on every path; give a wait that may be in vain a deadline or a context.
 *
 *   snarl: 1 finding (1 confirmed): `snarl report` tells more
 */
