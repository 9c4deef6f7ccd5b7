/* SPDX-License-Identifier: Apache-2.0
 *
 * A reader reads again, the rwlock prefers writers, and a writer came between: the reader waits for
 * the writer, the writer for the reader. */
// expect: self-deadlock confirmed
// expect: deadlock confirmed
// count: some
// hangs
#include "locks.h"

static struct lock rwlock;
static pid_t writer_tid;

static void *writer(void *unused)
{
	publish_tid(&writer_tid);
	pthread_rwlock_wrlock(&rwlock.rwlock);
	return unused;
}

int main(void)
{
	pthread_t thread;
	lock_init(&rwlock, RWLOCK_WRITER);
	pthread_rwlock_rdlock(&rwlock.rwlock);
	START(&thread, writer, NULL);
	await_blocked(&writer_tid);
	pthread_rwlock_rdlock(&rwlock.rwlock);
	puts("never");
	return 0;
}
