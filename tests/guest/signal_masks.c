/* SPDX-License-Identifier: Apache-2.0
 *
 * Signal masks and handlers are the program's: what a new thread inherits, what is blocked in a
 * handler, which signals a call lets through. */
// expect: silent
#include "case.h"
#include <signal.h>

static void show(const char *where)
{
	sigset_t mask;
	CHECK(pthread_sigmask(SIG_SETMASK, NULL, &mask) == 0);
	printf("%s:", where);
	for (int i = 1; i < 65; i++)
		if (sigismember(&mask, i) == 1)
			printf(" %d", i);
	printf("\n");
}

static void *thread_main(void *name)
{
	show(name);
	return NULL;
}

int main(void)
{
	pthread_t thread;
	struct sigaction action;
	sigset_t some;
	int handled = 0;
	show("at start");
	for (int i = 1; i < 65; i++)
		if (sigaction(i, NULL, &action) == 0 && action.sa_handler != SIG_DFL)
			handled++;
	printf("%d handlers\n", handled);
	START(&thread, thread_main, "thread");
	JOIN(thread);
	sigemptyset(&some);
	sigaddset(&some, SIGUSR1);
	sigaddset(&some, SIGTERM);
	pthread_sigmask(SIG_BLOCK, &some, NULL);
	START(&thread, thread_main, "thread");
	JOIN(thread);
	show("after");
	return 7;
}
