/* SPDX-License-Identifier: Apache-2.0
 *
 * Graceful shutdown.  The first SIGINT or SIGTERM ends a context; whoever takes work in waits with
 * it and leaves, closes what it sends on, and what is behind drains.  A second signal would kill.
 * The object is made before any other thread, so that all of them block the signals.
 *
 * Wrong: examples/channel/shutdown_not_heard.c.
 *
 *	asked to stop: Terminated
 *	taken in = done */
#include <signal.h>
#include <snarl_channel.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static struct snarl_channel *jobs;
static long taken, done;

/* Takes in until it is asked to stop, and then says that there is no more. */
static void *take_in(void *context)
{
	struct snarl_channel *ticks = snarl_ticker_new(100 * SNARL_MICROSECOND);

	while (snarl_receive_with(ticks, NULL, context) == 0) {
		int job = (int)taken++;
		snarl_send(jobs, &job);
		if (taken == 3)
			kill(getpid(), SIGTERM); /* as an operator would, from outside */
	}
	snarl_channel_close(jobs);
	snarl_channel_release(ticks);
	return NULL;
}

/* Does not look at the context: what was taken in gets done. */
static void *work(void *unused)
{
	int job;

	(void)unused;
	while (snarl_receive(jobs, &job) == 0)
		done++;
	return NULL;
}

int main(void)
{
	struct snarl_shutdown *shutdown = snarl_shutdown_new(NULL, NULL, 0);
	struct snarl_context *context = snarl_shutdown_context(shutdown);
	struct snarl_task *intake, *worker;

	jobs = snarl_channel_new(sizeof(int), 4);
	intake = snarl_task_spawn("intake", take_in, context, context);
	worker = snarl_task_spawn("worker", work, NULL, NULL);
	snarl_task_join(intake, NULL);
	snarl_task_join(worker, NULL);
	printf("asked to stop: %s\n", strsignal(snarl_shutdown_signal(shutdown)));
	printf("taken in %s done\n", taken == done ? "=" : "!=");
	snarl_task_release(intake);
	snarl_task_release(worker);
	snarl_channel_release(jobs);
	snarl_shutdown_release(shutdown);
	return 0;
}
