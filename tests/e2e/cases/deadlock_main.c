/* SPDX-License-Identifier: Apache-2.0
 *
 * The main thread itself is in the ring. */
// variants: normal rwlock spin
// expect: deadlock confirmed
// hangs
// text: other
#include "locks.h"

static struct lock a, b;
static pthread_barrier_t both;

static void *other(void *unused)
{
	lock_take(&b);
	pthread_barrier_wait(&both);
	lock_take(&a);
	return unused;
}

int main(int argc, char **argv)
{
	pthread_t thread;
	lock_init(&a, lock_kind(argc > 1 ? argv[1] : "normal"));
	lock_init(&b, a.kind);
	pthread_barrier_init(&both, NULL, 2);
	START(&thread, other, NULL);
	lock_take(&a);
	pthread_barrier_wait(&both);
	lock_take(&b);
	puts("never");
	return 0;
}
