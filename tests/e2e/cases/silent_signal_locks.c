/* SPDX-License-Identifier: Apache-2.0
 *
 * What signal handlers may do, and locks taken for signals in threads of their own: a flag, a
 * semaphore, a lock that the thread takes in handlers only, a try, a lock that is recursive, a
 * signal that is blocked but where the thread waits for it, and a fault of the code itself. */
// variants: flag post sigwait own try recursive sigsuspend ppoll fault
// expect: silent
#include "locks.h"
#include <poll.h>
#include <setjmp.h>
#include <signal.h>

static struct lock lock;
static sem_t posted;
static volatile sig_atomic_t seen;
static const char *how;
static sigjmp_buf back;

static int is(const char *name)
{
	return !strcmp(how, name);
}

static void on_signal(int number)
{
	(void)number;
	seen++;
	if (is("post"))
		sem_post(&posted);
	if (is("try") && lock_try(&lock) == 0)
		lock_drop(&lock);
	if (is("own") || is("recursive") || is("sigsuspend") || is("ppoll") || is("fault")) {
		lock_take(&lock);
		lock_drop(&lock);
	}
	if (is("fault"))
		siglongjmp(back, 1);
}

static void *sigwaiter(void *set)
{
	int number;
	CHECK(sigwait(set, &number) == 0);
	lock_take(&lock);
	lock_drop(&lock);
	return NULL;
}

static void wait_in_thread(void)
{
	pthread_t thread;
	sigset_t set;
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
	START(&thread, sigwaiter, &set);
	pthread_kill(thread, SIGUSR1);
	JOIN(thread);
}

/* The signal comes while the thread waits for it, and at no other time. */
static void wait_with_mask(void)
{
	sigset_t set, before;
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	pthread_sigmask(SIG_BLOCK, &set, &before);
	for (int i = 0; i < 3; i++) {
		lock_take(&lock);
		raise(SIGUSR1);
		lock_drop(&lock);
		if (is("ppoll"))
			CHECK(ppoll(NULL, 0, NULL, &before) == -1 && errno == EINTR);
		else
			CHECK(sigsuspend(&before) == -1 && errno == EINTR);
	}
}

static void fault(void)
{
	int *volatile nowhere = (int *)8;
	if (!sigsetjmp(back, 1))
		*nowhere = 1;
}

static __attribute__((noinline)) void here(void)
{
	raise(SIGUSR1);
	__asm__ volatile("" ::: "memory");
}

static __attribute__((noinline)) void there(void)
{
	raise(SIGUSR1);
	here();
}

int main(int argc, char **argv)
{
	how = argc > 1 ? argv[1] : "flag";
	lock_init(&lock, is("recursive") ? RECURSIVE : NORMAL);
	CHECK(sem_init(&posted, 0, 0) == 0);
	CHECK(signal(is("fault") ? SIGSEGV : SIGUSR1, on_signal) != SIG_ERR);
	if (!is("own")) {
		lock_take(&lock);
		lock_drop(&lock);
	}
	if (is("sigwait")) {
		wait_in_thread();
	} else if (is("fault")) {
		fault();
		fault();
	} else if (is("sigsuspend") || is("ppoll")) {
		wait_with_mask();
	} else {
		here();
		there();
		here();
	}
	printf("%d\n", (int)seen);
	return 7;
}
