/* SPDX-License-Identifier: Apache-2.0
 *
 * The mutex is unlocked before the wait, which is the wait's own business: between the two anything
 * can happen, and a signal that comes there is lost.
 *
 * It reports:
 *   ==snarl== wait-without-mutex (confirmed): T1 'main' waits on condition variable 'changed'
 *       (C1) without holding mutex 'mutex' (M1)  [id X]
 *     why: the calling thread did not hold the mutex
 *     T1 'main' began to wait on condition variable 'changed' (C1) here:
 *       #0  wait_until_ready  examples/wait_without_mutex.c:41:11 (inlined)
 *             41 | error = pthread_cond_timedwait(&changed, &mutex, &limit);
 *       #1  main              examples/wait_without_mutex.c:49:7
 *     condition variable 'changed' (C1): 0xX, static in wait_without_mutex, declared at
 *         examples/wait_without_mutex.c:29
 *     mutex 'mutex' (M1): 0xX, static in wait_without_mutex, declared at
 *         examples/wait_without_mutex.c:28
 *     fix: Lock the mutex before the wait, in the thread that waits, and look at the state
 *         under it.
 *
 *   snarl: 1 finding (1 confirmed): `snarl report` tells more
 */
// expect: wait-without-mutex confirmed
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
