/* SPDX-License-Identifier: Apache-2.0
 *
 * 5 threads that never overlap each take their own lock and then their neighbour's: a ring of 5. */
// variants: normal rwlock writer spin mtx
// expect: lock-order-inversion predicted
// json: len(f.threads) == 5
// json: len(f.objects) == 5
#include "locks.h"

enum { RING = 5 };

static struct lock locks[RING];

static void *member(void *number)
{
	int i = (int)(long)number;
	turn_await(i + 1);
	lock_take(&locks[i]);
	lock_take(&locks[(i + 1) % RING]);
	lock_drop(&locks[(i + 1) % RING]);
	lock_drop(&locks[i]);
	turn_next();
	return NULL;
}

int main(int argc, char **argv)
{
	pthread_t threads[RING];
	for (int i = 0; i < RING; i++)
		lock_init(&locks[i], lock_kind(argc > 1 ? argv[1] : NULL));
	for (long i = 0; i < RING; i++)
		START(&threads[i], member, (void *)i);
	turn_next();
	for (int i = 0; i < RING; i++)
		JOIN(threads[i]);
	puts("done");
	return 0;
}
