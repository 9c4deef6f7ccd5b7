/* SPDX-License-Identifier: Apache-2.0
 *
 * Graceful shutdown: making the object, and giving it up.  The mask of the thread that makes it is
 * changed before anything else, and put back when something fails, so that no signal can come in
 * between and be missed. */
#include "channel/shutdown.h"
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>
#include "base/sys.h"
#include "channel/memory.h"
#include "channel/task.h"
#include "channel/wait.h"

static long self(void)
{
	return sn_sys(SYS_gettid);
}

/* Faults cannot be waited for: a thread that blocks the signal of its own fault is killed. */
static int is_fault(int signal)
{
	return signal == SIGSEGV || signal == SIGBUS || signal == SIGFPE || signal == SIGILL ||
	       signal == SIGTRAP || signal == SIGSYS || signal == SIGABRT;
}

static int collect(sigset_t *set, const int *signals, size_t count)
{
	static const int usual[] = {SIGINT, SIGTERM};

	if (!signals && count)
		return -EINVAL;
	if (!count) {
		signals = usual;
		count = sizeof(usual) / sizeof(*usual);
	}
	sigemptyset(set);
	for (size_t i = 0; i < count; i++) {
		int s = signals[i];
		if (s == SIGKILL || s == SIGSTOP || is_fault(s) || sigaddset(set, s))
			return -EINVAL;
	}
	return 0;
}

/* The signals of `set` that the calling thread does not block yet. */
static void block(const sigset_t *set, sigset_t *unmasked)
{
	sigset_t before;

	pthread_sigmask(SIG_BLOCK, set, &before);
	sigemptyset(unmasked);
	for (int s = 1; s < NSIG; s++)
		if (sigismember(set, s) == 1 && sigismember(&before, s) == 0)
			sigaddset(unmasked, s);
}

void sn_shutdown_release(struct snarl_shutdown *s)
{
	if (!sn_unrefer(&s->references))
		return;
	if (s->signals >= 0)
		close(s->signals);
	if (s->end >= 0)
		close(s->end);
	sn_task_release(s->watch);
	sn_context_release(s->context);
	sn_free(s);
}

static int open_both(struct snarl_shutdown *s, const sigset_t *set)
{
	s->signals = signalfd(-1, set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (s->signals < 0)
		return -errno;
	s->end = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	return s->end < 0 ? -errno : 0;
}

static int start(struct snarl_shutdown *s, const sigset_t *set, struct snarl_context *parent)
{
	int e = open_both(s, set);

	if (e)
		return e;
	s->context = sn_context_with_cancel(parent);
	if (!s->context)
		return -errno;
	sn_refer(&s->references);
	s->watch = sn_task_spawn("shutdown", sn_shutdown_watch, s, NULL);
	if (s->watch)
		return 0;
	e = -errno;
	sn_shutdown_release(s);
	return e;
}

static struct snarl_shutdown *make(void)
{
	struct snarl_shutdown *s = sn_zeroed(1, sizeof(*s));

	if (!s)
		return NULL;
	s->handles = s->references = 1;
	s->signals = s->end = -1;
	s->maker = self();
	return s;
}

struct snarl_shutdown *snarl_shutdown_new(struct snarl_context *parent, const int *signals,
					  size_t count)
{
	struct snarl_shutdown *s;
	sigset_t set;
	int e = collect(&set, signals, count);

	if (e) {
		errno = -e;
		return NULL;
	}
	s = make();
	if (!s)
		return NULL;
	block(&set, &s->unmasked);
	e = start(s, &set, parent);
	if (!e)
		return s;
	pthread_sigmask(SIG_UNBLOCK, &s->unmasked, NULL);
	sn_shutdown_release(s);
	errno = -e;
	return NULL;
}

struct snarl_shutdown *snarl_shutdown_retain(struct snarl_shutdown *shutdown)
{
	if (shutdown)
		sn_refer(&shutdown->handles);
	return shutdown;
}

/* The watch must be over before the mask is put back: what it has not read by then is for the
 * program to get.  The task itself may come here (a value that dies with a context may hold us);
 * then it ends when it goes on.  A program that has closed all descriptors cannot end it any more;
 * that costs it the task, and not a wait for ever. */
static void end_watch(struct snarl_shutdown *s)
{
	if (!eventfd_write(s->end, 1))
		sn_task_join(s->watch, NULL, SNARL_FOREVER, NULL);
}

void snarl_shutdown_release(struct snarl_shutdown *shutdown)
{
	if (!shutdown || !sn_unrefer(&shutdown->handles))
		return;
	end_watch(shutdown);
	if (shutdown->maker == self())
		pthread_sigmask(SIG_UNBLOCK, &shutdown->unmasked, NULL);
	sn_shutdown_release(shutdown);
}

struct snarl_context *snarl_shutdown_context(struct snarl_shutdown *shutdown)
{
	return shutdown ? shutdown->context : NULL;
}

int snarl_shutdown_signal(struct snarl_shutdown *shutdown)
{
	/* Acquire pairs with the release in the watch. */
	int first = shutdown ? __atomic_load_n(&shutdown->first, __ATOMIC_ACQUIRE) : -EINVAL;

	if (shutdown && first)
		sn_order_acquire(&shutdown->first);
	return first;
}
