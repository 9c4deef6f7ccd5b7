/* SPDX-License-Identifier: Apache-2.0
 *
 * A thread holds a lock while another one forks, and the child takes the lock: there is nobody to
 * unlock it.  The child is reported and ended; the parent goes on. */
// variants: normal recursive errorcheck adaptive pi rwlock writer spin mtx
// expect: fork-with-lock-held confirmed
// hangs
// stdout: child ended with 66
// status: 66
// text: keeper
// json: [s.role for s in stacks] == ["holds", "waits"]
#include "locks.h"
#include <sys/wait.h>

static struct lock lock;

static void *keeper(void *unused)
{
	lock_take(&lock);
	turn_next();
	turn_await(2);
	lock_drop(&lock);
	return unused;
}

int main(int argc, char **argv)
{
	pthread_t thread;
	int status;
	lock_init(&lock, lock_kind(argc > 1 ? argv[1] : "normal"));
	START(&thread, keeper, NULL);
	turn_await(1);
	pid_t pid = fork();
	CHECK(pid >= 0);
	if (!pid) {
		lock_take(&lock);
		_exit(3);
	}
	CHECK(waitpid(pid, &status, 0) == pid && WIFEXITED(status));
	turn_next();
	JOIN(thread);
	printf("child ended with %d\n", WEXITSTATUS(status));
	return WEXITSTATUS(status);
}
