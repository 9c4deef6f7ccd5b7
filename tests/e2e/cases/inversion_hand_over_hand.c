/* SPDX-License-Identifier: Apache-2.0
 *
 * Two threads walk a list hand over hand, one of them from the other end: every pair of
 * neighbours can deadlock. */
// expect: lock-order-inversion predicted
// count: any
#include "locks.h"

enum { NODES = 4 };

static struct lock nodes[NODES];

static void *walk(void *number)
{
	int way = (int)(long)number;
	turn_await(way + 1);
	lock_take(&nodes[way ? NODES - 1 : 0]);
	for (int i = 1; i < NODES; i++) {
		int here = way ? NODES - 1 - i : i;
		lock_take(&nodes[here]);
		lock_drop(&nodes[way ? here + 1 : here - 1]);
	}
	lock_drop(&nodes[way ? 0 : NODES - 1]);
	turn_next();
	return NULL;
}

int main(void)
{
	pthread_t threads[2];
	for (int i = 0; i < NODES; i++)
		lock_init(&nodes[i], NORMAL);
	for (long i = 0; i < 2; i++)
		START(&threads[i], walk, (void *)i);
	turn_next();
	for (int i = 0; i < 2; i++)
		JOIN(threads[i]);
	puts("done");
	return 0;
}
