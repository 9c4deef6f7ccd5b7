/* SPDX-License-Identifier: Apache-2.0
 *
 * Starting a thread: see thread.h. */
#include "channel/thread.h"
#include <pthread.h>
#include <signal.h>

static void all_but_faults(sigset_t *set)
{
	static const int faults[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGSYS, SIGABRT};

	sigfillset(set);
	for (unsigned i = 0; i < sizeof(faults) / sizeof(*faults); i++)
		sigdelset(set, faults[i]);
}

int sn_thread_start(void *(*run)(void *), void *argument)
{
	sigset_t blocked, before;
	pthread_attr_t detached;
	pthread_t thread;
	int e = pthread_attr_init(&detached);

	if (e)
		return -e;
	pthread_attr_setdetachstate(&detached, PTHREAD_CREATE_DETACHED);
	all_but_faults(&blocked);
	/* A thread begins with its creator's mask. */
	pthread_sigmask(SIG_SETMASK, &blocked, &before);
	e = pthread_create(&thread, &detached, run, argument);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	pthread_attr_destroy(&detached);
	return -e;
}
