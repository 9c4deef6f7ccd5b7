/* SPDX-License-Identifier: Apache-2.0
 *
 * A thread for work in the background, which has lowered its priority, does a long piece of it
 * under a lock that the main thread needs.
 *
 * It reports:
 *   ==snarl== priority-inversion (suspect): T1 'main' waited for mutex 'cache_lock' (M1) for X
 *       s, which T2 (tidy_up) of lower priority held  [id X]
 *     why: this is what was measured; whether it matters is for a person to say
 *     T1 'main' waits for mutex 'cache_lock' (M1) here, for X s:
 *       #0  main  examples/priority_inversion.c:50:2
 *             50 | pthread_mutex_lock(&cache_lock);
 *     T2 (tidy_up) acquired mutex 'cache_lock' (M1) here:
 *       #0  tidy_up  examples/priority_inversion.c:36:2
 *             36 | pthread_mutex_lock(&cache_lock);
 *     T2 (tidy_up) was created by T1 'main' in main at examples/priority_inversion.c:48:2
 *     mutex 'cache_lock' (M1): 0xX, static in priority_inversion, declared at
 *         examples/priority_inversion.c:30
 *     fix: Use a mutex with PTHREAD_PRIO_INHERIT, or keep such sections short.
 *
 *   snarl: 1 finding (1 suspect): `snarl report` tells more
 */
// expect: priority-inversion suspect
// options: blocking_ms=100000
#include <pthread.h>
#include <stdio.h>
#include <sys/resource.h>
#include <unistd.h>

static pthread_mutex_t cache_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_barrier_t meet;

static void *tidy_up(void *unused)
{
	setpriority(PRIO_PROCESS, (id_t)gettid(), 15);
	pthread_mutex_lock(&cache_lock);
	pthread_barrier_wait(&meet);
	usleep(400000); /* long work */
	pthread_mutex_unlock(&cache_lock);
	pthread_barrier_wait(&meet);
	return unused;
}

int main(void)
{
	pthread_t background;
	pthread_barrier_init(&meet, NULL, 2);
	pthread_create(&background, NULL, tidy_up, NULL);
	pthread_barrier_wait(&meet);
	pthread_mutex_lock(&cache_lock);
	pthread_mutex_unlock(&cache_lock);
	pthread_barrier_wait(&meet);
	pthread_join(background, NULL);
	pthread_barrier_destroy(&meet);
	puts("looked up");
	return 0;
}
