/* SPDX-License-Identifier: Apache-2.0
 *
 * Condition waits without a time limit, by the only thread, with a mutex that checks its owner and
 * is not held: the call returns EPERM at once, and so it is no wait that could close a knot. */
// variants: errorcheck recursive pi robust mtx-recursive
// expect: wait-without-mutex suspect
// count: any
// status: own
#include "locks.h"

static struct lock lock;
static pthread_cond_t cond = PTHREAD_COND_INITIALIZER;
static cnd_t cnd;

static int wait_on(void)
{
	if (lock.kind >= MTX)
		return cnd_wait(&cnd, &lock.mtx) == thrd_error ? EPERM : 0;
	return pthread_cond_wait(&cond, &lock.mutex);
}

/* Far enough away to count as none. */
static int wait_for_long(void)
{
	struct timespec limit = {4000000000, 0};
	if (lock.kind >= MTX)
		return EPERM;
	CHECK(pthread_cond_timedwait(&cond, &lock.mutex, &limit) == EPERM);
	return pthread_cond_clockwait(&cond, &lock.mutex, CLOCK_REALTIME, &limit);
}

int main(int argc, char **argv)
{
	CHECK(cnd_init(&cnd) == thrd_success);
	lock_init(&lock, lock_kind(argc > 1 ? argv[1] : "errorcheck"));
	CHECK(wait_on() == EPERM);
	CHECK(lock_take(&lock) == 0 && lock_drop(&lock) == 0);
	CHECK(wait_on() == EPERM);
	CHECK(wait_for_long() == EPERM);
	puts("done");
	return 7;
}
