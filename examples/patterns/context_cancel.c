/* SPDX-License-Identifier: Apache-2.0
 *
 * Context, cancelled.  Whoever starts work keeps the means to stop it: the task waits in _with
 * calls of its context and leaves when one says that the context has ended.
 *
 * Wrong: examples/channel/context_never_cancelled.c, examples/channel/orphaned_task.c.
 *
 *	worker: Operation canceled */
#include <snarl_channel.h>
#include <stdio.h>
#include <string.h>

static void *work(void *jobs)
{
	int job, e;

	while ((e = snarl_receive_with(jobs, &job, snarl_task_context())) == 0)
		;
	printf("worker: %s\n", strerror(-e));
	return NULL;
}

int main(void)
{
	struct snarl_channel *jobs = snarl_channel_new(sizeof(int), 0);
	struct snarl_context *context = snarl_context_with_cancel(NULL);
	struct snarl_task *worker = snarl_task_spawn("worker", work, jobs, context);
	int job = 1;

	snarl_send(jobs, &job);
	snarl_context_cancel(context);
	snarl_task_join(worker, NULL);
	snarl_task_release(worker);
	snarl_context_release(context);
	snarl_channel_release(jobs);
	return 0;
}
