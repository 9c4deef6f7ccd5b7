/* SPDX-License-Identifier: Apache-2.0
 *
 * The process is asked to end, and its context is cancelled; but the worker waits for jobs by a
 * call that takes no context, and main waits for the worker: the program hangs at ^C.
 *
 * Right: examples/patterns/graceful_shutdown.c: who takes work in waits with the shutdown's
 * context. */
// needs: channel
// hangs
// expect: deadlock confirmed
#include <signal.h>
#include <snarl_channel.h>
#include <stdio.h>
#include <unistd.h>

static void *work(void *jobs)
{
	int job;

	while (snarl_receive(jobs, &job) == 0)
		;
	return NULL;
}

int main(void)
{
	struct snarl_shutdown *shutdown = snarl_shutdown_new(NULL, NULL, 0);
	struct snarl_context *context = snarl_shutdown_context(shutdown);
	struct snarl_channel *jobs = snarl_channel_new(sizeof(int), 0);
	struct snarl_task *worker = snarl_task_spawn("worker", work, jobs, context);

	kill(getpid(), SIGTERM);
	snarl_receive(snarl_context_done(context), NULL);
	snarl_shutdown_release(shutdown);
	snarl_task_join(worker, NULL);
	puts("stopped");
	snarl_task_release(worker);
	snarl_channel_release(jobs);
	return 0;
}

/* Under `snarl run`:
 *
 * It reports:
 *   ==snarl== deadlock (confirmed): all 2 threads of the process are asleep and nobody is left
 *       to wake them: T1 'main' waits for T3 'worker' to end, T3 'worker' waits to receive from
 *       channel K1  [id X]
 *     why: every thread of the process is asleep, no wakeup is on its way, and none of them can
 *         be woken from outside
 *     T1 'main' waits for T3 'worker' to end here, for X s:
 *       #0  main  examples/channel/shutdown_not_heard.c:35:2
 *             35 | snarl_task_join(worker, NULL);
 *     T3 'worker' waits to receive from channel K1 here, for X s:
 *       #0  work  examples/channel/shutdown_not_heard.c:20:9
 *             20 | while (snarl_receive(jobs, &job) == 0)
 *     T3 'worker' was created by T1 'main' in main at
 *         examples/channel/shutdown_not_heard.c:30:30
 *     channel K1: 0xX, first initialised by T1 'main' in main at
 *         examples/channel/shutdown_not_heard.c:29:31
 *     fix: Find who should have sent, received, closed, settled or said done, and see that this
 *         happens on every path; give a wait that may be in vain a deadline or a context.
 *
 *   snarl: 1 finding (1 confirmed): `snarl report` tells more
 */
