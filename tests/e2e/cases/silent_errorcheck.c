/* SPDX-License-Identifier: Apache-2.0
 *
 * An error-checking mutex says EDEADLK and EPERM: legal questions, whose answers are passed on. */
// expect: silent
#include "locks.h"

static struct lock mutex;

static void *stranger(void *unused)
{
	CHECK(pthread_mutex_unlock(&mutex.mutex) == EPERM);
	return unused;
}

int main(void)
{
	pthread_t thread;
	struct timespec limit = soon(CLOCK_REALTIME, 10000);
	lock_init(&mutex, ERRORCHECK);
	CHECK(pthread_mutex_unlock(&mutex.mutex) == EPERM);
	CHECK(pthread_mutex_lock(&mutex.mutex) == 0);
	CHECK(pthread_mutex_lock(&mutex.mutex) == EDEADLK);
	CHECK(pthread_mutex_trylock(&mutex.mutex) == EBUSY);
	CHECK(pthread_mutex_timedlock(&mutex.mutex, &limit) == EDEADLK);
	START(&thread, stranger, NULL);
	JOIN(thread);
	CHECK(pthread_mutex_unlock(&mutex.mutex) == 0);
	CHECK(pthread_mutex_unlock(&mutex.mutex) == EPERM);
	puts("done");
	return 7;
}
