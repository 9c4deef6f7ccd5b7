/* SPDX-License-Identifier: Apache-2.0
 *
 * A child made by the system call itself, past libc: no handler runs, the thread id that libc keeps
 * is the parent's.  It uses locks and ends. */
// expect: silent
// variants: fork clone vfork
#include "case.h"
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER, second = PTHREAD_MUTEX_INITIALIZER;
static pthread_rwlock_t rwlock = PTHREAD_RWLOCK_INITIALIZER;

static void use_locks(void)
{
	for (int i = 0; i < 100; i++) {
		CHECK(pthread_mutex_lock(&mutex) == 0);
		CHECK(pthread_mutex_lock(&second) == 0);
		CHECK(pthread_mutex_unlock(&second) == 0);
		CHECK(pthread_mutex_unlock(&mutex) == 0);
		CHECK(pthread_rwlock_rdlock(&rwlock) == 0);
		CHECK(pthread_rwlock_unlock(&rwlock) == 0);
	}
}

int main(int argc, char **argv)
{
	const char *how = argc > 1 ? argv[1] : "fork";
	int status;
	long pid;
	use_locks();
	if (!strcmp(how, "vfork")) {
		pid = vfork();
		if (!pid)
			execl("/bin/sh", "sh", "-c", "exit 9", (char *)NULL);
	} else if (!strcmp(how, "clone")) {
		pid = syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);
	} else {
		pid = syscall(SYS_fork);
	}
	CHECK(pid >= 0);
	if (!pid) {
		use_locks();
		_exit(9);
	}
	use_locks();
	CHECK(waitpid((pid_t)pid, &status, 0) == pid && WEXITSTATUS(status) == 9);
	use_locks();
	puts("done");
	return 7;
}
