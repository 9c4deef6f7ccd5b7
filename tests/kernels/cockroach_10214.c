/* SPDX-License-Identifier: Apache-2.0
 *
 * The heartbeat flusher takes the store's mutex and then each replica's; the replica's tick takes
 * its own mutex and then the store's.  Stuck: the flusher at the replica's mutex with the store's,
 * the tick at the store's mutex with the replica's.  Repaired: the tick gives up its own mutex
 * before it calls into the store. */
// needs: channel
// variants: bug joined fixed
// hangs[joined]
// expect[bug]: deadlock confirmed
// expect[joined]: deadlock confirmed
// expect[fixed]: silent
// stuck[bug]: flusher waits replica
// stuck[bug]: flusher holds store
// stuck[bug]: tick waits store
// stuck[bug]: tick holds replica
// stdout[joined]: -
// stuck[joined]: flusher waits replica
// stuck[joined]: flusher holds store
// stuck[joined]: tick waits store
// stuck[joined]: tick holds replica
#include "kernel.h"

static pthread_mutex_t store = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t replica = PTHREAD_MUTEX_INITIALIZER;
static pid_t flusher_tid, tick_tid;

static void both_hold_one(void)
{
	turn_next();
	if (!fixed)
		turn_reached(2);
}

static void *flush_heartbeats(void *unused)
{
	publish_tid(&flusher_tid);
	pthread_mutex_lock(&store);
	both_hold_one();
	pthread_mutex_lock(&replica);
	pthread_mutex_unlock(&replica);
	pthread_mutex_unlock(&store);
	return unused;
}

static void *tick(void *unused)
{
	publish_tid(&tick_tid);
	pthread_mutex_lock(&replica);
	both_hold_one();
	if (fixed)
		pthread_mutex_unlock(&replica);
	pthread_mutex_lock(&store);
	pthread_mutex_unlock(&store);
	if (!fixed)
		pthread_mutex_unlock(&replica);
	return unused;
}

int main(int argc, char **argv)
{
	kernel_start(argc, argv);
	struct snarl_task *flusher = spawn("flusher", flush_heartbeats, NULL);
	struct snarl_task *ticker = spawn("tick", tick, NULL);
	await_stuck(&flusher_tid);
	await_stuck(&tick_tid);
	return leave(flusher, ticker);
}
