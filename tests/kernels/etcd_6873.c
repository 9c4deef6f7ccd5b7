/* SPDX-License-Identifier: Apache-2.0
 *
 * Stopping the watch broadcasts closes the update channel and waits, with the mutex, until the
 * worker has closed its done channel; the worker needs that mutex for the update that it has
 * received before.  Stuck: the stopper receiving from done with the mutex, the worker at the mutex.
 * Repaired: the stopper waits without the mutex. */
// needs: channel
// variants: bug joined fixed
// hangs[joined]
// expect[bug]: deadlock confirmed
// expect[joined]: deadlock confirmed
// expect[fixed]: silent
// stuck[bug]: stopper waits channel
// stuck[bug]: worker waits mutex
// stuck[bug]: stopper holds mutex
// stdout[joined]: -
// stuck[joined]: stopper waits channel
// stuck[joined]: stopper holds mutex
// stuck[joined]: worker waits mutex
// stuck[joined]: main waits worker
#include "kernel.h"

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static struct snarl_channel *updates, *done;
static pid_t stopper_tid, worker_tid;

static void coalesce(void)
{
	turn_next();
	if (!fixed)
		turn_reached(2);
	pthread_mutex_lock(&mutex);
	pthread_mutex_unlock(&mutex);
}

static void *work(void *own)
{
	int update;

	publish_tid(&worker_tid);
	while (snarl_receive(updates, &update) == 0)
		coalesce();
	snarl_channel_close(own);
	snarl_channel_release(updates);
	snarl_channel_release(own);
	return NULL;
}

static void *stop(void *unused)
{
	turn_reached(1);
	publish_tid(&stopper_tid);
	pthread_mutex_lock(&mutex);
	turn_next();
	snarl_channel_close(updates);
	if (fixed)
		pthread_mutex_unlock(&mutex);
	snarl_receive(done, NULL);
	if (!fixed)
		pthread_mutex_unlock(&mutex);
	snarl_channel_release(updates);
	snarl_channel_release(done);
	return unused;
}

int main(int argc, char **argv)
{
	int update = 1;

	kernel_start(argc, argv);
	updates = channel(1);
	done = share(channel(0), 2);
	CHECK(snarl_try_send(updates, &update) == 0);
	share(updates, 2);
	struct snarl_task *worker = spawn("worker", work, done);
	struct snarl_task *stopper = spawn("stopper", stop, NULL);
	await_stuck(&stopper_tid);
	await_stuck(&worker_tid);
	return leave(worker, stopper);
}
