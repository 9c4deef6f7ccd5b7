/* SPDX-License-Identifier: Apache-2.0
 *
 * The cache asks the disk while it holds its lock, the disk tells the cache while it holds its own.
 * The barrier sees to it that they meet; without snarl this program hangs.
 *
 * It reports:
 *   ==snarl== deadlock (confirmed): 2 threads wait for each other and can never go on: T2
 *       (flush_cache) and T3 (invalidate_blocks)  [id X]
 *     why: every thread of the ring was seen waiting for the next one
 *     T2 (flush_cache) waits for mutex 'disk_lock' (M2) here, while it holds mutex 'cache_lock'
 *         (M1):
 *       #0  flush_cache  examples/deadlock.c:46:2
 *             46 | pthread_mutex_lock(&disk_lock);
 *     T2 (flush_cache) acquired mutex 'cache_lock' (M1) here:
 *       #0  flush_cache  examples/deadlock.c:44:2
 *             44 | pthread_mutex_lock(&cache_lock);
 *     T3 (invalidate_blocks) waits for mutex 'cache_lock' (M1) here, while it holds mutex
 *         'disk_lock' (M2):
 *       #0  invalidate_blocks  examples/deadlock.c:56:2
 *             56 | pthread_mutex_lock(&cache_lock);
 *     T3 (invalidate_blocks) acquired mutex 'disk_lock' (M2) here:
 *       #0  invalidate_blocks  examples/deadlock.c:54:2
 *             54 | pthread_mutex_lock(&disk_lock);
 *     T2 (flush_cache) was created by T1 'main' in main at examples/deadlock.c:66:2
 *     T3 (invalidate_blocks) was created by T1 'main' in main at examples/deadlock.c:67:2
 *     mutex 'cache_lock' (M1): 0xX, static in deadlock, declared at examples/deadlock.c:38
 *     mutex 'disk_lock' (M2): 0xX, static in deadlock, declared at examples/deadlock.c:39
 *     fix: Take the locks in one order everywhere, and hold no lock while waiting for a thread
 *         that needs it.
 *
 *   snarl: 1 finding (1 confirmed): `snarl report` tells more
 */
// expect: deadlock confirmed
// hangs
#include <pthread.h>
#include <stdio.h>

static pthread_mutex_t cache_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t disk_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_barrier_t both_hold_one;

static void *flush_cache(void *unused)
{
	pthread_mutex_lock(&cache_lock);
	pthread_barrier_wait(&both_hold_one);
	pthread_mutex_lock(&disk_lock);
	pthread_mutex_unlock(&disk_lock);
	pthread_mutex_unlock(&cache_lock);
	return unused;
}

static void *invalidate_blocks(void *unused)
{
	pthread_mutex_lock(&disk_lock);
	pthread_barrier_wait(&both_hold_one);
	pthread_mutex_lock(&cache_lock);
	pthread_mutex_unlock(&cache_lock);
	pthread_mutex_unlock(&disk_lock);
	return unused;
}

int main(void)
{
	pthread_t one, two;
	pthread_barrier_init(&both_hold_one, NULL, 2);
	pthread_create(&one, NULL, flush_cache, NULL);
	pthread_create(&two, NULL, invalidate_blocks, NULL);
	pthread_join(one, NULL);
	pthread_join(two, NULL);
	puts("never printed");
	return 0;
}
