/* SPDX-License-Identifier: Apache-2.0
 *
 * A signal handler needs a lock of the C library's that the interrupted function holds: here that
 * of the time zone, while its file, a pipe, is being opened. Malloc's and stdio's are the same. */
// expect: deadlock confirmed
// mode: run
// hangs
// stdout: -
// text: waits for futex
// text: <signal handler called>
// text: fix: Call nothing in a signal handler that is not async-signal-safe
#include "case.h"
#include <signal.h>
#include <sys/stat.h>
#include <sys/syscall.h>

static char folder[] = "/tmp/snarl-case-XXXXXX", zone[64];
static pid_t main_tid;

/* It will never be opened, so it can go as soon as somebody tries to. */
static void remove_all(void)
{
	unlink(zone + 1);
	rmdir(folder);
}

static void in_handler(int number)
{
	(void)number;
	tzset();
}

static int is_opening(void)
{
	char path[64], line[16] = "";
	snprintf(path, sizeof path, "/proc/self/task/%d/syscall", (int)main_tid);
	FILE *f = fopen(path, "r");
	if (!f || !fgets(line, sizeof line, f))
		line[0] = 0;
	if (f)
		fclose(f);
	return atoi(line) == SYS_openat;
}

static void *interrupt(void *main_thread)
{
	while (!is_opening())
		sched_yield();
	remove_all();
	pthread_kill(*(pthread_t *)main_thread, SIGUSR1);
	pause();
	return NULL;
}

int main(void)
{
	pthread_t thread, self = pthread_self();
	sigset_t all, before;
	main_tid = gettid();
	CHECK(mkdtemp(folder));
	snprintf(zone, sizeof zone, ":%s/zone", folder);
	CHECK(mkfifo(zone + 1, 0600) == 0);
	setenv("TZ", zone, 1);
	signal(SIGUSR1, in_handler);
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	START(&thread, interrupt, &self);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	tzset();
	return 0;
}
