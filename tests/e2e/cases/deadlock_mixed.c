/* SPDX-License-Identifier: Apache-2.0
 *
 * One thread holds a spin lock and waits for a mutex, the other the other way round; or a mutex and
 * an rwlock. */
// variants: spin rwlock mtx recursive
// expect: deadlock confirmed
// hangs
// json: len(f.threads) == 2
#include "locks.h"

static struct lock a, b;
static pthread_barrier_t both;

static void *left(void *unused)
{
	lock_take(&a);
	pthread_barrier_wait(&both);
	lock_take(&b);
	return unused;
}

static void *right(void *unused)
{
	lock_take(&b);
	pthread_barrier_wait(&both);
	lock_take(&a);
	return unused;
}

int main(int argc, char **argv)
{
	pthread_t one, two;
	lock_init(&a, NORMAL);
	lock_init(&b, lock_kind(argc > 1 ? argv[1] : "spin"));
	pthread_barrier_init(&both, NULL, 2);
	START(&one, left, NULL);
	START(&two, right, NULL);
	JOIN(one);
	JOIN(two);
	puts("never");
	return 0;
}
