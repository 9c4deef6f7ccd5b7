/* SPDX-License-Identifier: Apache-2.0
 *
 * Two queues share one condition variable, but each has a mutex of its own: both consumers wait for
 * it at the same time.
 *
 * It reports:
 */
#include <pthread.h>
#include <stdio.h>
#include <time.h>

struct queue {
	pthread_mutex_t mutex;
	int items;
	int consumers;
};
static struct queue first = {.mutex = PTHREAD_MUTEX_INITIALIZER};
static struct queue second = {.mutex = PTHREAD_MUTEX_INITIALIZER};
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;

static void *consume(void *q)
{
	struct queue *queue = q;
	struct timespec limit;
	int error = 0;
	clock_gettime(CLOCK_REALTIME, &limit);
	limit.tv_sec++;
	pthread_mutex_lock(&queue->mutex);
	queue->consumers++;
	while (!queue->items && !error)
		error = pthread_cond_timedwait(&changed, &queue->mutex, &limit);
	pthread_mutex_unlock(&queue->mutex);
	return NULL;
}

static int has_consumer(struct queue *queue)
{
	pthread_mutex_lock(&queue->mutex);
	int consumers = queue->consumers;
	pthread_mutex_unlock(&queue->mutex);
	return consumers;
}

int main(void)
{
	pthread_t thread;
	pthread_create(&thread, NULL, consume, &first);
	while (!has_consumer(&first))
		;
	consume(&second);
	pthread_join(thread, NULL);
	puts("done");
	return 0;
}
