/* SPDX-License-Identifier: Apache-2.0
 *
 * Two polite threads: each takes its own lock, tries the other's, and where that fails gives up its
 * own and tries again, in step with the other one.  Here they lose patience after a while.
 *
 * It reports:
 *   ==snarl== livelock (suspect): T1 'main' and T2 (other_way) keep backing off and trying
 *       again: X failed attempts in a row  [id X]
 *     why: this is what was measured; whether it matters is for a person to say
 *     T1 'main' tried to take mutex 'right' (M1) here and gave up, X times in a row:
 *       #0  try_both  examples/livelock.c:41:7
 *             41 | if (pthread_mutex_trylock(second) == 0)
 *       #1  main      examples/livelock.c:59:2
 *     T2 (other_way) tried to take mutex 'left' (M2) here and gave up, X times in a row:
 *       #0  try_both   examples/livelock.c:41:7
 *             41 | if (pthread_mutex_trylock(second) == 0)
 *       #1  other_way  examples/livelock.c:50:2
 *     T2 (other_way) was created by T1 'main' in main at examples/livelock.c:58:2
 *     mutex 'right' (M1): 0xX, static in livelock, declared at examples/livelock.c:31
 *     mutex 'left' (M2): 0xX, static in livelock, declared at examples/livelock.c:31
 *     fix: Take the locks in one order, or back off for random times and hold nothing meanwhile.
 *
 *   snarl: 1 finding (1 suspect): `snarl report` tells more
 */
// expect: livelock suspect
// options: livelock_ms=50:blocking_ms=100000:inversion_ms=100000:starvation_ms=100000
#include <pthread.h>
#include <stdio.h>
#include <unistd.h>

static pthread_mutex_t left = PTHREAD_MUTEX_INITIALIZER, right = PTHREAD_MUTEX_INITIALIZER;
static pthread_barrier_t step;

static void try_both(pthread_mutex_t *first, pthread_mutex_t *second)
{
	for (int i = 0; i < 4000; i++) {
		pthread_mutex_lock(first);
		pthread_barrier_wait(&step);
		if (i % 64 == 0)
			usleep(5000); /* work */
		if (pthread_mutex_trylock(second) == 0)
			pthread_mutex_unlock(second);
		pthread_barrier_wait(&step);
		pthread_mutex_unlock(first);
	}
}

static void *other_way(void *unused)
{
	try_both(&right, &left);
	return unused;
}

int main(void)
{
	pthread_t other;
	pthread_barrier_init(&step, NULL, 2);
	pthread_create(&other, NULL, other_way, NULL);
	try_both(&left, &right);
	pthread_join(other, NULL);
	pthread_barrier_destroy(&step);
	puts("nobody passed");
	return 0;
}
