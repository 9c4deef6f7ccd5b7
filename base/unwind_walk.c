/* SPDX-License-Identifier: Apache-2.0
 *
 * The walk: from this very function out of our own frames to the one that was asked for, and from
 * there, noting checks, to the end of the stack.  base/unwind.h is the contract. */
#include "base/unwind_internal.h"

#if defined(__x86_64__)

#define OWN_FRAMES_MAX 64 /* between the caller's frame and the walk */

/* Inlined, so that the registers are those of a frame that stays until the walk is done. */
static inline __attribute__((always_inline)) void capture(struct sn_registers *now)
{
	__asm__ volatile("movq %%rbx, 24(%0)\n\t"
			 "movq %%rbp, 48(%0)\n\t"
			 "movq %%rsp, 56(%0)\n\t"
			 "movq %%r12, 96(%0)\n\t"
			 "movq %%r13, 104(%0)\n\t"
			 "movq %%r14, 112(%0)\n\t"
			 "movq %%r15, 120(%0)\n\t"
			 "leaq 0(%%rip), %%rax\n\t"
			 "movq %%rax, 128(%0)"
			 :
			 : "r"(now->value)
			 : "rax", "memory");
	for (int reg = 0; reg < SN_REGS; reg++)
		now->slot[reg] = 0;
	now->known = SN_PRESERVED;
	now->proven = SN_ALWAYS_KNOWN;
}

/* Walks our own frames, up to the one at `cfa`. Returns 0 if it is not found. */
static int skip_own(struct sn_walk *w, uintptr_t cfa)
{
	for (int i = 0; i < OWN_FRAMES_MAX; i++) {
		if (!sn_unwind_find_row(w) || w->row.rule[SN_RA] == SN_RULE_UNDEFINED ||
		    !sn_unwind_step(w))
			return 0;
		if (w->now.value[SN_RSP] >= cfa)
			break;
	}
	w->now.proven = SN_ALWAYS_KNOWN;
	return w->now.value[SN_RSP] == cfa && w->now.value[SN_RA] == w->out->pc[0];
}

/* The frame to which a signal handler returns: the stack pointer there is at the ucontext. `called`
 * is the function of the frame before, which is the handler itself unless it made a tail call. */
static void note_signal_frame(struct sn_walk *w, uintptr_t called)
{
	if (!w->out->signal_frames++) {
		w->out->handler = called;
		w->out->signal_context = w->now.value[SN_RSP];
	}
}

static int add_frame(struct sn_walk *w)
{
	w->out->pc[w->out->depth++] = w->now.value[SN_RA];
	return 1;
}

/* Over a frame of code without unwind information. If that fails the trace is short and as good as
 * any: it would be no use to try again each time. */
static int walk_by_pointer(struct sn_walk *w, uint32_t max)
{
	if (w->out->depth >= max || !sn_unwind_step_by_pointer(w))
		return 0;
	w->out->by_pointer++;
	w->function = 0;
	return add_frame(w);
}

/* One more frame. Returns 0 at the end of the walk, however it ends. */
static int walk_frame(struct sn_walk *w, uint32_t max)
{
	struct sn_unwind *u = w->out;
	uint32_t checks = u->check_count;
	uintptr_t called = w->function;

	if (!sn_unwind_find_row(w))
		return walk_by_pointer(w, max);
	if (w->cie.signal_frame)
		note_signal_frame(w, called);
	if (w->row.rule[SN_RA] == SN_RULE_UNDEFINED) {
		u->complete = 1;
		return 0;
	}
	if (u->depth >= max)
		return 0;
	if (!sn_unwind_step(w)) {
		/* Other words on the stack might have let it go on. */
		u->uncacheable = 1;
		u->check_count = checks;
		return 0;
	}
	if (!w->now.value[SN_RA]) {
		u->complete = !w->exact;
		return 0;
	}
	return add_frame(w);
}

/* Leaves alone what need not be set: the rows, and the registers. */
static void begin_walk(struct sn_walk *w, struct sn_unwind *u, uintptr_t cfa)
{
	w->out = u;
	w->floor = cfa - 2 * sizeof(uintptr_t);
	w->table = (struct sn_unwind_table){0};
	w->exact = 1;
	w->recording = 0;
	w->function = 0;
	w->cie.at = NULL;
}

__attribute__((noinline)) uint32_t sn_unwind_from(struct sn_unwind *u, uintptr_t cfa, uint32_t max)
{
	struct sn_walk w;

	sn_unwind_begin(u, cfa);
	begin_walk(&w, u, cfa);
	capture(&w.now);
	if (max > SN_UNWIND_MAX)
		max = SN_UNWIND_MAX;
	if (!skip_own(&w, cfa))
		return u->depth;
	w.recording = 1;
	w.function = 0;
	u->uncacheable = 0;
	while (walk_frame(&w, max))
		;
	return u->depth;
}

#endif
