/* SPDX-License-Identifier: Apache-2.0
 *
 * Three threads in a ring; each holds what the next one wants. */
// variants: normal rwlock spin mtx
// expect: deadlock confirmed
// hangs
// json: len(f.threads) == 3
#include "locks.h"

enum { RING = 3 };

static struct lock locks[RING];
static pthread_barrier_t all;

static void *member(void *number)
{
	int i = (int)(long)number;
	lock_take(&locks[i]);
	pthread_barrier_wait(&all);
	lock_take(&locks[(i + 1) % RING]);
	return NULL;
}

int main(int argc, char **argv)
{
	pthread_t threads[RING];
	for (int i = 0; i < RING; i++)
		lock_init(&locks[i], lock_kind(argc > 1 ? argv[1] : "normal"));
	pthread_barrier_init(&all, NULL, RING);
	for (long i = 0; i < RING; i++)
		START(&threads[i], member, (void *)i);
	for (int i = 0; i < RING; i++)
		JOIN(threads[i]);
	puts("never");
	return 0;
}
