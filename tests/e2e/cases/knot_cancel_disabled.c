/* SPDX-License-Identifier: Apache-2.0
 *
 * A thread that has switched cancellation off is cancelled and joined: it waits on, and nobody is
 * left to wake it. Near twin: silent_cancelled_late.c. */
// expect: deadlock confirmed
// hangs
// status: 66
// stuck: main waits worker
// stuck: worker waits cond
#include "case.h"

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t cond = PTHREAD_COND_INITIALIZER;
static pid_t main_tid;

static void *worker(void *unused)
{
	pthread_setname_np(pthread_self(), "worker");
	CHECK(pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, NULL) == 0);
	await_blocked(&main_tid);
	pthread_mutex_lock(&mutex);
	for (;;)
		pthread_cond_wait(&cond, &mutex);
	return unused;
}

int main(void)
{
	pthread_t thread;
	START(&thread, worker, NULL);
	CHECK(pthread_cancel(thread) == 0);
	publish_tid(&main_tid);
	JOIN(thread);
	return 0;
}
