/* SPDX-License-Identifier: Apache-2.0
 *
 * A thread reads a default rwlock several times over, with a writer waiting: that is allowed. */
// expect: silent
#include "case.h"

static pthread_rwlock_t rwlock = PTHREAD_RWLOCK_INITIALIZER;
static pid_t writer_tid;

static void *writer(void *unused)
{
	publish_tid(&writer_tid);
	pthread_rwlock_wrlock(&rwlock);
	pthread_rwlock_unlock(&rwlock);
	return unused;
}

int main(void)
{
	pthread_t thread;
	CHECK(pthread_rwlock_rdlock(&rwlock) == 0);
	START(&thread, writer, NULL);
	await_blocked(&writer_tid);
	CHECK(pthread_rwlock_rdlock(&rwlock) == 0);
	CHECK(pthread_rwlock_tryrdlock(&rwlock) == 0);
	for (int i = 0; i < 3; i++)
		CHECK(pthread_rwlock_unlock(&rwlock) == 0);
	JOIN(thread);
	puts("done");
	return 7;
}
