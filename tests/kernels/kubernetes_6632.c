/* SPDX-License-Identifier: Apache-2.0
 *
 * Writing a frame tells the idle monitor so by a reset channel, with the write lock held; a monitor
 * whose connection is closed reads it no more, but takes the write lock to close it.  Stuck: the
 * writer in the send with the lock, the monitor at the lock.  Repaired: the monitor has the channel
 * drained from before it takes the lock. */
// needs: channel
// variants: bug joined fixed
// hangs[joined]
// expect[bug]: deadlock confirmed
// expect[joined]: deadlock confirmed
// expect[fixed]: silent
// stuck[bug]: writer waits channel
// stuck[bug]: monitor waits write_lock
// stuck[bug]: writer holds write_lock
// stdout[joined]: -
// stuck[joined]: writer waits channel
// stuck[joined]: writer holds write_lock
// stuck[joined]: monitor waits write_lock
// stuck[joined]: main waits writer
#include "kernel.h"

static pthread_mutex_t write_lock = PTHREAD_MUTEX_INITIALIZER;
static struct snarl_channel *reset; /* NULL when the monitor has ended; guarded by write_lock */
static struct snarl_channel *closing;
static pid_t writer_tid, monitor_tid;

static void *drain(void *own)
{
	while (snarl_receive(own, NULL) == 0)
		;
	snarl_channel_release(own);
	return NULL;
}

static void close_reset(struct snarl_channel *own)
{
	struct snarl_task *drainer = NULL;

	if (fixed)
		drainer = spawn("drainer", drain, snarl_channel_retain(own));
	pthread_mutex_lock(&write_lock);
	snarl_channel_close(own);
	reset = NULL;
	pthread_mutex_unlock(&write_lock);
	if (drainer)
		join(drainer);
}

static void *monitor(void *own)
{
	struct snarl_case cases[] = {{.channel = closing}, {.channel = own}};

	while (snarl_select(cases, 2) == 1)
		;
	turn_next();
	await_blocked(&writer_tid);
	publish_tid(&monitor_tid);
	close_reset(own);
	snarl_channel_release(own);
	snarl_channel_release(closing);
	return NULL;
}

static void *write_frame(void *own)
{
	int active = 1;

	turn_reached(1); /* the monitor has left its select */
	publish_tid(&writer_tid);
	pthread_mutex_lock(&write_lock);
	if (reset)
		snarl_send(reset, &active);
	pthread_mutex_unlock(&write_lock);
	snarl_channel_release(own);
	return NULL;
}

int main(int argc, char **argv)
{
	kernel_start(argc, argv);
	closing = snarl_channel_retain(channel(0));
	reset = share(channel(0), 2);
	struct snarl_task *b = spawn("monitor", monitor, reset);
	snarl_channel_close(closing);
	snarl_channel_release(closing);
	struct snarl_task *a = spawn("writer", write_frame, reset);
	await_stuck(&writer_tid);
	await_stuck(&monitor_tid);
	return leave(a, b);
}
