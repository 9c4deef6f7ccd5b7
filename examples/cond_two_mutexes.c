/* SPDX-License-Identifier: Apache-2.0
 *
 * Two queues share one condition variable, but each has a mutex of its own: both consumers wait for
 * it at the same time.
 *
 * It reports:
 *   ==snarl== cond-two-mutexes (confirmed): T1 'main' waits on condition variable 'changed'
 *       (C1) with mutex 'second.mutex' (M1) while T2 (consume) waits on it with mutex
 *       'first.mutex' (M2)  [id X]
 *     why: another thread was waiting at that moment with a different mutex
 *     T1 'main' began to wait on condition variable 'changed' (C1) here:
 *       #0  consume  examples/cond_two_mutexes.c:60:11
 *             60 | error = pthread_cond_timedwait(&changed, &queue->mutex, &limit);
 *       #1  main     examples/cond_two_mutexes.c:79:2
 *     T1 'main' acquired mutex 'second.mutex' (M1) here:
 *       #0  consume  examples/cond_two_mutexes.c:57:2
 *             57 | pthread_mutex_lock(&queue->mutex);
 *       #1  main     examples/cond_two_mutexes.c:79:2
 *     T2 (consume) waits for condition variable 'changed' (C1) here:
 *       #0  consume  examples/cond_two_mutexes.c:60:11
 *             60 | error = pthread_cond_timedwait(&changed, &queue->mutex, &limit);
 *     T2 (consume) acquired mutex 'first.mutex' (M2) here:
 *       #0  consume  examples/cond_two_mutexes.c:57:2
 *             57 | pthread_mutex_lock(&queue->mutex);
 *     T2 (consume) was created by T1 'main' in main at examples/cond_two_mutexes.c:76:2
 *     condition variable 'changed' (C1): 0xX, static in cond_two_mutexes, declared at
 *         examples/cond_two_mutexes.c:48
 *     mutex 'second.mutex' (M1): 0xX, static in cond_two_mutexes, declared at
 *         examples/cond_two_mutexes.c:47
 *     mutex 'first.mutex' (M2): 0xX, static in cond_two_mutexes, declared at
 *         examples/cond_two_mutexes.c:46
 *     fix: Use one mutex for each condition variable.
 *
 *   snarl: 1 finding (1 confirmed): `snarl report` tells more
 */
// expect: cond-two-mutexes confirmed
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
