/* SPDX-License-Identifier: Apache-2.0
 *
 * A recursive lock unlocked as often as it was locked is held no more. */
// variants: recursive mtx-recursive
// expect: silent
#include "locks.h"

static struct lock a, b, c;

static void *forward(void *unused)
{
	turn_await(1);
	lock_take(&a);
	lock_take(&a);
	lock_drop(&a);
	lock_drop(&a);
	lock_take(&b);
	lock_drop(&b);
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
