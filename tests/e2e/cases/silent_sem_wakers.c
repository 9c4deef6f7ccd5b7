/* SPDX-License-Identifier: Apache-2.0
 *
 * Every thread sleeps on a semaphore, but something can wake it that is no thread of the process: a
 * signal handler, another process that shares the semaphore or has opened it by name, time. */
// expect: silent
// variants: handler process named timed clock
#include "case.h"
#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <sys/wait.h>

static sem_t own, *semaphore = &own;
static const char *how;
static char name[64];

static int is(const char *s)
{
	return !strcmp(how, s);
}

static void on_alarm(int number)
{
	(void)number;
	sem_post(semaphore);
}

static void wait_for_it(void)
{
	struct timespec limit = soon(is("clock") ? CLOCK_MONOTONIC : CLOCK_REALTIME, 300);
	int result;
	if (is("timed"))
		CHECK(sem_timedwait(semaphore, &limit) == -1 && errno == ETIMEDOUT);
	else if (is("clock"))
		CHECK(sem_clockwait(semaphore, CLOCK_MONOTONIC, &limit) == -1 &&
		      errno == ETIMEDOUT);
	else
		while ((result = sem_wait(semaphore)) != 0)
			CHECK(result == -1 && errno == EINTR);
}

static void *sleeper(void *unused)
{
	wait_for_it();
	return unused;
}

static void alarm_soon(void)
{
	struct sigaction action = {.sa_handler = on_alarm};
	struct itimerval timer = {{0, 200000}, {0, 300000}};
	sigaction(SIGALRM, &action, NULL);
	setitimer(ITIMER_REAL, &timer, NULL);
}

/* Posts twice when the parent has been asleep for a while. */
static pid_t other_process(void)
{
	pid_t child = fork();
	if (child)
		return child;
	if (is("named"))
		semaphore = sem_open(name, 0);
	usleep(300000);
	sem_post(semaphore);
	sem_post(semaphore);
	_exit(0);
}

static void prepare(void)
{
	if (is("named")) {
		snprintf(name, sizeof name, "/snarl-test-%d", (int)getpid());
		semaphore = sem_open(name, O_CREAT | O_EXCL, 0600, 0);
		CHECK(semaphore != SEM_FAILED);
		CHECK(sem_open(name, 0) == semaphore);
		CHECK(sem_close(semaphore) == 0);
		CHECK(sem_open("/snarl-test-that-is-not-there", 0) == SEM_FAILED &&
		      errno == ENOENT);
	} else if (is("process")) {
		semaphore = mmap(NULL, sizeof *semaphore, PROT_READ | PROT_WRITE,
				 MAP_SHARED | MAP_ANONYMOUS, -1, 0);
		CHECK(sem_init(semaphore, 1, 0) == 0);
	} else {
		CHECK(sem_init(semaphore, 0, 0) == 0);
	}
}

int main(int argc, char **argv)
{
	pthread_t thread;
	pid_t child = 0;
	how = argc > 1 ? argv[1] : "handler";
	prepare();
	if (is("handler"))
		alarm_soon();
	if (is("process") || is("named"))
		child = other_process();
	START(&thread, sleeper, NULL);
	wait_for_it();
	JOIN(thread);
	if (child)
		CHECK(waitpid(child, NULL, 0) == child);
	if (is("named"))
		CHECK(sem_close(semaphore) == 0 && sem_unlink(name) == 0);
	puts("done");
	return 4;
}
