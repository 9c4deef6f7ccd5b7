/* SPDX-License-Identifier: Apache-2.0
 *
 * A time limit is computed with more than a thousand million nanoseconds: the call refuses it and
 * returns at once, every time, and nobody looks.
 *
 * It reports:
 */
#include <pthread.h>
#include <time.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t ready = PTHREAD_COND_INITIALIZER;

int main(void)
{
	struct timespec limit;
	clock_gettime(CLOCK_REALTIME, &limit);
	limit.tv_nsec += 1000000000L; /* a second later, it was meant to be */
	pthread_mutex_lock(&lock);
	for (int i = 0; i < 3; i++)
		pthread_cond_timedwait(&ready, &lock, &limit);
	pthread_mutex_unlock(&lock);
	return 0;
}
