/* SPDX-License-Identifier: Apache-2.0
 *
 * A lock is initialised again while it is held, by its holder or by another thread. */
// variants: normal recursive errorcheck adaptive pi robust pshared rwlock writer
// variants: spin mtx read other
// expect: reinit-in-use confirmed
// text: initialiser
// json: roles(f) == ["destroyed", "holds"]
#include "locks.h"

static struct lock lock;

static __attribute__((noinline)) void *initialiser(void *kind)
{
	lock_init(&lock, *(enum lock_kind *)kind);
	return NULL;
}

int main(int argc, char **argv)
{
	const char *how = argc > 1 ? argv[1] : "normal";
	pthread_t thread;
	enum lock_kind kind = !strcmp(how, "read")    ? RWLOCK
			      : !strcmp(how, "other") ? NORMAL
						      : lock_kind(how);
	lock_init(&lock, kind);
	if (!strcmp(how, "read"))
		pthread_rwlock_rdlock(&lock.rwlock);
	else
		lock_take(&lock);
	if (!strcmp(how, "other")) {
		START(&thread, initialiser, &kind);
		JOIN(thread);
	} else {
		initialiser(&kind);
	}
	/* What is there now is free. */
	CHECK(lock_try(&lock) == 0 && lock_drop(&lock) == 0);
	puts("done");
	return 5;
}
