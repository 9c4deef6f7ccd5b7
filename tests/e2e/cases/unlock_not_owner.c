/* SPDX-License-Identifier: Apache-2.0
 *
 * A thread unlocks what another thread holds. */
// variants: normal adaptive pshared rwlock spin mtx
// expect: unlock-not-owner confirmed
// text: stranger
// text[rwlock]: acquired rwlock .* for writing here
// text[spin]: another thread held the lock at that moment
#include "locks.h"

static struct lock lock;

static void *stranger(void *unused)
{
	lock_drop(&lock);
	return unused;
}

int main(int argc, char **argv)
{
	pthread_t thread;
	lock_init(&lock, lock_kind(argc > 1 ? argv[1] : "normal"));
	lock_take(&lock);
	START(&thread, stranger, NULL);
	JOIN(thread);
	CHECK(lock_try(&lock) == 0);
	CHECK(lock_drop(&lock) == 0);
	puts("done");
	return 5;
}
