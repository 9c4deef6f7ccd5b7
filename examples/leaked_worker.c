/* SPDX-License-Identifier: Apache-2.0
 *
 * A worker waits for jobs; main has none left and returns without telling it to stop.  That is
 * often meant so, therefore it is a suspicion only, and the run does not fail.
 *
 * It reports:
 */
#include <pthread.h>
#include <stdio.h>

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static int waiting, jobs;

static void *work(void *unused)
{
	pthread_mutex_lock(&mutex);
	waiting = 1;
	pthread_cond_broadcast(&changed);
	while (!jobs)
		pthread_cond_wait(&changed, &mutex);
	pthread_mutex_unlock(&mutex);
	return unused;
}

int main(void)
{
	pthread_t worker;
	pthread_create(&worker, NULL, work, NULL);
	pthread_mutex_lock(&mutex);
	while (!waiting)
		pthread_cond_wait(&changed, &mutex);
	pthread_mutex_unlock(&mutex);
	puts("no jobs today");
	return 0;
}
