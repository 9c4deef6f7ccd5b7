/* SPDX-License-Identifier: Apache-2.0
 *
 * The worker lost its wakeup and sleeps; the main thread, which has other things to do, does not
 * join it and returns. */
// expect: lost-wakeup confirmed
// expect: leaked-worker suspect
#include "case.h"

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t cond = PTHREAD_COND_INITIALIZER;
static int stop;
static pid_t tid;

static void *worker(void *unused)
{
	(void)unused;
	pthread_mutex_lock(&mutex);
	while (!__atomic_load_n(&stop, __ATOMIC_ACQUIRE)) {
		turn_next();
		turn_await(2);
		publish_tid(&tid);
		pthread_cond_wait(&cond, &mutex);
	}
	pthread_mutex_unlock(&mutex);
	return NULL;
}

int main(void)
{
	pthread_t thread;
	START(&thread, worker, NULL);
	turn_await(1);
	__atomic_store_n(&stop, 1, __ATOMIC_RELEASE);
	pthread_cond_signal(&cond);
	turn_next();
	await_blocked(&tid);
	return 0;
}
