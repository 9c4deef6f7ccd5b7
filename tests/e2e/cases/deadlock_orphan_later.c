/* SPDX-License-Identifier: Apache-2.0
 *
 * The waiter was there first; then the holder ended without unlocking. */
// variants: normal rwlock
// expect: deadlock confirmed
// expect: lock-held-at-thread-exit confirmed
// count: some
// hangs
// json: "deadlock" in kinds(findings)
#include "locks.h"

static struct lock mutex;
static pid_t main_tid;

static void *forgetful(void *unused)
{
	lock_take(&mutex);
	turn_next();
	await_blocked(&main_tid);
	return unused;
}

int main(int argc, char **argv)
{
	pthread_t thread;
	lock_init(&mutex, lock_kind(argc > 1 ? argv[1] : "normal"));
	START(&thread, forgetful, NULL);
	turn_await(1);
	publish_tid(&main_tid);
	lock_take(&mutex);
	puts("never");
	return 0;
}
