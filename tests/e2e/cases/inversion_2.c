/* SPDX-License-Identifier: Apache-2.0
 *
 * Two threads that never overlap take two locks in opposite orders. */
// variants: normal recursive errorcheck adaptive pi robust pshared rwlock writer spin mtx
// variants: mtx-timed mtx-recursive
// expect: lock-order-inversion predicted
// json: len(f.threads) == 2
// json: len(f.objects) == 2
// text: backward
#include "locks.h"

static struct lock a, b;

static void *forward(void *unused)
{
	turn_await(1);
	lock_take(&a);
	lock_take(&b);
	lock_drop(&b);
	lock_drop(&a);
	turn_next();
	return unused;
}

static void *backward(void *unused)
{
	turn_await(2);
	lock_take(&b);
	lock_take(&a);
	lock_drop(&a);
	lock_drop(&b);
	return unused;
}

int main(int argc, char **argv)
{
	pthread_t one, two;
	lock_init(&a, lock_kind(argc > 1 ? argv[1] : NULL));
	lock_init(&b, a.kind);
	START(&one, forward, NULL);
	START(&two, backward, NULL);
	turn_next();
	JOIN(one);
	JOIN(two);
	puts("done");
	return 5;
}
