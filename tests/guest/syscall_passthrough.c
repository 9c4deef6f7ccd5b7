/* SPDX-License-Identifier: Apache-2.0
 *
 * libc's syscall() with other numbers than the one that is looked at: six arguments, results and
 * errno, calls that return twice, a child on its parent's stack, cancellation while it blocks. */
// expect: silent
#include "../e2e/case.h"
#include <fcntl.h>
#include <linux/futex.h>
#include <stdint.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>

static void six_arguments(void)
{
	char path[] = "/tmp/snarl-syscall-XXXXXX";
	int fd = mkstemp(path);
	CHECK(fd >= 0 && unlink(path) == 0 && ftruncate(fd, 8192) == 0);
	CHECK(pwrite(fd, "x", 1, 4096) == 1);
	char *p = (char *)syscall(SYS_mmap, NULL, 4096L, PROT_READ, MAP_PRIVATE, fd, 4096L);
	CHECK((long)p > 0 && *p == 'x');
	CHECK(syscall(SYS_munmap, p, 4096L) == 0);
	CHECK(syscall(SYS_close, fd) == 0);
}

static void results(void)
{
	errno = 77;
	CHECK(syscall(SYS_getpid) == getpid() && errno == 77);
	CHECK(syscall(SYS_close, -1) == -1 && errno == EBADF);
	CHECK(syscall(100000L) == -1 && errno == ENOSYS);
	CHECK(syscall(SYS_gettid) == gettid());
}

static void returns_twice(void)
{
	int status;
	long child = syscall(SYS_fork);
	if (!child)
		syscall(SYS_exit_group, 5);
	CHECK(waitpid((pid_t)child, &status, 0) == child && WEXITSTATUS(status) == 5);
	child = syscall(SYS_clone, (long)SIGCHLD, 0L, 0L, 0L, 0L);
	if (!child)
		syscall(SYS_exit_group, 6);
	CHECK(waitpid((pid_t)child, &status, 0) == child && WEXITSTATUS(status) == 6);
}

/* The child leaves the stack as it was, so that the return address is there for the parent. */
static void on_the_same_stack(void)
{
	int status;
	long child = syscall(SYS_vfork);
	if (!child)
		syscall(SYS_exit, 7);
	CHECK(waitpid((pid_t)child, &status, 0) == child && WEXITSTATUS(status) == 7);
}

static uint32_t word;
static pid_t tid;
static int cleaned;

static void note(void *unused)
{
	(void)unused;
	cleaned = 1;
}

static void *sleeper(void *unused)
{
	(void)unused;
	pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, NULL);
	pthread_cleanup_push(note, NULL);
	publish_tid(&tid);
	syscall(SYS_futex, &word, FUTEX_WAIT_PRIVATE, 0, NULL);
	pthread_cleanup_pop(0);
	return NULL;
}

static void cancelled(void)
{
	pthread_t thread;
	void *result;
	START(&thread, sleeper, NULL);
	await_blocked(&tid);
	CHECK(pthread_cancel(thread) == 0);
	CHECK(pthread_join(thread, &result) == 0 && result == PTHREAD_CANCELED && cleaned);
}

int main(void)
{
	six_arguments();
	results();
	returns_twice();
	on_the_same_stack();
	cancelled();
	puts("done");
	return 0;
}
