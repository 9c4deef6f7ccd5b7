/* SPDX-License-Identifier: Apache-2.0
 *
 * A thread does its work under a lock, in steps, and unlocks between them only to lock again at
 * once: the other thread, which is woken each time, comes too late each time.
 *
 * It reports:
 *   ==snarl== starvation (suspect): T2 (take_it_now_and_then) waited for mutex 'lock' (M1) for
 *       X s, which was given to others X times meanwhile  [id X]
 *     why: this is what was measured; whether it matters is for a person to say
 *     T2 (take_it_now_and_then) waits for mutex 'lock' (M1) here, for X s:
 *       #0  take_it_now_and_then  examples/starvation.c:41:3
 *             41 | pthread_mutex_lock(&lock);
 *     T1 'main' acquired mutex 'lock' (M1) here:
 *       #0  main  examples/starvation.c:64:3
 *             64 | pthread_mutex_lock(&lock);
 *     T2 (take_it_now_and_then) was created by T1 'main' in main at examples/starvation.c:54:2
 *     mutex 'lock' (M1): 0xX, static in starvation, declared at examples/starvation.c:29
 *     fix: Hold the lock for shorter times, give way after unlocking, or use a fair lock.
 *
 *   snarl: 1 finding (1 suspect): `snarl report` tells more
 */
// expect: starvation suspect
// options: starvation_ms=10:starvation_passes=4:blocking_ms=100000:inversion_ms=100000
// count: any
#include <pthread.h>
#include <stdio.h>
#include <unistd.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_barrier_t start;

static int stop, turns; /* under the lock */
static int waiting;     /* atomic */

static void *take_it_now_and_then(void *unused)
{
	int ends;
	pthread_barrier_wait(&start);
	do {
		__atomic_store_n(&waiting, 1, __ATOMIC_RELEASE);
		pthread_mutex_lock(&lock);
		__atomic_store_n(&waiting, 0, __ATOMIC_RELEASE);
		ends = stop;
		turns++;
		pthread_mutex_unlock(&lock);
	} while (!ends);
	return unused;
}

int main(void)
{
	pthread_t other;
	pthread_barrier_init(&start, NULL, 2);
	pthread_create(&other, NULL, take_it_now_and_then, NULL);
	pthread_mutex_lock(&lock);
	pthread_barrier_wait(&start);
	/* A hundred steps, of which the last seven leave the other thread, which waits, no turn. */
	for (int step = 0, last = 0, had = 0; step < 100 || step - last < 7; step++) {
		if (had != turns || !__atomic_load_n(&waiting, __ATOMIC_ACQUIRE))
			last = step;
		had = turns;
		usleep(2000); /* work */
		pthread_mutex_unlock(&lock);
		pthread_mutex_lock(&lock);
	}
	stop = 1;
	pthread_mutex_unlock(&lock);
	pthread_join(other, NULL);
	pthread_barrier_destroy(&start);
	puts("done");
	return 0;
}
