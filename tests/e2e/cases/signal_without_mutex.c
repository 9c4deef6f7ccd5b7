/* SPDX-License-Identifier: Apache-2.0
 *
 * The state is an atomic, and the signaller never takes the mutex: this time the waiter was asleep
 * already, so the signal was heard. */
// expect: signal-without-mutex suspect
#include "case.h"

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t cond = PTHREAD_COND_INITIALIZER;
static int ready;
static pid_t tid;

static void *waiter(void *unused)
{
	(void)unused;
	publish_tid(&tid);
	pthread_mutex_lock(&mutex);
	while (!__atomic_load_n(&ready, __ATOMIC_ACQUIRE))
		pthread_cond_wait(&cond, &mutex);
	pthread_mutex_unlock(&mutex);
	return NULL;
}

int main(void)
{
	pthread_t thread;
	START(&thread, waiter, NULL);
	await_blocked(&tid);
	__atomic_store_n(&ready, 1, __ATOMIC_RELEASE);
	pthread_cond_signal(&cond);
	JOIN(thread);
	return 0;
}
