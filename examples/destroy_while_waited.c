/* SPDX-License-Identifier: Apache-2.0
 *
 * A pool is torn down while its idle worker still waits for work: nobody tells it to stop first.
 *
 * It reports:
 */
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
