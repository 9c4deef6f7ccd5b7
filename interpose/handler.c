/* SPDX-License-Identifier: Apache-2.0
 *
 * signal-unsafe-lock as a suspicion: see handler.h.  A handler takes a lock that its thread takes
 * afterwards outside of handlers, with the signal let in: it could come there.  Which signal it is
 * the stack says where the handler is given a siginfo; else it is found by the handler's function
 * among those that are installed.  A
 * signal that was blocked even where it came, as in sigsuspend or ppoll, comes nowhere else; one
 * that the processor raises comes only where the code itself fails.  (That a handler really
 * interrupted the holder is found by graph/wait_for.c.) */
#include "interpose/handler.h"
#include "base/names.h"
#include <signal.h>
#include "interpose/wait.h"

/* Where the kernel's ucontext of x86-64 keeps the signals that were blocked before: after the
 * flags, the link, the stack, and the registers. Behind it lies the siginfo. */
#define CONTEXT_MASK 296
#define CONTEXT_INFO 304

#define SIGNALS 64
#define BIT(signal) (1ull << ((signal)-1))
#define FROM_THE_PROCESSOR                                                                         \
	(BIT(SIGSEGV) | BIT(SIGBUS) | BIT(SIGFPE) | BIT(SIGILL) | BIT(SIGTRAP) | BIT(SIGSYS))

/* The kernel's struct sigaction. */
struct action {
	uintptr_t handler;
	unsigned long flags;
	void *restorer;
	uint64_t mask;
};

/* The signals that `function` handles; where it handles none (a handler may have jumped to it) all
 * that are handled. */
static uint64_t signals_of(uintptr_t function)
{
	struct action a;
	uint64_t its = 0, all = 0;
	for (int signal = 1; signal <= SIGNALS; signal++) {
		if (sn_sys(SYS_rt_sigaction, signal, 0, &a, 8) != 0)
			continue;
		if (a.handler != (uintptr_t)SIG_DFL && a.handler != (uintptr_t)SIG_IGN)
			all |= BIT(signal);
		if (function && a.handler == function)
			its |= BIT(signal);
	}
	return its ? its : all;
}

__attribute__((no_sanitize("address"))) static uint64_t blocked_before(uintptr_t context)
{
	return context ? *(const volatile uint64_t *)(context + CONTEXT_MASK) : ~0ull;
}

/* Of the signals that may be running the handler the one that is, if the kernel has left word of it
 * beside the frame: so it does where the action asks for a siginfo. */
__attribute__((no_sanitize("address"))) static uint64_t that_came(uintptr_t context, uint64_t may)
{
	struct action a;
	int signal = context ? *(const volatile int *)(context + CONTEXT_INFO) : 0;
	if (signal < 1 || signal > SIGNALS || !(may & BIT(signal)) ||
	    sn_sys(SYS_rt_sigaction, signal, 0, &a, 8) != 0 || !(a.flags & SA_SIGINFO))
		return may;
	return BIT(signal);
}

/* The signals that run the handler wherever they are let in. */
static uint64_t comes_anywhere(const struct sn_self *self)
{
	uint64_t its = that_came(self->signal_context, signals_of(self->handler));
	return its & ~FROM_THE_PROCESSOR & ~blocked_before(self->signal_context);
}

/* Whether a thread that holds such a lock waits for ever if it takes it again. */
static int blocks_itself(const struct sn_lock_rec *lock, uint32_t mode)
{
	if (mode & (SN_MODE_TRY | SN_MODE_TIMED))
		return 0;
	switch (sn_lock_kin(lock->type)) {
	case SN_LOCK_MUTEX:
	case SN_LOCK_MUTEX_ADAPTIVE:
	case SN_LOCK_SPIN:
		return 1;
	case SN_LOCK_RWLOCK:
	case SN_LOCK_RWLOCK_WRITER:
		return !(mode & SN_MODE_READ);
	default:
		return 0;
	}
}

static void tell(struct sn_self *self, uint32_t lock, uint32_t mode, uint32_t stack)
{
	struct sn_finding f;
	sn_finding_start(&f, SN_KIND_SIGNAL_UNSAFE_LOCK, SN_SUSPECT, SN_WHY_BOTH_IN_AND_OUT);
	sn_finding_add(&f, (struct sn_part){.role = SN_ROLE_ACQUIRED,
					    .mode = (uint8_t)mode,
					    .thread = self->thread,
					    .object = lock,
					    .stack = self->watch_stack});
	sn_finding_add(&f, (struct sn_part){.role = SN_ROLE_ACQUIRED,
					    .mode = (uint8_t)mode,
					    .thread = self->thread,
					    .object = lock,
					    .stack = stack});
	sn_report_finding(self, &f);
}

/* Acquisitions at which the thread's signal mask is asked for: a system call each. */
#define WATCH_MOST 64

void sn_handler_acquired(struct sn_self *self, uint32_t lock, uint32_t mode)
{
	struct sn_lock_rec *rec = &self->locks[lock];
	uint32_t i = sn_held_find(self, lock);
	if (!self->handler_stack || i == UINT32_MAX)
		return;
	self->held[i].depth |= SN_DEPTH_IN_HANDLER;
	uint64_t signals = comes_anywhere(self);
	if (rec->flags & SN_LOCK_TOLD_HANDLER || !blocks_itself(rec, mode) || !signals ||
	    self->watch_tag == sn_tag_make(self, lock))
		return;
	self->watch_tag = sn_tag_make(self, lock);
	self->watch_stack = self->handler_stack;
	self->watch_signals = signals;
	self->watch_left = WATCH_MOST;
	self->attention |= SN_ATTENTION_WATCH;
}

void sn_handler_watched(struct sn_self *self, uint32_t lock, uint32_t mode, uint32_t stack)
{
	uint64_t blocked = ~0ull, handled;
	if (sn_tag_make(self, lock) != self->watch_tag)
		return;
	sn_sys(SYS_rt_sigprocmask, SIG_BLOCK, 0, &blocked, 8);
	handled = signals_of(self->handler);
	if (self->watch_signals & handled & ~blocked) {
		__atomic_fetch_or(&self->locks[lock].flags, SN_LOCK_TOLD_HANDLER, __ATOMIC_RELAXED);
		tell(self, lock, mode, stack);
		self->watch_left = 1;
	}
	if (!--self->watch_left) {
		self->watch_tag = 0;
		self->attention &= ~SN_ATTENTION_WATCH;
	}
}

void sn_handler_released(struct sn_self *self, uint32_t i)
{
	uint32_t *slot = &self->rec->released[self->held[i].lock % SN_RELEASED], was = *slot;
	sn_held_remove(self, i);
	*slot = was;
}
