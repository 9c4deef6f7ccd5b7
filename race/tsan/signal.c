/* SPDX-License-Identifier: Apache-2.0
 *
 * Signal handlers.  A handler runs in the middle of its thread, and knows of what was done before
 * the signal was sent, and before the handler was installed: those release what stands for all
 * files (race_sync.h).  That a handler has begun is seen by its frame, whose caller is the code of
 * libc to which the kernel lets handlers return: no handler is replaced. */
#include <dlfcn.h>
#include <signal.h>
#include "race/tsan/front.h"

uintptr_t sn_front_restorer;

/* The kernel's struct sigaction. */
struct action {
	uintptr_t handler;
	unsigned long flags;
	uintptr_t restorer;
	uint64_t mask;
};

#define SA_RESTORER 0x04000000

static void find_restorer(int signal)
{
	struct action a;
	if (!sn_front_restorer && !sn_sys(SYS_rt_sigaction, signal, 0, &a, 8) &&
	    a.flags & SA_RESTORER)
		sn_front_restorer = a.restorer;
}

void sn_front_handler_begins(struct sn_front *f)
{
	f->handles = 0;
	sn_sync_acquire(f->race, (uintptr_t)&sn_front_files);
}

static void installing(void)
{
	struct sn_front *f = sn_front_get();
	if (f)
		sn_sync_release(f->race, (uintptr_t)&sn_front_files, 0);
}

SN_FRONT_EXPORT int sigaction(int signal, const struct sigaction *action, struct sigaction *was)
{
	static __typeof__(sigaction) *next;
	if (!next)
		next = (__typeof__(next))dlsym(RTLD_NEXT, "sigaction");
	if (action)
		installing();
	int result = next(signal, action, was);
	if (action && !result)
		find_restorer(signal);
	return result;
}

#define SIMPLE(name)                                                                               \
	SN_FRONT_EXPORT sighandler_t name(int number, sighandler_t handler);                       \
	SN_FRONT_EXPORT sighandler_t name(int number, sighandler_t handler)                        \
	{                                                                                          \
		static __typeof__(name) *next;                                                     \
		if (!next)                                                                         \
			next = (__typeof__(next))dlsym(RTLD_NEXT, #name);                          \
		installing();                                                                      \
		sighandler_t was = next(number, handler);                                          \
		if (was != SIG_ERR)                                                                \
			find_restorer(number);                                                     \
		return was;                                                                        \
	}
SIMPLE(signal)
SIMPLE(bsd_signal)
SIMPLE(__sysv_signal)
SIMPLE(sysv_signal)
