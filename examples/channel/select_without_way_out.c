/* SPDX-License-Identifier: Apache-2.0
 *
 * The select has a case for the answer and one for the error; the task that was asked sends
 * neither.
 *
 * Right: examples/patterns/select_timeout.c: a time, or a context, is one of the cases. */
// needs: channel
// hangs
// expect: deadlock confirmed
#include "asleep.h"
#include <snarl_channel.h>

static struct snarl_channel *answers, *errors;

static void *answer(void *question)
{
	int known = 42, *asked = question;

	if (*asked == known)
		snarl_send(answers, &known);
	return NULL;
}

int main(void)
{
	int question = 7, value, error;

	answers = snarl_channel_new(sizeof(int), 0);
	errors = snarl_channel_new(sizeof(int), 0);
	struct snarl_case cases[] = {
		{answers, &value, SNARL_RECEIVE, 0},
		{errors, &error, SNARL_RECEIVE, 0},
	};
	snarl_task_detach(snarl_task_spawn("answer", answer, &question, NULL));
	await_others_asleep();
	if (snarl_select(cases, 2) == 0)
		printf("%d\n", value);
	snarl_channel_release(answers);
	snarl_channel_release(errors);
	return 0;
}

/* Under `snarl run`:
 *
 * It reports:
 *   ==snarl== deadlock (confirmed): the only thread of the process is asleep and nobody is left
 *       to wake it: T1 'main' waits in a select for channel K1 or channel K2  [id X]
 *     why: every thread of the process is asleep, no wakeup is on its way, and none of them can
 *         be woken from outside
 *     T1 'main' waits in a select for channel K1 or channel K2 here:
 *       #0  main  examples/channel/select_without_way_out.c:36:6
 *             36 | if (snarl_select(cases, 2) == 0)
 *     channel K1: 0xX, first initialised by T1 'main' in main at
 *         examples/channel/select_without_way_out.c:28:12
 *     channel K2: 0xX, first initialised by T1 'main' in main at
 *         examples/channel/select_without_way_out.c:29:11
 *     fix: Find who should have sent, received, closed, settled or said done, and see that this
 *         happens on every path; give a wait that may be in vain a deadline or a context.
 *
 *   snarl: 1 finding (1 confirmed): `snarl report` tells more
 */
