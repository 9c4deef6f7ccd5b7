/* SPDX-License-Identifier: Apache-2.0
 *
 * A time limit is computed with more than a thousand million nanoseconds: the call refuses it and
 * returns at once, every time, and nobody looks.
 *
 * It reports:
 *   ==snarl== api-error (suspect): a call of T1 'main' on condition variable 'ready' (C1)
 *       failed: EINVAL (Invalid argument)  [id X]
 *     why: the call returned this error; the program may have handled it
 *     T1 'main' made the call that failed, on condition variable 'ready' (C1) here:
 *       #0  main  examples/api_error.c:33:3
 *             33 | pthread_cond_timedwait(&ready, &lock, &limit);
 *     condition variable 'ready' (C1): 0xX, static in api_error, declared at
 *         examples/api_error.c:24
 *     fix: Look at the result of the call, and at what its manual page says of this error.
 *
 *   snarl: 1 finding (1 suspect): `snarl report` tells more
 */
// expect: api-error suspect
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
