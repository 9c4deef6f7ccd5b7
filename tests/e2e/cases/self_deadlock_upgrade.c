/* SPDX-License-Identifier: Apache-2.0
 *
 * A reader waits to write the rwlock that it reads. */
// variants: rwlock writer
// expect: self-deadlock confirmed
// hangs
// text: for reading
// text: fix: Give up the read lock before
#include "locks.h"

static struct lock rwlock;

int main(int argc, char **argv)
{
	lock_init(&rwlock, lock_kind(argc > 1 ? argv[1] : "rwlock"));
	pthread_rwlock_rdlock(&rwlock.rwlock);
	pthread_rwlock_wrlock(&rwlock.rwlock);
	puts("never");
	return 0;
}
