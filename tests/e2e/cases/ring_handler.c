/* SPDX-License-Identifier: Apache-2.0
 *
 * A thread locks what it holds, and a signal handler takes it out of the wait: by a jump, or by
 * ending the thread.  That there are such handlers makes the deadlock a suspicion. */
// variants: jump exit
// expect: self-deadlock suspect
// expect[exit]: self-deadlock suspect
// expect[exit]: lock-held-at-thread-exit confirmed
// status: own
// status[exit]: 66
// text[jump]: may take one of them out
#include "case.h"
#include <setjmp.h>
#include <signal.h>

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static sigjmp_buf out;
static pid_t stuck_tid;
static int jumps;

static void handler(int unused)
{
	(void)unused;
	if (jumps)
		siglongjmp(out, 1);
	pthread_exit(NULL);
}

static void *stuck(void *unused)
{
	pthread_mutex_lock(&mutex);
	publish_tid(&stuck_tid);
	if (!sigsetjmp(out, 1))
		pthread_mutex_lock(&mutex);
	pthread_mutex_unlock(&mutex);
	return unused;
}

int main(int argc, char **argv)
{
	struct sigaction a = {.sa_handler = handler};
	pthread_t thread;
	jumps = argc < 2 || !strcmp(argv[1], "jump");
	CHECK(sigaction(SIGUSR1, &a, NULL) == 0);
	START(&thread, stuck, NULL);
	await_blocked(&stuck_tid);
	CHECK(pthread_kill(thread, SIGUSR1) == 0);
	JOIN(thread);
	puts("done");
	return 0;
}
