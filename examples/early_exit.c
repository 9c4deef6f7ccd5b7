/* SPDX-License-Identifier: Apache-2.0
 *
 * A thread is still computing when main returns: its work is cut off.
 *
 * It reports:
 */
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
