/* SPDX-License-Identifier: Apache-2.0
 *
 * After a fork the thread that goes on in the child has another id; timed waits, error-checking
 * mutexes and joins in the child depend on it. */
// expect: silent
#include "locks.h"
#include <sys/wait.h>

static struct lock checked, recursive, robust;
static pthread_cond_t never = PTHREAD_COND_INITIALIZER;

static void use(struct lock *lock, pthread_cond_t *cond)
{
	struct timespec limit = soon(CLOCK_REALTIME, 5);
	CHECK(lock_take(lock) == 0);
	CHECK(pthread_cond_timedwait(cond, &lock->mutex, &limit) == ETIMEDOUT);
	limit = soon(CLOCK_MONOTONIC, 5);
	CHECK(pthread_cond_clockwait(cond, &lock->mutex, CLOCK_MONOTONIC, &limit) == ETIMEDOUT);
	CHECK(lock_drop(lock) == 0);
	CHECK(lock_timed(lock, 100) == 0);
	CHECK(lock_drop(lock) == 0);
}

static void *all(void *unused)
{
	use(&checked, &never);
	use(&recursive, &never);
	use(&robust, &never);
	return unused;
}

static void *forks(void *unused)
{
	int status;
	pthread_t thread;
	all(NULL);
	pid_t pid = fork();
	CHECK(pid >= 0);
	all(NULL);
	START(&thread, all, NULL);
	JOIN(thread);
	all(NULL);
	if (!pid)
		_exit(4);
	CHECK(waitpid(pid, &status, 0) == pid && WEXITSTATUS(status) == 4);
	return unused;
}

int main(void)
{
	pthread_t thread;
	lock_init(&checked, ERRORCHECK);
	lock_init(&recursive, RECURSIVE);
	lock_init(&robust, ROBUST);
	forks(NULL);
	START(&thread, forks, NULL);
	JOIN(thread);
	puts("done");
	return 7;
}
