/* SPDX-License-Identifier: Apache-2.0
 *
 * Main waits for the worker's end, and the worker for the end of the jobs, which main would tell it
 * afterwards.
 *
 * Right: examples/patterns/hand_off.c: close, then join, as examples/patterns/task_join.c. */
// needs: channel
// hangs
// expect: deadlock confirmed
#include <snarl_channel.h>
#include <stdio.h>

SNARL_CHANNEL_OF(jobs, int);

static void *work(void *argument)
{
	struct jobs *in = argument;
	intptr_t sum = 0;

	for (int job; jobs_receive(in, &job) == 0;)
		sum += job;
	return (void *)sum;
}

int main(void)
{
	struct jobs *out = jobs_new(0);
	struct snarl_task *worker = snarl_task_spawn("worker", work, out, NULL);
	void *sum;

	for (int job = 1; job <= 3; job++)
		jobs_send(out, job);
	if (snarl_task_join(worker, &sum) == 0)
		printf("sum %ld\n", (long)(intptr_t)sum);
	jobs_close(out);
	snarl_task_release(worker);
	jobs_release(out);
	return 0;
}

/* Under `snarl run`:
 *
 * It reports:
 *   ==snarl== deadlock (confirmed): all 2 threads of the process are asleep and nobody is left
 *       to wake them: T1 'main' waits for T2 'worker' to end, T2 'worker' waits to receive from
 *       channel K1  [id X]
 *     why: every thread of the process is asleep, no wakeup is on its way, and none of them can
 *         be woken from outside
 *     T1 'main' waits for T2 'worker' to end here:
 *       #0  main  examples/channel/join_before_close.c:33:6
 *             33 | if (snarl_task_join(worker, &sum) == 0)
 *     T2 'worker' waits to receive from channel K1 here:
 *       #0  work  examples/channel/join_before_close.c:20:16
 *             20 | for (int job; jobs_receive(in, &job) == 0;)
 *     an earlier send on K1 came from T1 'main' here, X s before T2 'worker' began to wait:
 *       #0  main  examples/channel/join_before_close.c:32:3
 *             32 | jobs_send(out, job);
 *     T2 'worker' was created by T1 'main' in main at examples/channel/join_before_close.c:28:30
 *     channel K1: 0xX, first initialised by T1 'main' in main at
 *         examples/channel/join_before_close.c:27:21
 *     fix: Find who should have sent, received, closed, settled or said done, and see that this
 *         happens on every path; give a wait that may be in vain a deadline or a context.
 *
 *   snarl: 1 finding (1 confirmed): `snarl report` tells more
 */
