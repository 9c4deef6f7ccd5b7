/* SPDX-License-Identifier: Apache-2.0
 *
 * Two threads hold 200 locks at once, taken in one order. */
// variants: normal rwlock spin pshared
// expect: silent
#include "locks.h"

enum { HELD = 200 };

static struct lock locks[HELD + 2];

static void *hold_all(void *number)
{
	int second = (int)(long)number;
	turn_await(second + 1);
	for (int i = 0; i < HELD + 2; i++)
		lock_take(&locks[i]);
	for (int i = HELD + 1; i >= 0; i--)
		lock_drop(&locks[i]);
	turn_next();
	return NULL;
}

int main(int argc, char **argv)
{
	pthread_t threads[2];
	for (int i = 0; i < HELD + 2; i++)
		lock_init(&locks[i], lock_kind(argc > 1 ? argv[1] : "normal"));
	for (long i = 0; i < 2; i++)
		START(&threads[i], hold_all, (void *)i);
	turn_next();
	for (int i = 0; i < 2; i++)
		JOIN(threads[i]);
	puts("done");
	return 5;
}
