/* SPDX-License-Identifier: Apache-2.0
 *
 * A lock is destroyed while it is held, by its holder or by another thread. */
// variants: normal recursive errorcheck adaptive rwlock rwlock-read spin mtx other
// expect: destroy-while-locked confirmed
// text: destroyer
// text[rwlock]: acquired rwlock .* for writing here
// text[rwlock-read]: acquired rwlock .* for reading here
#include "locks.h"

static struct lock lock;

static __attribute__((noinline)) void *destroyer(void *unused)
{
	lock_destroy(&lock);
	return unused;
}

int main(int argc, char **argv)
{
	const char *how = argc > 1 ? argv[1] : "normal";
	pthread_t thread;
	lock_init(&lock, !strcmp(how, "rwlock-read") ? RWLOCK
			 : !strcmp(how, "other")     ? NORMAL
						     : lock_kind(how));
	if (!strcmp(how, "rwlock-read"))
		pthread_rwlock_rdlock(&lock.rwlock);
	else
		lock_take(&lock);
	if (!strcmp(how, "other")) {
		START(&thread, destroyer, NULL);
		JOIN(thread);
	} else {
		destroyer(NULL);
	}
	puts("done");
	return 5;
}
