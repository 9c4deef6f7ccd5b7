/* SPDX-License-Identifier: Apache-2.0
 *
 * A condition wait with a mutex that nobody holds, that another thread holds, that is held twice,
 * or that checks its owner and makes the wait return EPERM. */
// variants: free other adaptive mtx twice twice-timed errorcheck recursive
// expect: wait-without-mutex confirmed
// expect[twice-timed]: wait-without-mutex suspect
// expect[errorcheck]: wait-without-mutex suspect
// expect[recursive]: wait-without-mutex suspect
// expect[other]: wait-without-mutex confirmed
// expect[other]: early-exit suspect
// text: wait(er|_twice)
#include "locks.h"

static struct lock lock;
static pthread_cond_t cond = PTHREAD_COND_INITIALIZER;
static cnd_t cnd;

static __attribute__((noinline)) int waiter(void)
{
	struct timespec limit = soon(CLOCK_REALTIME, 50);
	if (lock.kind == MTX)
		return cnd_timedwait(&cnd, &lock.mtx, &limit);
	return pthread_cond_timedwait(&cond, &lock.mutex, &limit);
}

static void *holder(void *unused)
{
	lock_take(&lock);
	turn_next();
	turn_await(2);
	return unused;
}

/* The signaller needs no mutex, so it can wake the waiter all the same. */
static void *signaller(void *unused)
{
	CHECK(lock_take(&lock) == 0 && lock_drop(&lock) == 0);
	turn_next();
	turn_reached(2);
	while (__atomic_load_n(&turn_now, __ATOMIC_ACQUIRE) == 2) {
		pthread_cond_signal(&cond);
		sched_yield();
	}
	return unused;
}

static void wait_twice(int timed)
{
	pthread_t thread;
	if (!timed) {
		START(&thread, signaller, NULL);
		turn_await(1);
	}
	CHECK(lock_take(&lock) == 0 && lock_take(&lock) == 0);
	if (timed) {
		CHECK(waiter() == ETIMEDOUT);
	} else {
		turn_next();
		CHECK(pthread_cond_wait(&cond, &lock.mutex) == 0);
		turn_next();
		JOIN(thread);
	}
	CHECK(lock_drop(&lock) == 0 && lock_drop(&lock) == 0);
}

int main(int argc, char **argv)
{
	const char *how = argc > 1 ? argv[1] : "free";
	pthread_t thread;
	int twice = !strncmp(how, "twice", 5);
	CHECK(cnd_init(&cnd) == thrd_success);
	lock_init(&lock, !strcmp(how, "free") || !strcmp(how, "other") ? NORMAL
			 : twice                                       ? RECURSIVE
								       : lock_kind(how));
	if (twice) {
		wait_twice(how[5] != 0);
		puts("waiter");
	} else if (!strcmp(how, "other")) {
		START(&thread, holder, NULL);
		turn_await(1);
		waiter();
		puts("waiter");
		fflush(stdout);
		_exit(5);
	} else {
		waiter();
		puts("waiter");
	}
	return 5;
}
