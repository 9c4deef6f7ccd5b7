/* SPDX-License-Identifier: Apache-2.0
 *
 * Cases of the micro-benchmark with many of something: locks in turn, locks that live for one call,
 * stacks, places in the code.  One thread. */
#include <pthread.h>
#include <stdlib.h>
#include "bench/lock.h"

static pthread_mutex_t outer = PTHREAD_MUTEX_INITIALIZER, inner = PTHREAD_MUTEX_INITIALIZER;

/* No more than are wanted: some tools take long to see one made. */
static pthread_mutex_t *locks(long count)
{
	static pthread_mutex_t *all;
	static long there;

	if (there >= count)
		return all;
	free(all);
	all = malloc((size_t)count * sizeof *all);
	if (!all)
		abort();
	for (long i = 0; i < count; i++)
		pthread_mutex_init(&all[i], NULL);
	there = count;
	return all;
}

/* Every lock in turn, as a hash table with a lock for each bucket. */
static void in_turn(long count, long among)
{
	pthread_mutex_t *all = locks(among);
	long i = 0;

	while (count--) {
		pthread_mutex_lock(&all[i]);
		lock_sink++;
		pthread_mutex_unlock(&all[i]);
		i = i + 1 < among ? i + 1 : 0;
	}
}

static void in_turn_4096(long count)
{
	in_turn(count, 4096);
}

static void in_turn_100000(long count)
{
	in_turn(count, 100000);
}

/* As an object with a mutex in it that lives for one call. */
static void short_lived(long count)
{
	while (count--) {
		pthread_mutex_t *m = malloc(sizeof *m);

		if (!m)
			abort();
		pthread_mutex_init(m, NULL);
		pthread_mutex_lock(m);
		lock_sink++;
		pthread_mutex_unlock(m);
		pthread_mutex_destroy(m);
		free(m);
	}
}

/* The same, taken while another lock is held, so that it becomes part of an order. */
static void short_lived_nested(long count)
{
	pthread_mutex_lock(&outer);
	short_lived(count);
	pthread_mutex_unlock(&outer);
}

/* The call comes from a new stack each time, out of 64. */
static __attribute__((noinline)) void deeper(int levels)
{
	if (levels > 0) {
		deeper(levels - 1);
	} else {
		pthread_mutex_lock(&inner);
		lock_sink++;
		pthread_mutex_unlock(&inner);
	}
	__asm__ volatile("");
}

static void stacks_64(long count)
{
	int i = 0;

	pthread_mutex_lock(&outer);
	while (count--)
		deeper(i++ & 63);
	pthread_mutex_unlock(&outer);
}

/* 256 calls one after the other, each at an address of its own. */
#define SITE                                                                                       \
	pthread_mutex_lock(&inner);                                                                \
	lock_sink++;                                                                               \
	pthread_mutex_unlock(&inner);
#define SITES_4 SITE SITE SITE SITE
#define SITES_16 SITES_4 SITES_4 SITES_4 SITES_4
#define SITES_64 SITES_16 SITES_16 SITES_16 SITES_16

static void sites_256(long count)
{
	pthread_mutex_lock(&outer);
	for (; count > 0; count -= 256) {
		SITES_64 SITES_64 SITES_64 SITES_64
	}
	pthread_mutex_unlock(&outer);
}

const struct lock_case lock_many[] = {
	{"4096-locks", 8, in_turn_4096},
	{"100000-locks", 8, in_turn_100000},
	{"short-lived", 8, short_lived},
	{"short-lived-nested", 8, short_lived_nested},
	{"64-stacks", 1, stacks_64},
	{"256-sites", 8, sites_256},
	{0},
};
