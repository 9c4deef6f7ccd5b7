/* SPDX-License-Identifier: Apache-2.0
 *
 * A trylock that failed took nothing: what follows is not ordered after it. */
// variants: normal recursive errorcheck adaptive pi robust pshared rwlock writer spin mtx
// variants: mtx-timed mtx-recursive
// expect: silent
#include "locks.h"

static struct lock a, b, c;

static void *forward(void *unused)
{
	turn_await(1);
	lock_take(&a);
	lock_take(&b);
	turn_next();
	turn_await(3);
	lock_drop(&b);
	lock_drop(&a);
	turn_next();
	turn_await(5);
	turn_next();
	return unused;
}

static void *backward(void *unused)
{
	turn_await(2);
	CHECK(lock_try(&b) != 0);
	turn_next();
	turn_await(4);
	lock_take(&a);
	lock_drop(&a);
	turn_next();
	turn_await(6);
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
