/* SPDX-License-Identifier: Apache-2.0
 *
 * Each job is announced to all eight workers, though one of them can do it: the others wake up,
 * find nothing, and go back to sleep.
 *
 * It reports:
 *   ==snarl== thundering-herd (suspect): X broadcasts to condition variable 'changed' (C1) woke
 *       threads X times, and X times the thread went back to sleep  [id X]
 *     why: this is what was measured; whether it matters is for a person to say
 *     T1 'main' broadcast to condition variable 'changed' (C1) here, the last of X:
 *       #0  main  examples/thundering_herd.c:67:3
 *             67 | pthread_cond_broadcast(&changed);
 *     TX (take_jobs) was woken in its wait for condition variable 'changed' (C1) here, and went
 *         back to sleep; this happened X times:
 *       #0  take_jobs  examples/thundering_herd.c:42:3
 *             42 | pthread_cond_wait(&changed, &mutex);
 *     TX (take_jobs) was created by T1 'main' in main at examples/thundering_herd.c:58:3
 *     condition variable 'changed' (C1): 0xX, static in thundering_herd, declared at
 *         examples/thundering_herd.c:32
 *     fix: Signal one waiter for each piece of work; broadcast only when all can go on.
 *
 *   snarl: 1 finding (1 suspect): `snarl report` tells more
 */
// expect: thundering-herd suspect
#include <pthread.h>
#include <stdio.h>

#define WORKERS 8
#define JOBS 200

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static pthread_cond_t idle = PTHREAD_COND_INITIALIZER;
static int jobs, looks, stop;

static void *take_jobs(void *unused)
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
		pthread_create(&workers[i], NULL, take_jobs, NULL);
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
