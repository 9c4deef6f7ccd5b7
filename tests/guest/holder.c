/* SPDX-License-Identifier: Apache-2.0
 *
 * Holds a lock that another thread waits for, says "ready", and waits for a signal.  The argument
 * says what then: die (the default of the signal), or nothing.  Used by the scripts beside it. */
// report: none
// mode: none
#include "case.h"
#include <signal.h>

static pthread_mutex_t held_lock = PTHREAD_MUTEX_INITIALIZER;
static pid_t tid;

static __attribute__((noinline)) void waits_here(void)
{
	pthread_mutex_lock(&held_lock);
}

static void *waiter(void *unused)
{
	publish_tid(&tid);
	waits_here();
	return unused;
}

static __attribute__((noinline)) void takes_it(void)
{
	pthread_mutex_lock(&held_lock);
}

static void might_unlock(int signal)
{
	(void)signal;
}

int main(void)
{
	pthread_t thread;
	takes_it();
	START(&thread, waiter, NULL);
	await_blocked(&tid);
	puts("ready");
	fflush(stdout);
	alarm(60);
	/* A handler might unlock: however long the scripts take, nobody may say that it never will. */
	signal(SIGUSR1, might_unlock);
	for (;;)
		pause();
}
