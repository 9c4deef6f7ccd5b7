/* SPDX-License-Identifier: Apache-2.0
 *
 * A step by the frame pointer, for code without unwind information: what is built with
 * -fno-asynchronous-unwind-tables (Chromium), and code made at run time.  Such code may use rbp for
 * anything, so a step counts only if it verifies: the frame lies higher on the stack, what it
 * returns to follows a call, and the caller has either unwind information or a frame pointer that
 * lies higher still.  What is looked at may be no stack and no code at all, and is read through the
 * kernel, which cannot fault; this path is only walked when a trace is new.  A function that keeps
 * no frame pointer among such that do leaves its caller out of the trace: what is in it is right,
 * but it proves nothing about the frames' extent (sn_unwind.by_pointer). */
#include "base/asleep.h"
#include "base/call_site.h"
#include "base/sys.h"
#include "base/unwind_internal.h"

#if defined(__x86_64__)

struct frame {
	uintptr_t saved; /* the caller's frame pointer */
	uintptr_t returns_to;
};

static int peek(uintptr_t address, void *to, uint32_t n)
{
	return !sn_peek((uint32_t)sn_sys(SYS_getpid), address, to, n);
}

static int follows_call(uintptr_t pc)
{
	uint8_t before[SN_CALL_SITE_BYTES];

	return peek(pc - sizeof(before), before, sizeof(before)) && sn_is_call_site(before);
}

static int find_frame(struct sn_walk *w, struct frame *f)
{
	uintptr_t sp = w->now.value[SN_RSP], at = w->now.value[SN_RBP];

	w->low = sp;
	w->high = sn_unwind_stack_end(sp);
	return w->now.known & SN_BIT(SN_RBP) && sn_walk_plausible(w, at) &&
	       sn_walk_plausible(w, at + sizeof(at)) && peek(at, f, sizeof(*f)) &&
	       !(f->returns_to >= sp && f->returns_to < w->high);
}

/* The registers of the caller: of the others that it may have saved nothing is known. */
static int enter_caller(struct sn_walk *w, const struct frame *f)
{
	uintptr_t at = w->now.value[SN_RBP];
	struct sn_registers *now = &w->now;

	if (!sn_walk_depend(w, SN_RBP))
		return 0;
	now->known = SN_ALWAYS_KNOWN | SN_BIT(SN_RBP);
	now->proven = SN_BIT(SN_RSP);
	now->value[SN_RSP] = at + sizeof(*f);
	now->slot[SN_RSP] = 0;
	now->value[SN_RBP] = f->saved;
	now->slot[SN_RBP] = at;
	now->slot[SN_RA] = at + sizeof(at);
	return sn_walk_depend(w, SN_RA);
}

/* What a signal handler returns to follows no call, but has information that says what it is. Moves
 * on the pc: if this is not true the walk has ended. */
static int is_verified(struct sn_walk *w, const struct frame *f)
{
	uintptr_t at = w->now.value[SN_RBP];
	int called = follows_call(f->returns_to);

	w->now.value[SN_RA] = f->returns_to;
	w->exact = 0;
	if (sn_unwind_find_row(w))
		return called || w->cie.signal_frame;
	return called && (!f->saved || (f->saved > at && sn_walk_plausible(w, f->saved)));
}

int sn_unwind_step_by_pointer(struct sn_walk *w)
{
	struct frame f;

	return find_frame(w, &f) && is_verified(w, &f) && enter_caller(w, &f);
}

#endif
