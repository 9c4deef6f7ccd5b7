/* SPDX-License-Identifier: Apache-2.0
 *
 * A common lock is held around both orders, so they cannot overlap. */
// variants: normal recursive errorcheck adaptive pi robust pshared rwlock writer spin mtx
// variants: mtx-timed mtx-recursive
// expect: silent
// json: summary.refuted.gate == 1
#include "locks.h"

static struct lock a, b, c;

static void *forward(void *unused)
{
	turn_await(1);
	lock_take(&c);
	lock_take(&a);
	lock_take(&b);
	lock_drop(&b);
	lock_drop(&a);
	lock_drop(&c);
	turn_next();
	return unused;
}

static void *backward(void *unused)
{
	turn_await(2);
	lock_take(&c);
	lock_take(&b);
	lock_take(&a);
	lock_drop(&a);
	lock_drop(&b);
	lock_drop(&c);
	turn_next();
	return unused;
}

int main(int argc, char **argv)
{
	pthread_t one, two;
	const char *name = argc > 1 ? argv[1] : "normal";
	lock_init(&a, lock_kind(name));
	lock_init(&b, lock_kind(name));
	lock_init(&c, lock_kind(name));
	START(&one, forward, NULL);
	START(&two, backward, NULL);
	turn_next();
	JOIN(one);
	JOIN(two);
	puts("done");
	return 5;
}
