/* SPDX-License-Identifier: Apache-2.0
 *
 * Two mirrors are asked, the first answer is taken and the channel given up: the other mirror sends
 * to nobody, for ever.  Its task, and all that the task holds, is lost with every such question.
 *
 * Right: examples/patterns/future_any.c, or a channel with room for every answer. */
// needs: channel
// expect: leaked-worker confirmed
#include "asleep.h"
#include <snarl_channel.h>

SNARL_CHANNEL_OF(answers, int);

static void *ask_mirror(void *argument)
{
	struct answers *out = argument;

	answers_send(out, 42);
	answers_release(out);
	return NULL;
}

int main(void)
{
	struct answers *in = answers_new(0);
	int first;

	for (int i = 0; i < 2; i++)
		snarl_task_detach(snarl_task_spawn("mirror", ask_mirror, answers_retain(in), NULL));
	if (answers_receive(in, &first) == 0)
		printf("the answer is %d\n", first);
	answers_release(in);
	await_others_asleep();
	return 0;
}

/* Under `snarl run`:
 *
 * It reports:
 *   ==snarl== leaked-worker (confirmed): thread TX 'mirror' was still blocked when the process
 *       ended on channel K1, which nobody else could reach any more  [id X]
 *     why: nobody else could ever have come: who made what is waited for has given it up, only
 *         the threads that are blocked still have it, and no one else holds a lock that they
 *         want
 *     TX 'mirror' waits to send on channel K1 here:
 *       #0  ask_mirror  examples/channel/orphan_send.c:18:2
 *             18 | answers_send(out, 42);
 *     TX 'mirror' was created by T1 'main' in main at examples/channel/orphan_send.c:29:3
 *     channel K1: 0xX, first initialised by T1 'main' in main at
 *         examples/channel/orphan_send.c:25:23
 *     fix: See that every wait ends: close the channel when no more will come, give it room for
 *         answers that nobody may want, or wait with a context that is cancelled; then join the
 *         task.
 *
 *   snarl: 1 finding (1 confirmed): `snarl report` tells more
 */
