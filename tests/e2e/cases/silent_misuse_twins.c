/* SPDX-License-Identifier: Apache-2.0
 *
 * Near misses: unlocks and destroys that are right. */
// variants: normal recursive errorcheck adaptive pi robust pshared rwlock writer spin mtx
// variants: mtx-timed mtx-recursive
// expect: silent
#include "locks.h"

static struct lock lock;

static void *user(void *unused)
{
	CHECK(lock_take(&lock) == 0);
	CHECK(lock_drop(&lock) == 0);
	return unused;
}

int main(int argc, char **argv)
{
	pthread_t thread;
	for (int i = 0; i < 3; i++) {
		lock_init(&lock, lock_kind(argc > 1 ? argv[1] : "normal"));
		START(&thread, user, NULL);
		JOIN(thread);
		CHECK(lock_take(&lock) == 0);
		CHECK(lock_drop(&lock) == 0);
		CHECK(lock_try(&lock) == 0);
		CHECK(lock_drop(&lock) == 0);
		CHECK(lock_destroy(&lock) == 0);
	}
	puts("done");
	return 7;
}
