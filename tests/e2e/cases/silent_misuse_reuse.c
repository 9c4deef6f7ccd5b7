/* SPDX-License-Identifier: Apache-2.0
 *
 * One piece of memory serves as all types in turn, by init calls, by static initialisers, wiped or
 * as it was left, with and without a destroy in between: each use is right. */
// variants: destroyed forgotten
// expect: silent
#include "case.h"

static union {
	pthread_mutex_t mutex;
	pthread_rwlock_t rwlock;
	pthread_spinlock_t spin;
	pthread_cond_t cond;
	sem_t semaphore;
	pthread_barrier_t barrier;
} o;

static int destroys;

static void as_mutex(int fixed)
{
	if (fixed)
		o.mutex = (pthread_mutex_t)PTHREAD_MUTEX_INITIALIZER;
	else
		CHECK(pthread_mutex_init(&o.mutex, NULL) == 0);
	CHECK(pthread_mutex_lock(&o.mutex) == 0 && pthread_mutex_unlock(&o.mutex) == 0);
	if (destroys)
		CHECK(pthread_mutex_destroy(&o.mutex) == 0);
}

static void as_rwlock(int fixed)
{
	if (fixed)
		o.rwlock = (pthread_rwlock_t)PTHREAD_RWLOCK_INITIALIZER;
	else
		CHECK(pthread_rwlock_init(&o.rwlock, NULL) == 0);
	CHECK(pthread_rwlock_rdlock(&o.rwlock) == 0 && pthread_rwlock_unlock(&o.rwlock) == 0);
	CHECK(pthread_rwlock_wrlock(&o.rwlock) == 0 && pthread_rwlock_unlock(&o.rwlock) == 0);
	if (destroys)
		CHECK(pthread_rwlock_destroy(&o.rwlock) == 0);
}

static void as_cond(int fixed)
{
	if (fixed)
		o.cond = (pthread_cond_t)PTHREAD_COND_INITIALIZER;
	else
		CHECK(pthread_cond_init(&o.cond, NULL) == 0);
	CHECK(pthread_cond_signal(&o.cond) == 0 && pthread_cond_broadcast(&o.cond) == 0);
	if (destroys)
		CHECK(pthread_cond_destroy(&o.cond) == 0);
}

static void as_others(void)
{
	CHECK(pthread_spin_init(&o.spin, 0) == 0);
	CHECK(pthread_spin_lock(&o.spin) == 0 && pthread_spin_unlock(&o.spin) == 0);
	if (destroys)
		CHECK(pthread_spin_destroy(&o.spin) == 0);
	CHECK(sem_init(&o.semaphore, 0, 1) == 0);
	CHECK(sem_wait(&o.semaphore) == 0 && sem_post(&o.semaphore) == 0);
	if (destroys)
		CHECK(sem_destroy(&o.semaphore) == 0);
	CHECK(pthread_barrier_init(&o.barrier, NULL, 1) == 0);
	CHECK(pthread_barrier_wait(&o.barrier) == PTHREAD_BARRIER_SERIAL_THREAD);
	if (destroys)
		CHECK(pthread_barrier_destroy(&o.barrier) == 0);
}

int main(int argc, char **argv)
{
	destroys = argc < 2 || !strcmp(argv[1], "destroyed");
	for (int i = 0; i < 32; i++) {
		as_mutex(i & 1);
		as_rwlock(i & 2);
		as_mutex(!(i & 1));
		as_cond(i & 4);
		as_others();
		as_rwlock(!(i & 2));
		as_cond(!(i & 4));
		if (i & 8)
			memset(&o, 0, sizeof o);
	}
	puts("done");
	return 7;
}
