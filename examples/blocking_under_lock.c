/* SPDX-License-Identifier: Apache-2.0
 *
 * A thread writes a record to a slow device while it holds the lock of the whole log: everybody who
 * has something to log waits for the device.
 *
 * It reports:
 *   ==snarl== blocking-under-lock (suspect): T1 'main' was blocked for X s while it held mutex
 *       'log_lock' (M1), for which T2 (log_something) waited  [id X]
 *     why: this is what was measured; whether it matters is for a person to say
 *     T1 'main' acquired mutex 'log_lock' (M1) here:
 *       #0  main  examples/blocking_under_lock.c:53:2
 *             53 | pthread_mutex_lock(&log_lock);
 *     T1 'main' was in this call meanwhile, for X s:
 *       #0  write_slowly  examples/blocking_under_lock.c:37:2 (inlined)
 *             37 | usleep(400000);
 *       #1  main          examples/blocking_under_lock.c:55:2
 *     T2 (log_something) waits for mutex 'log_lock' (M1) here, for X s:
 *       #0  log_something  examples/blocking_under_lock.c:43:2
 *             43 | pthread_mutex_lock(&log_lock);
 *     T2 (log_something) was created by T1 'main' in main at examples/blocking_under_lock.c:52:2
 *     mutex 'log_lock' (M1): 0xX, static in blocking_under_lock, declared at
 *         examples/blocking_under_lock.c:32
 *     fix: Release the lock before the call, or copy what the call needs and make it afterwards.
 *
 *   snarl: 1 finding (1 suspect): `snarl report` tells more
 */
// expect: blocking-under-lock suspect
#include <pthread.h>
#include <stdio.h>
#include <unistd.h>

static pthread_mutex_t log_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_barrier_t start;

static void write_slowly(void)
{
	usleep(400000);
}

static void *log_something(void *unused)
{
	pthread_barrier_wait(&start);
	pthread_mutex_lock(&log_lock);
	pthread_mutex_unlock(&log_lock);
	return unused;
}

int main(void)
{
	pthread_t other;
	pthread_barrier_init(&start, NULL, 2);
	pthread_create(&other, NULL, log_something, NULL);
	pthread_mutex_lock(&log_lock);
	pthread_barrier_wait(&start);
	write_slowly();
	pthread_mutex_unlock(&log_lock);
	pthread_join(other, NULL);
	pthread_barrier_destroy(&start);
	puts("logged");
	return 0;
}
