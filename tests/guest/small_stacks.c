/* SPDX-License-Identifier: Apache-2.0
 *
 * Every call of ours on a stack of 16 KiB: nested locks, conditions, contention, a deep callback,
 * and a thread that ends holding nothing. */
// expect: silent
#include "case.h"
#include <limits.h>

static pthread_mutex_t locks[12];
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static pthread_rwlock_t rwlock = PTHREAD_RWLOCK_INITIALIZER;
static pthread_key_t key;
static int ready;

static __attribute__((noinline)) int deep(int n)
{
	volatile char room[64];
	room[0] = (char)n;
	if (!n) {
		pthread_mutex_lock(&locks[0]);
		pthread_mutex_unlock(&locks[0]);
		return 0;
	}
	return deep(n - 1) + room[0];
}

static void late(void *mutex)
{
	pthread_mutex_lock(mutex);
	pthread_mutex_unlock(mutex);
}

static void *worker(void *unused)
{
	struct timespec limit = soon(CLOCK_REALTIME, 5);
	pthread_setspecific(key, &locks[11]);
	for (int i = 0; i < 12; i++)
		pthread_mutex_lock(&locks[i]);
	for (int i = 0; i < 12; i++)
		pthread_mutex_unlock(&locks[i]);
	deep(20);
	pthread_rwlock_wrlock(&rwlock);
	pthread_rwlock_unlock(&rwlock);
	pthread_mutex_lock(&locks[0]);
	while (!ready)
		pthread_cond_wait(&changed, &locks[0]);
	pthread_cond_timedwait(&changed, &locks[0], &limit);
	pthread_mutex_unlock(&locks[0]);
	return unused;
}

int main(void)
{
	pthread_t threads[4];
	pthread_attr_t attr;
	pthread_attr_init(&attr);
	CHECK(pthread_attr_setstacksize(&attr, PTHREAD_STACK_MIN) == 0);
	pthread_key_create(&key, late);
	for (int i = 0; i < 4; i++)
		CHECK(pthread_create(&threads[i], &attr, worker, NULL) == 0);
	pthread_mutex_lock(&locks[0]);
	ready = 1;
	pthread_cond_broadcast(&changed);
	pthread_mutex_unlock(&locks[0]);
	for (int i = 0; i < 4; i++)
		JOIN(threads[i]);
	puts("done");
	return 7;
}
