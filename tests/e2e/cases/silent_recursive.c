/* SPDX-License-Identifier: Apache-2.0
 *
 * A recursive mutex is taken again by its owner, in every way. */
// variants: recursive mtx-recursive
// expect: silent
#include "locks.h"

static struct lock mutex;

int main(int argc, char **argv)
{
	lock_init(&mutex, lock_kind(argc > 1 ? argv[1] : "recursive"));
	for (int round = 0; round < 3; round++) {
		for (int i = 0; i < 100; i++)
			CHECK((i & 1 ? lock_take(&mutex) : lock_try(&mutex)) == 0);
		for (int i = 0; i < 100; i++)
			CHECK(lock_drop(&mutex) == 0);
	}
	CHECK(lock_destroy(&mutex) == 0);
	puts("done");
	return 7;
}
