/* SPDX-License-Identifier: Apache-2.0
 *
 * A pool is torn down while its idle worker still waits for work: nobody tells it to stop first.
 *
 * It reports:
 *   ==snarl== destroy-while-waited (confirmed): T1 'main' destroyed condition variable
 *       'pool.0.changed' (C1) while T2 (work) waited for it  [id X]
 *     why: threads were blocked on it at that moment
 *     T1 'main' destroyed condition variable 'pool.0.changed' (C1) here:
 *       #0  main  examples/destroy_while_waited.c:67:2
 *             67 | pthread_cond_destroy(&pool.changed);
 *     T2 (work) waits for condition variable 'pool.0.changed' (C1) here:
 *       #0  work  examples/destroy_while_waited.c:46:11
 *             46 | error = pthread_cond_timedwait(&pool->changed, &pool->mutex, &limit);
 *     T2 (work) was created by T1 'main' in main at examples/destroy_while_waited.c:64:2
 *     condition variable 'pool.0.changed' (C1): 0xX, static in destroy_while_waited, declared
 *         at examples/destroy_while_waited.c:61
 *     fix: Wake the waiters, wait until they have left (join them), and only then destroy the
 *         object.
 *
 *   snarl: 1 finding (1 confirmed): `snarl report` tells more
 */
// expect: destroy-while-waited confirmed
#include <pthread.h>
#include <stdio.h>
#include <time.h>

struct pool {
	pthread_mutex_t mutex;
	pthread_cond_t changed;
	int jobs;
	int idle;
};

/* A worker that finds no work for a second ends. */
static void *work(void *p)
{
	struct pool *pool = p;
	struct timespec limit;
	int error = 0;
	clock_gettime(CLOCK_REALTIME, &limit);
	limit.tv_sec++;
	pthread_mutex_lock(&pool->mutex);
	pool->idle++;
	while (!pool->jobs && !error)
		error = pthread_cond_timedwait(&pool->changed, &pool->mutex, &limit);
	pthread_mutex_unlock(&pool->mutex);
	return NULL;
}

static int is_idle(struct pool *pool)
{
	pthread_mutex_lock(&pool->mutex);
	int idle = pool->idle;
	pthread_mutex_unlock(&pool->mutex);
	return idle;
}

int main(void)
{
	static struct pool pool = {.mutex = PTHREAD_MUTEX_INITIALIZER,
				   .changed = PTHREAD_COND_INITIALIZER};
	pthread_t worker;
	pthread_create(&worker, NULL, work, &pool);
	while (!is_idle(&pool))
		;
	pthread_cond_destroy(&pool.changed);
	pthread_join(worker, NULL);
	puts("closed");
	return 0;
}
