/* SPDX-License-Identifier: Apache-2.0
 *
 * The same while another thread holds the mutex and joins the one that waits: without a wait there
 * is no ring. Once the mutex is its own, the same call waits, and for good. */
// variants: errorcheck recursive pi robust held
// expect: wait-without-mutex suspect
// expect[held]: deadlock confirmed
// status: own
// status[held]: 66
// hangs[held]
#include "locks.h"

static struct lock lock;
static pthread_cond_t cond = PTHREAD_COND_INITIALIZER;
static int held;

static void *waiter(void *unused)
{
	if (held)
		CHECK(lock_take(&lock) == 0);
	CHECK(pthread_cond_wait(&cond, &lock.mutex) == EPERM);
	return unused;
}

int main(int argc, char **argv)
{
	pthread_t thread;
	held = argc > 1 && !strcmp(argv[1], "held");
	lock_init(&lock, held ? ERRORCHECK : lock_kind(argc > 1 ? argv[1] : "errorcheck"));
	if (!held)
		CHECK(lock_take(&lock) == 0);
	START(&thread, waiter, NULL);
	JOIN(thread);
	puts("done");
	return 7;
}
