/* SPDX-License-Identifier: Apache-2.0
 *
 * Condition waits that are right: each type of mutex, held once, also after it was held twice; a
 * mutex that a fork child has from its parent; one condition with another mutex, but not at the
 * same time; many waiters with one mutex. */
// variants: normal recursive errorcheck adaptive pi robust pshared mtx fork one-by-one together
// expect: silent
#include "locks.h"
#include <sys/wait.h>

static struct lock lock, second;
static pthread_cond_t cond = PTHREAD_COND_INITIALIZER;
static cnd_t cnd;
static int ready;

static int wait_on(struct lock *l)
{
	struct timespec limit = soon(CLOCK_REALTIME, 20);
	if (l->kind == MTX)
		return cnd_timedwait(&cnd, &l->mtx, &limit) == thrd_timedout ? ETIMEDOUT : 0;
	return pthread_cond_timedwait(&cond, &l->mutex, &limit);
}

static void wait_once(struct lock *l)
{
	CHECK(lock_take(l) == 0);
	CHECK(wait_on(l) == ETIMEDOUT);
	CHECK(lock_drop(l) == 0);
}

static void wait_in_child(void)
{
	CHECK(lock_take(&lock) == 0);
	pid_t child = fork();
	if (!child) {
		CHECK(wait_on(&lock) == ETIMEDOUT);
		CHECK(lock_drop(&lock) == 0);
		_exit(0);
	}
	int status;
	CHECK(waitpid(child, &status, 0) == child && status == 0);
	CHECK(lock_drop(&lock) == 0);
}

static void *waiter(void *unused)
{
	lock_take(&lock);
	while (!ready)
		pthread_cond_wait(&cond, &lock.mutex);
	lock_drop(&lock);
	return unused;
}

static void wait_together(void)
{
	pthread_t threads[4];
	for (int i = 0; i < 4; i++)
		START(&threads[i], waiter, NULL);
	lock_take(&lock);
	ready = 1;
	pthread_cond_broadcast(&cond);
	lock_drop(&lock);
	for (int i = 0; i < 4; i++)
		JOIN(threads[i]);
}

int main(int argc, char **argv)
{
	const char *how = argc > 1 ? argv[1] : "normal";
	int special = strchr("fot", how[0]) != NULL;
	CHECK(cnd_init(&cnd) == thrd_success);
	lock_init(&lock, special ? NORMAL : lock_kind(how));
	lock_init(&second, NORMAL);
	wait_once(&lock);
	if (lock.kind == RECURSIVE) {
		CHECK(lock_take(&lock) == 0 && lock_take(&lock) == 0 && lock_drop(&lock) == 0);
		CHECK(wait_on(&lock) == ETIMEDOUT);
		CHECK(lock_drop(&lock) == 0);
	}
	if (!strcmp(how, "fork"))
		wait_in_child();
	if (!strcmp(how, "one-by-one"))
		wait_once(&second), wait_once(&lock);
	if (!strcmp(how, "together"))
		wait_together();
	puts("done");
	return 7;
}
