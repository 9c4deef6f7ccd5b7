/* SPDX-License-Identifier: Apache-2.0
 *
 * The distributor of events holds the multiplexer's mutex while it sends to a watcher that nobody
 * reads; stopping the watcher, which would close that channel, needs the mutex.  Stuck: the
 * distributor in the send with both mutexes, the stopper at the multiplexer's.  Repaired: the
 * stopper first closes a channel that the distributor selects on. */
// needs: channel
// variants: bug joined fixed
// hangs[joined]
// expect[bug]: deadlock confirmed
// expect[joined]: deadlock confirmed
// expect[fixed]: silent
// stuck[bug]: distributor waits channel
// stuck[bug]: stopper waits multiplexer
// stuck[bug]: distributor holds multiplexer
// stdout[joined]: -
// stuck[joined]: distributor waits channel
// stuck[joined]: distributor holds multiplexer
// stuck[joined]: stopper waits multiplexer
// stuck[joined]: main waits distributor
#include "kernel.h"

static pthread_mutex_t global = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t multiplexer = PTHREAD_MUTEX_INITIALIZER;
static struct snarl_channel *result, *stopped;
static pid_t distributor_tid, stopper_tid;

static void *distribute(void *own)
{
	int event = 1;
	struct snarl_case cases[] = {
		{.channel = result, .value = &event, .direction = SNARL_SEND},
		{.channel = stopped},
	};

	publish_tid(&distributor_tid);
	pthread_mutex_lock(&global);
	pthread_mutex_lock(&multiplexer);
	if (fixed)
		snarl_select(cases, 2);
	else
		snarl_send(result, &event);
	pthread_mutex_unlock(&multiplexer);
	pthread_mutex_unlock(&global);
	snarl_channel_release(own);
	return NULL;
}

static void *stop_watcher(void *own)
{
	publish_tid(&stopper_tid);
	if (fixed)
		snarl_channel_close(stopped);
	pthread_mutex_lock(&multiplexer);
	snarl_channel_close(result);
	pthread_mutex_unlock(&multiplexer);
	snarl_channel_release(own);
	return NULL;
}

int main(int argc, char **argv)
{
	kernel_start(argc, argv);
	result = share(channel(0), 2);
	stopped = channel(0);
	struct snarl_task *distributor = spawn("distributor", distribute, result);
	await_blocked(&distributor_tid);
	struct snarl_task *stopper = spawn("stopper", stop_watcher, result);
	await_stuck(&stopper_tid);
	int status = leave(distributor, stopper);
	snarl_channel_release(stopped);
	return status;
}
