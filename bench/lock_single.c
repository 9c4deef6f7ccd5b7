/* SPDX-License-Identifier: Apache-2.0
 *
 * Cases of the micro-benchmark with one lock or a few, taken by one thread from one place: each
 * primitive where nobody else wants it. */
#include <pthread.h>
#include <semaphore.h>
#include "bench/lock.h"

static pthread_mutex_t mutexes[16];
static pthread_mutex_t recursive = PTHREAD_RECURSIVE_MUTEX_INITIALIZER_NP;
static pthread_mutex_t errorcheck = PTHREAD_ERRORCHECK_MUTEX_INITIALIZER_NP;
static pthread_rwlock_t rwlock = PTHREAD_RWLOCK_INITIALIZER;
static pthread_spinlock_t spin;
static pthread_cond_t nobody_waits = PTHREAD_COND_INITIALIZER;
static sem_t semaphore;

static void lock_unlock(long count)
{
	while (count--) {
		pthread_mutex_lock(&mutexes[0]);
		lock_sink++;
		pthread_mutex_unlock(&mutexes[0]);
	}
}

static void trylock(long count)
{
	while (count--) {
		if (!pthread_mutex_trylock(&mutexes[0]))
			pthread_mutex_unlock(&mutexes[0]);
	}
}

static void nested(long count, int levels)
{
	int i;

	while (count--) {
		for (i = 0; i < levels; i++)
			pthread_mutex_lock(&mutexes[i]);
		lock_sink++;
		for (i = levels; i--;)
			pthread_mutex_unlock(&mutexes[i]);
	}
}

static void nested_2(long count)
{
	nested(count, 2);
}

static void nested_4(long count)
{
	nested(count, 4);
}

static void nested_16(long count)
{
	nested(count, 16);
}

static void relock(long count)
{
	while (count--) {
		pthread_mutex_lock(&recursive);
		pthread_mutex_lock(&recursive);
		lock_sink++;
		pthread_mutex_unlock(&recursive);
		pthread_mutex_unlock(&recursive);
	}
}

static void checked(long count)
{
	while (count--) {
		pthread_mutex_lock(&errorcheck);
		lock_sink++;
		pthread_mutex_unlock(&errorcheck);
	}
}

static void read_lock(long count)
{
	while (count--) {
		pthread_rwlock_rdlock(&rwlock);
		lock_sink++;
		pthread_rwlock_unlock(&rwlock);
	}
}

static void write_lock(long count)
{
	while (count--) {
		pthread_rwlock_wrlock(&rwlock);
		lock_sink++;
		pthread_rwlock_unlock(&rwlock);
	}
}

static void spin_lock(long count)
{
	pthread_spin_init(&spin, PTHREAD_PROCESS_PRIVATE);
	while (count--) {
		pthread_spin_lock(&spin);
		lock_sink++;
		pthread_spin_unlock(&spin);
	}
	pthread_spin_destroy(&spin);
}

static void cond_signal(long count)
{
	while (count--) {
		pthread_cond_signal(&nobody_waits);
		lock_sink++;
	}
}

static void post_wait(long count)
{
	sem_init(&semaphore, 0, 0);
	while (count--) {
		sem_post(&semaphore);
		lock_sink++;
		sem_wait(&semaphore);
	}
	sem_destroy(&semaphore);
}

const struct lock_case lock_single[] = {
	{"lock-alone", 1, lock_unlock},
	{"nested-4-alone", 1, nested_4},
	{"lock", 1, lock_unlock},
	{"lock-depth-8", 8, lock_unlock},
	{"lock-depth-16", 16, lock_unlock},
	{"lock-depth-64", 64, lock_unlock},
	{"trylock", 8, trylock},
	{"nested-2", 8, nested_2},
	{"nested-4", 8, nested_4},
	{"nested-4-depth-16", 16, nested_4},
	{"nested-4-depth-64", 64, nested_4},
	{"nested-16", 8, nested_16},
	{"recursive", 8, relock},
	{"errorcheck", 8, checked},
	{"rwlock-read", 8, read_lock},
	{"rwlock-write", 8, write_lock},
	{"spin", 8, spin_lock},
	{"cond-signal", 8, cond_signal},
	{"sem-post-wait", 8, post_wait},
	{0},
};
