/* SPDX-License-Identifier: Apache-2.0
 *
 * Two threads each hold what the other wants. */
// variants: normal recursive errorcheck adaptive pi robust pshared rwlock writer spin mtx
// variants: mtx-timed mtx-recursive
// expect: deadlock confirmed
// hangs
// json: len(f.threads) == 2
// json: {"holds", "waits"} <= set(roles(f))
// text: left
// text: right
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
	lock_init(&a, lock_kind(argc > 1 ? argv[1] : "normal"));
	lock_init(&b, a.kind);
	pthread_barrier_init(&both, NULL, 2);
	START(&one, left, NULL);
	START(&two, right, NULL);
	JOIN(one);
	JOIN(two);
	puts("never");
	return 0;
}
