/* SPDX-License-Identifier: Apache-2.0
 *
 * Each thread writes one rwlock and then reads the other: a reader does wait for a writer. */
// expect: lock-order-inversion predicted
#include "locks.h"

static struct lock a, b, c;

static void *forward(void *unused)
{
	turn_await(1);
	lock_take(&a);
	pthread_rwlock_rdlock(&b.rwlock);
	lock_drop(&b);
	lock_drop(&a);
	turn_next();
	return unused;
}

static void *backward(void *unused)
{
	turn_await(2);
	lock_take(&b);
	pthread_rwlock_rdlock(&a.rwlock);
	lock_drop(&a);
	lock_drop(&b);
	turn_next();
	return unused;
}

int main(int argc, char **argv)
{
	pthread_t one, two;
	const char *name = argc > 1 ? argv[1] : "normal";
	lock_init(&a, RWLOCK);
	lock_init(&b, RWLOCK);
	lock_init(&c, lock_kind(name));
	START(&one, forward, NULL);
	START(&two, backward, NULL);
	turn_next();
	JOIN(one);
	JOIN(two);
	puts("done");
	return 5;
}
