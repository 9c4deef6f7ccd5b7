/* SPDX-License-Identifier: Apache-2.0
 *
 * Results other than success that correct programs get: busy, timed out, not the owner of a mutex
 * that checks, its owner died, nothing to take, no memory for a thread. */
// variants: results robust
// expect: silent
// expect[robust]: lock-held-at-thread-exit suspect
#include "case.h"
#include <sys/mman.h>

static pthread_mutex_t robust;
static pthread_rwlock_t rwlock = PTHREAD_RWLOCK_INITIALIZER;
static pthread_cond_t cond = PTHREAD_COND_INITIALIZER;
static const struct timespec past = {1, 0};

static void *dies_holding(void *unused)
{
	pthread_mutex_lock(&robust);
	return unused;
}

static void make(pthread_mutex_t *m, int type, int is_robust)
{
	pthread_mutexattr_t attr;
	pthread_mutexattr_init(&attr);
	pthread_mutexattr_settype(&attr, type);
	pthread_mutexattr_setrobust(&attr, is_robust);
	CHECK(pthread_mutex_init(m, &attr) == 0);
}

static void mutexes(void)
{
	pthread_mutex_t checks, plain = PTHREAD_MUTEX_INITIALIZER;
	make(&checks, PTHREAD_MUTEX_ERRORCHECK, PTHREAD_MUTEX_STALLED);
	CHECK(pthread_mutex_unlock(&checks) == EPERM);
	CHECK(pthread_mutex_lock(&plain) == 0);
	CHECK(pthread_mutex_trylock(&plain) == EBUSY);
	CHECK(pthread_cond_timedwait(&cond, &plain, &past) == ETIMEDOUT);
	CHECK(pthread_mutex_unlock(&plain) == 0);
}

static void robust_mutex(void)
{
	pthread_t thread;
	make(&robust, PTHREAD_MUTEX_NORMAL, PTHREAD_MUTEX_ROBUST);
	CHECK(pthread_mutex_unlock(&robust) == EPERM);
	START(&thread, dies_holding, NULL);
	JOIN(thread);
	CHECK(pthread_mutex_lock(&robust) == EOWNERDEAD);
	CHECK(pthread_mutex_consistent(&robust) == 0);
	CHECK(pthread_mutex_unlock(&robust) == 0);
}

static void others(void)
{
	sem_t none;
	CHECK(sem_init(&none, 0, 0) == 0);
	CHECK(sem_trywait(&none) == -1 && errno == EAGAIN);
	CHECK(sem_timedwait(&none, &past) == -1 && errno == ETIMEDOUT);
	CHECK(pthread_rwlock_rdlock(&rwlock) == 0);
	CHECK(pthread_rwlock_trywrlock(&rwlock) == EBUSY);
	CHECK(pthread_rwlock_timedwrlock(&rwlock, &past) == ETIMEDOUT);
	CHECK(pthread_rwlock_unlock(&rwlock) == 0);
}

static void no_memory(void)
{
	pthread_t thread;
	pthread_attr_t attr;
	pthread_attr_init(&attr);
	CHECK(pthread_attr_setstacksize(&attr, 1UL << 50) == 0);
	CHECK(pthread_create(&thread, &attr, dies_holding, NULL) == EAGAIN);
}

int main(int argc, char **argv)
{
	if (argc > 1 && !strcmp(argv[1], "robust")) {
		robust_mutex();
	} else {
		mutexes();
		others();
		no_memory();
	}
	puts("done");
	return 7;
}
