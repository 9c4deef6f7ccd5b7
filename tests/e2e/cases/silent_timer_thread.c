/* SPDX-License-Identifier: Apache-2.0
 *
 * A timer thread lives on time-outs: a signal that falls into its window makes it late and loses
 * nothing.  All others sleep meanwhile, for as long as they like. */
// expect: silent
#include "case.h"

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t cond = PTHREAD_COND_INITIALIZER, done = PTHREAD_COND_INITIALIZER;
static int stop, ticks;

static void *timer(void *unused)
{
	(void)unused;
	pthread_mutex_lock(&mutex);
	while (ticks < 20) {
		struct timespec t = soon(CLOCK_REALTIME, 5);
		if (!ticks) {
			turn_next();
			turn_await(2);
		}
		pthread_cond_timedwait(&cond, &mutex, &t);
		ticks++;
	}
	stop = 1;
	pthread_cond_broadcast(&done);
	pthread_mutex_unlock(&mutex);
	return NULL;
}

static void *sleeper(void *unused)
{
	(void)unused;
	pthread_mutex_lock(&mutex);
	while (!stop)
		pthread_cond_wait(&done, &mutex);
	pthread_mutex_unlock(&mutex);
	return NULL;
}

int main(void)
{
	pthread_t threads[4];
	START(&threads[0], timer, NULL);
	turn_await(1);
	pthread_cond_signal(&cond);
	turn_next();
	for (int i = 1; i < 4; i++)
		START(&threads[i], sleeper, NULL);
	for (int i = 0; i < 4; i++)
		JOIN(threads[i]);
	return 0;
}
