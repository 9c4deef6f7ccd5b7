/* SPDX-License-Identifier: Apache-2.0
 *
 * The cache asks the disk while it holds its lock, the disk tells the cache while it holds its own.
 * The barrier sees to it that they meet; without snarl this program hangs.
 *
 * It reports:
 */
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
