/* SPDX-License-Identifier: Apache-2.0
 *
 * A thread is still computing when main returns: its work is cut off.
 *
 * Such threads break no silence by themselves; they are shown by `snarl report`, and by a run with
 * fail_on=suspect, as here.
 *
 * It reports:
 *   ==snarl== early-exit (suspect): 1 thread was still alive when the process ended
 *     why: at the end of a whole program this is often by design, so a person should look
 *     1 thread created in main at examples/early_exit.c:44:2 was still working: T2
 *         (count_primes)
 *       working  [id X]
 *     fix: Join the thread before the process ends.
 *
 *   snarl: 1 finding (1 suspect): `snarl report` tells more
 */
// expect: early-exit suspect
// options: fail_on=suspect
// status: 66
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>

static sem_t started;
static volatile unsigned long primes;

static void *count_primes(void *unused)
{
	sem_post(&started);
	for (unsigned long n = 2;; n++) {
		unsigned long d = 2;
		while (d < n && n % d)
			d++;
		primes += d == n;
	}
	return unused;
}

int main(void)
{
	pthread_t thread;
	sem_init(&started, 0, 0);
	pthread_create(&thread, NULL, count_primes, NULL);
	sem_wait(&started);
	puts("started");
	return 0;
}
