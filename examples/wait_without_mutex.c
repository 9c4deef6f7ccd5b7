/* SPDX-License-Identifier: Apache-2.0
 *
 * The mutex is unlocked before the wait, which is the wait's own business: between the two anything
 * can happen, and a signal that comes there is lost.
 *
 * It reports:
 */
#include <pthread.h>
#include <stdio.h>
#include <time.h>

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static int ready;

static int wait_until_ready(void)
{
	struct timespec limit;
	int error = 0;
	clock_gettime(CLOCK_REALTIME, &limit);
	limit.tv_sec++;
	pthread_mutex_lock(&mutex);
	while (!ready && !error) {
		pthread_mutex_unlock(&mutex);
		error = pthread_cond_timedwait(&changed, &mutex, &limit);
	}
	pthread_mutex_unlock(&mutex);
	return error;
}

int main(void)
{
	puts(wait_until_ready() ? "gave up" : "ready");
	return 0;
}
