/* SPDX-License-Identifier: Apache-2.0
 *
 * Two threads time out on each other's locks, in opposite orders: both give up, nobody is stuck. */
// variants: normal recursive errorcheck rwlock writer mtx-timed
// expect: silent
#include "locks.h"

static struct lock a, b;
static pthread_barrier_t both;

static void *give_up(void *number)
{
	struct lock *mine = number ? &b : &a, *theirs = number ? &a : &b;
	lock_take(mine);
	pthread_barrier_wait(&both);
	CHECK(lock_timed(theirs, 30) == ETIMEDOUT);
	pthread_barrier_wait(&both);
	lock_drop(mine);
	return NULL;
}

int main(int argc, char **argv)
{
	pthread_t threads[2];
	lock_init(&a, lock_kind(argc > 1 ? argv[1] : "normal"));
	lock_init(&b, a.kind);
	pthread_barrier_init(&both, NULL, 2);
	for (long i = 0; i < 2; i++)
		START(&threads[i], give_up, (void *)i);
	for (int i = 0; i < 2; i++)
		JOIN(threads[i]);
	puts("done");
	return 7;
}
