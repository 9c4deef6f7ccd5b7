/* SPDX-License-Identifier: Apache-2.0
 *
 * As fork_with_lock_held, where a thread of the child blocks and its main thread joins that one;
 * and where the child has forked in its turn and its own child blocks. */
// variants: thread grandchild reader
// expect: fork-with-lock-held confirmed
// hangs
// status: 66
// text: keeper
#include "locks.h"
#include <sys/wait.h>

static pthread_rwlock_t lock = PTHREAD_RWLOCK_INITIALIZER;
static const char *how;

static void *keeper(void *unused)
{
	if (!strcmp(how, "reader"))
		pthread_rwlock_rdlock(&lock);
	else
		pthread_rwlock_wrlock(&lock);
	turn_next();
	turn_await(2);
	pthread_rwlock_unlock(&lock);
	return unused;
}

static void *blocks(void *unused)
{
	CHECK(pthread_rwlock_wrlock(&lock) == 0);
	return unused;
}

static int ended_with(pid_t pid)
{
	int status;
	CHECK(waitpid(pid, &status, 0) == pid && WIFEXITED(status));
	return WEXITSTATUS(status);
}

static int child(void)
{
	pthread_t thread;
	if (!strcmp(how, "grandchild")) {
		pid_t pid = fork();
		if (pid)
			return ended_with(pid);
		blocks(NULL);
	}
	/* Readers do not wait for a reader. */
	if (!strcmp(how, "reader")) {
		CHECK(pthread_rwlock_rdlock(&lock) == 0);
		CHECK(pthread_rwlock_unlock(&lock) == 0);
		blocks(NULL);
	}
	START(&thread, blocks, NULL);
	JOIN(thread);
	return 3;
}

int main(int argc, char **argv)
{
	pthread_t thread;
	how = argc > 1 ? argv[1] : "thread";
	START(&thread, keeper, NULL);
	turn_await(1);
	pid_t pid = fork();
	CHECK(pid >= 0);
	if (!pid)
		_exit(child());
	int status = ended_with(pid);
	turn_next();
	JOIN(thread);
	return status;
}
