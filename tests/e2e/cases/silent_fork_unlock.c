/* SPDX-License-Identifier: Apache-2.0
 *
 * A lock is taken before fork and unlocked in the child: by the handler of pthread_atfork, or
 * because the thread that forked held it.  The child is the same thread to POSIX. */
// variants: handler held
// expect: silent
#include "locks.h"
#include <sys/wait.h>

static struct lock lock;
static const char *how;

static void take(void)
{
	lock_take(&lock);
}

static void drop(void)
{
	lock_drop(&lock);
}

static void *forks(void *unused)
{
	if (strcmp(how, "handler"))
		lock_take(&lock);
	pid_t pid = fork();
	CHECK(pid >= 0);
	if (strcmp(how, "handler"))
		CHECK(lock_drop(&lock) == 0);
	CHECK(lock_take(&lock) == 0);
	CHECK(lock_drop(&lock) == 0);
	if (!pid)
		exit(0);
	int status;
	CHECK(waitpid(pid, &status, 0) == pid && status == 0);
	return unused;
}

int main(int argc, char **argv)
{
	pthread_t thread;
	how = argc > 1 ? argv[1] : "handler";
	lock_init(&lock, NORMAL);
	if (!strcmp(how, "handler"))
		pthread_atfork(take, drop, drop);
	forks(NULL);
	START(&thread, forks, NULL);
	JOIN(thread);
	puts("done");
	return 7;
}
