/* SPDX-License-Identifier: Apache-2.0
 *
 * A signal falls into the waiter's window between look and sleep; a later one, sent while holding
 * the mutex, wakes it after all.  The next run may have no later one. */
// expect: lost-wakeup predicted
// variants: signal broadcast
// json: "another wakeup helped" in f.why
#include "case.h"

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t cond = PTHREAD_COND_INITIALIZER;
static int ready;
static pid_t waiter_tid;

static void *waiter(void *unused)
{
	(void)unused;
	pthread_mutex_lock(&mutex);
	while (!__atomic_load_n(&ready, __ATOMIC_ACQUIRE)) {
		turn_next();
		turn_await(2);
		publish_tid(&waiter_tid);
		pthread_cond_wait(&cond, &mutex);
	}
	pthread_mutex_unlock(&mutex);
	return NULL;
}

static void *helper(void *unused)
{
	(void)unused;
	await_blocked(&waiter_tid);
	pthread_mutex_lock(&mutex);
	pthread_cond_signal(&cond);
	pthread_mutex_unlock(&mutex);
	return NULL;
}

int main(int argc, char **argv)
{
	pthread_t threads[2];
	START(&threads[0], waiter, NULL);
	turn_await(1);
	__atomic_store_n(&ready, 1, __ATOMIC_RELEASE);
	if (argc > 1 && !strcmp(argv[1], "broadcast"))
		pthread_cond_broadcast(&cond);
	else
		pthread_cond_signal(&cond);
	turn_next();
	START(&threads[1], helper, NULL);
	JOIN(threads[0]);
	JOIN(threads[1]);
	return 0;
}
