/* SPDX-License-Identifier: Apache-2.0
 *
 * The owner of a robust mutex ends; the next one is told, repairs the state and goes on. */
// expect: lock-held-at-thread-exit suspect
// status: own
#include "locks.h"

static struct lock mutex;

static void *dies(void *unused)
{
	CHECK(pthread_mutex_lock(&mutex.mutex) == 0);
	return unused;
}

int main(void)
{
	pthread_t thread;
	lock_init(&mutex, ROBUST);
	START(&thread, dies, NULL);
	JOIN(thread);
	CHECK(pthread_mutex_lock(&mutex.mutex) == EOWNERDEAD);
	CHECK(pthread_mutex_consistent(&mutex.mutex) == 0);
	CHECK(pthread_mutex_unlock(&mutex.mutex) == 0);
	CHECK(pthread_mutex_lock(&mutex.mutex) == 0);
	CHECK(pthread_mutex_unlock(&mutex.mutex) == 0);
	puts("done");
	return 7;
}
