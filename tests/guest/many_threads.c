/* SPDX-License-Identifier: Apache-2.0
 *
 * 2,000 threads at once, on the smallest stacks there are, each taking locks. */
// expect: silent
#include "case.h"
#include <limits.h>

enum { THREADS = 2000 };

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER, inner = PTHREAD_MUTEX_INITIALIZER;
static pthread_barrier_t all;
static int count;

static void *worker(void *unused)
{
	pthread_barrier_wait(&all);
	pthread_mutex_lock(&mutex);
	pthread_mutex_lock(&inner);
	count++;
	pthread_mutex_unlock(&inner);
	pthread_mutex_unlock(&mutex);
	return unused;
}

int main(void)
{
	static pthread_t threads[THREADS];
	pthread_attr_t attr;
	pthread_attr_init(&attr);
	CHECK(pthread_attr_setstacksize(&attr, PTHREAD_STACK_MIN) == 0);
	pthread_barrier_init(&all, NULL, THREADS);
	for (int i = 0; i < THREADS; i++)
		CHECK(pthread_create(&threads[i], &attr, worker, NULL) == 0);
	for (int i = 0; i < THREADS; i++)
		JOIN(threads[i]);
	printf("%d\n", count);
	return 7;
}
