/* SPDX-License-Identifier: Apache-2.0
 *
 * The task has a context, and does not listen to it: it waits by a call that takes none, so that
 * cancelling changes nothing.
 *
 * Right: examples/patterns/context_cancel.c: every wait of the task is a _with call. */
// needs: channel
// options: orphan_ms=0
// expect: orphaned-task suspect
#include "asleep.h"
#include <snarl_channel.h>

static void *work(void *jobs)
{
	int job;

	while (snarl_receive(jobs, &job) == 0)
		;
	return NULL;
}

int main(void)
{
	struct snarl_channel *jobs = snarl_channel_new(sizeof(int), 0);
	struct snarl_context *context = snarl_context_with_cancel(NULL);
	struct snarl_task *worker = snarl_task_spawn("worker", work, jobs, context);
	int job = 1;

	snarl_send(jobs, &job);
	await_others_asleep();
	snarl_context_cancel(context);
	snarl_task_release(worker);
	snarl_context_release(context);
	return 0;
}

/* Under `snarl run`:
 *
 * It reports:
 *   ==snarl== orphaned-task (suspect): task T2 'worker' went on after context X1 was cancelled
 *       [id X]
 *     why: its context had ended before, and it was still going at the end of the process
 *     T1 'main' had cancelled context X1 here:
 *       #0  main  examples/channel/orphaned_task.c:31:2
 *             31 | snarl_context_cancel(context);
 *     T2 'worker' waits to receive from channel K1 here:
 *       #0  work  examples/channel/orphaned_task.c:17:9
 *             17 | while (snarl_receive(jobs, &job) == 0)
 *     T2 'worker' was created by T1 'main' in main at examples/channel/orphaned_task.c:26:30
 *     context X1: 0xX, first initialised by T1 'main' in main at
 *         examples/channel/orphaned_task.c:25:34
 *     channel K1: 0xX, first initialised by T1 'main' in main at
 *         examples/channel/orphaned_task.c:24:31
 *     fix: Pass the context to every call that waits (the _with forms, or its done channel in
 *         each select), and look at it in loops.
 *
 *   snarl: 1 finding (1 suspect): `snarl report` tells more
 */
