/* SPDX-License-Identifier: Apache-2.0
 *
 * Each job is announced to all eight workers, though one of them can do it: the others wake up,
 * find nothing, and go back to sleep.
 *
 * It reports:
 */
#include <pthread.h>
#include <stdio.h>

#define WORKERS 8
#define JOBS 200

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static pthread_cond_t idle = PTHREAD_COND_INITIALIZER;
static int jobs, looks, stop;

static void *work(void *unused)
{
	pthread_mutex_lock(&mutex);
	while (!stop) {
		looks++;
		pthread_cond_signal(&idle);
		pthread_cond_wait(&changed, &mutex);
		if (jobs) {
			jobs--;
			pthread_mutex_unlock(&mutex);
			/* the job */
			pthread_mutex_lock(&mutex);
		}
	}
	pthread_mutex_unlock(&mutex);
	return unused;
}

int main(void)
{
	pthread_t workers[WORKERS];
	for (int i = 0; i < WORKERS; i++)
		pthread_create(&workers[i], NULL, work, NULL);
	pthread_mutex_lock(&mutex);
	for (int i = 1; i <= JOBS + 1; i++) {
		while (looks < i * WORKERS)
			pthread_cond_wait(&idle, &mutex);
		if (i <= JOBS)
			jobs++;
		else
			stop = 1;
		pthread_cond_broadcast(&changed);
	}
	pthread_mutex_unlock(&mutex);
	for (int i = 0; i < WORKERS; i++)
		pthread_join(workers[i], NULL);
	puts("all done");
	return 0;
}
