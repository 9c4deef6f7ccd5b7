/* SPDX-License-Identifier: Apache-2.0
 *
 * A thread does its work under a lock, in steps, and unlocks between them only to lock again at
 * once: the other thread, which is woken each time, comes too late each time.
 *
 * It reports:
 */
// options: starvation_ms=10:starvation_passes=5:blocking_ms=100000:inversion_ms=100000
// count: any
#include <pthread.h>
#include <stdio.h>
#include <unistd.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_barrier_t start;

static int stop; /* under the lock */

static void *take_it_now_and_then(void *unused)
{
	int ends;
	pthread_barrier_wait(&start);
	do {
		pthread_mutex_lock(&lock);
		ends = stop;
		pthread_mutex_unlock(&lock);
	} while (!ends);
	return unused;
}

int main(void)
{
	pthread_t other;
	pthread_barrier_init(&start, NULL, 2);
	pthread_create(&other, NULL, take_it_now_and_then, NULL);
	pthread_mutex_lock(&lock);
	pthread_barrier_wait(&start);
	for (int step = 0; step < 400; step++) {
		usleep(2000); /* work */
		pthread_mutex_unlock(&lock);
		pthread_mutex_lock(&lock);
	}
	stop = 1;
	pthread_mutex_unlock(&lock);
	pthread_join(other, NULL);
	pthread_barrier_destroy(&start);
	puts("done");
	return 0;
}
