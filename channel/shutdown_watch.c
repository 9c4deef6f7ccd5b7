/* SPDX-License-Identifier: Apache-2.0
 *
 * The watch for signals: a task that reads them from a descriptor, so that what they bring about
 * runs as ordinary code.  It ends the context at the first and lets every later one have its
 * default action. */
#include <poll.h>
#include <pthread.h>
#include <sys/signalfd.h>
#include <unistd.h>
#include "channel/shutdown.h"
#include "channel/wait.h"

/* Raised in this thread while that blocks it, and then let through.  If the process goes on,
 * because the default is to stop or to do nothing, the program's own action is put back. */
static void act_as_usual(int signal)
{
	struct sigaction before, usual = {.sa_handler = SIG_DFL};
	sigset_t one;

	sigemptyset(&one);
	sigaddset(&one, signal);
	sigaction(signal, &usual, &before);
	pthread_kill(pthread_self(), signal);
	pthread_sigmask(SIG_UNBLOCK, &one, NULL);
	pthread_sigmask(SIG_BLOCK, &one, NULL);
	sigaction(signal, &before, NULL);
}

static void answer(struct snarl_shutdown *s, int signal)
{
	if (s->first) {
		act_as_usual(signal);
		return;
	}
	sn_order_release(&s->first);
	/* Release pairs with the acquire in snarl_shutdown_signal: whoever sees the context ended
	 * by a signal sees which. */
	__atomic_store_n(&s->first, signal, __ATOMIC_RELEASE);
	sn_context_cancel(s->context, -EINTR);
}

/* One at a time, since the watch may be over after any. */
static void read_one(struct snarl_shutdown *s)
{
	struct signalfd_siginfo info;

	if (read(s->signals, &info, sizeof(info)) == sizeof(info))
		answer(s, (int)info.ssi_signo);
}

void *sn_shutdown_watch(void *shutdown)
{
	struct snarl_shutdown *s = shutdown;
	struct pollfd both[] = {
		{.fd = s->end, .events = POLLIN},
		{.fd = s->signals, .events = POLLIN},
	};

	for (;;) {
		if (poll(both, 2, -1) <= 0)
			continue;
		if (both[0].revents)
			break;
		/* A program that closes all descriptors has closed this one too: no more signals,
		 * and no loop that spins. */
		if (both[1].revents & POLLNVAL)
			both[1].fd = -1;
		else
			read_one(s);
	}
	sn_shutdown_release(s);
	return NULL;
}
