/* SPDX-License-Identifier: Apache-2.0
 *
 * Two threads walk a list hand over hand: each holds one node until it has the next. */
// variants: normal rwlock spin
// expect: silent
#include "locks.h"

enum { NODES = 20 };

static struct lock nodes[NODES];

static void *walk(void *number)
{
	turn_await((int)(long)number);
	lock_take(&nodes[0]);
	for (int i = 1; i < NODES; i++) {
		lock_take(&nodes[i]);
		lock_drop(&nodes[i - 1]);
	}
	lock_drop(&nodes[NODES - 1]);
	turn_next();
	return NULL;
}

int main(int argc, char **argv)
{
	pthread_t threads[2];
	for (int i = 0; i < NODES; i++)
		lock_init(&nodes[i], lock_kind(argc > 1 ? argv[1] : "normal"));
	for (long i = 0; i < 2; i++)
		START(&threads[i], walk, (void *)(i + 1));
	turn_next();
	for (int i = 0; i < 2; i++)
		JOIN(threads[i]);
	puts("done");
	return 7;
}
