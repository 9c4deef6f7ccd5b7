/* SPDX-License-Identifier: Apache-2.0
 *
 * A lock is unlocked once too often. */
// variants: normal adaptive spin mtx
// expect: unlock-not-locked confirmed
// text: once_more
#include "locks.h"

static struct lock lock;

static __attribute__((noinline)) void once_more(void)
{
	lock_drop(&lock);
	puts("done");
}

int main(int argc, char **argv)
{
	lock_init(&lock, lock_kind(argc > 1 ? argv[1] : "normal"));
	lock_take(&lock);
	lock_drop(&lock);
	once_more();
	return 5;
}
