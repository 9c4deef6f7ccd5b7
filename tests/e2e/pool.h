/* SPDX-License-Identifier: Apache-2.0
 *
 * A small pool of threads: a queue of jobs under a mutex, with a condition.
 */
#ifndef TESTS_E2E_POOL_H
#define TESTS_E2E_POOL_H

#include "case.h"

#define POOL_JOBS 64

static pthread_mutex_t pool_mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t pool_more = PTHREAD_COND_INITIALIZER;
static void (*pool_jobs[POOL_JOBS])(void);
static unsigned pool_first, pool_last, pool_idle;

static void *pool_thread(void *arg)
{
	void (*job)(void);

	for (;;) {
		pthread_mutex_lock(&pool_mutex);
		while (pool_first == pool_last) {
			pool_idle++;
			pthread_cond_wait(&pool_more, &pool_mutex);
			pool_idle--;
		}
		job = pool_jobs[pool_first++ % POOL_JOBS];
		pthread_mutex_unlock(&pool_mutex);
		job();
	}
	return arg;
}

static inline void pool_submit(void (*job)(void))
{
	pthread_mutex_lock(&pool_mutex);
	pool_jobs[pool_last++ % POOL_JOBS] = job;
	pthread_mutex_unlock(&pool_mutex);
	pthread_cond_signal(&pool_more);
}

/* Waits until so many threads are idle. */
static inline void pool_await_idle(unsigned n)
{
	unsigned idle = 0;

	while (idle != n) {
		sched_yield();
		pthread_mutex_lock(&pool_mutex);
		idle = pool_idle;
		pthread_mutex_unlock(&pool_mutex);
	}
}

static inline void pool_start(unsigned n)
{
	pthread_t t;

	for (unsigned i = 0; i < n; i++)
		START(&t, pool_thread, NULL);
	pool_await_idle(n);
}

#endif
