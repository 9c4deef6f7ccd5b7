/* SPDX-License-Identifier: Apache-2.0
 *
 * A thread ended while it held a lock; another waits for the lock, for ever. */
// variants: normal recursive errorcheck adaptive rwlock spin mtx
// expect: deadlock confirmed
// expect: lock-held-at-thread-exit confirmed
// count: some
// hangs
// json: "deadlock" in kinds(findings)
// text: forgetful
// text: fix: Unlock on every path out of the thread
#include "locks.h"

static struct lock mutex;

static void *forgetful(void *unused)
{
	lock_take(&mutex);
	return unused;
}

int main(int argc, char **argv)
{
	pthread_t thread;
	lock_init(&mutex, lock_kind(argc > 1 ? argv[1] : "normal"));
	START(&thread, forgetful, NULL);
	JOIN(thread);
	lock_take(&mutex);
	puts("never");
	return 0;
}
