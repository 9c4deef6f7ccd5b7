/* SPDX-License-Identifier: Apache-2.0
 *
 * The worker takes jobs until there are no more, but nobody says so: who sends them gives the
 * channel up without closing it.
 *
 * Right: examples/patterns/hand_off.c; to tell many at once, examples/patterns/broadcast_close.c.
 */
// needs: channel
// expect: leaked-worker confirmed
#include "asleep.h"
#include <snarl_channel.h>

SNARL_CHANNEL_OF(jobs, int);

static void *work(void *argument)
{
	struct jobs *in = argument;
	int sum = 0;

	for (int job; jobs_receive(in, &job) == 0;)
		sum += job;
	printf("sum %d\n", sum);
	jobs_release(in);
	return NULL;
}

int main(void)
{
	struct jobs *out = jobs_new(0);

	snarl_task_detach(snarl_task_spawn("worker", work, jobs_retain(out), NULL));
	for (int job = 1; job <= 3; job++)
		jobs_send(out, job);
	jobs_release(out);
	await_others_asleep();
	return 0;
}

/* Under `snarl run`:
 *
 * It reports:
 *   ==snarl== leaked-worker (confirmed): thread T2 'worker' was still blocked when the process
 *       ended on channel K1, which nobody else could reach any more  [id X]
 *     why: nobody else could ever have come: who made what is waited for has given it up, only
 *         the threads that are blocked still have it, and no one else holds a lock that they
 *         want
 *     T2 'worker' waits to receive from channel K1 here:
 *       #0  work  examples/channel/orphan_receive.c:20:16
 *             20 | for (int job; jobs_receive(in, &job) == 0;)
 *     T2 'worker' was created by T1 'main' in main at examples/channel/orphan_receive.c:31:2
 *     channel K1: 0xX, first initialised by T1 'main' in main at
 *         examples/channel/orphan_receive.c:29:21
 *     fix: See that every wait ends: close the channel when no more will come, give it room for
 *         answers that nobody may want, or wait with a context that is cancelled; then join the
 *         task.
 *
 *   snarl: 1 finding (1 confirmed): `snarl report` tells more
 */
