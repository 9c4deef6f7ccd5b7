/* SPDX-License-Identifier: Apache-2.0
 *
 * Applying a row (DWARF 5, section 6.4.3): from the registers of a frame to those of its caller.
 * Keeps, with each register, whether its value is known, from which stack word it came, and whether
 * the checks noted so far prove it. */
#include "base/unwind_internal.h"

#if defined(__x86_64__)

#define RED_ZONE 128           /* below the stack pointer of an interrupted leaf function */
#define FRAME_MAX (64ul << 20) /* a frame that is larger is taken for a mistake */
#define START_SLACK 128        /* _start's own frame lies at __libc_stack_end */

extern void *__libc_stack_end __attribute__((weak));

/* A thread's control block, and the place
 * where the main thread began, are the upper ends of their stacks; if they lie above the stack
 * pointer, then whatever stack this is must end below them. */
uintptr_t sn_unwind_stack_end(uintptr_t sp)
{
	uintptr_t end = sp + FRAME_MAX, block;

	__asm__("movq %%fs:0, %0" : "=r"(block));
	if (block > sp && block < end)
		end = block;
	if (&__libc_stack_end) {
		block = (uintptr_t)__libc_stack_end + START_SLACK;
		if (block > sp && block < end)
			end = block;
	}
	return end;
}

static int compute_cfa(struct sn_walk *w, uintptr_t *cfa)
{
	const struct sn_row *row = &w->row;
	uintptr_t sp = w->now.value[SN_RSP];

	if (row->cfa_rule == SN_CFA_EXPRESSION) {
		if (!sn_unwind_evaluate(w, row->cfa_value, NULL, cfa))
			return 0;
	} else if (row->cfa_rule == SN_CFA_REGISTER && sn_walk_depend(w, row->cfa_reg)) {
		*cfa = w->now.value[row->cfa_reg] + row->cfa_value;
	} else {
		return 0;
	}
	if (*cfa & 7)
		return 0;
	/* A handler may have run on another stack, anywhere from the one that it interrupted. */
	if (w->cie.signal_frame)
		return *cfa != 0;
	return *cfa > sp && *cfa <= w->high;
}

static void restore_from(struct sn_walk *w, unsigned reg, uintptr_t address,
			 struct sn_registers *next)
{
	if (!sn_walk_plausible(w, address)) {
		next->known &= ~SN_BIT(reg);
		return;
	}
	next->value[reg] = sn_walk_load(address);
	/* Of our own frames only one word is in the same place whenever this caller calls us. */
	if (w->recording || (reg == SN_RBP && address == w->floor))
		next->slot[reg] = address;
	else
		next->slot[reg] = 0;
	next->known |= SN_BIT(reg);
	next->proven &= ~SN_BIT(reg);
}

/* The register's value follows from what is proven already, if we are recording. */
static void restore_value(struct sn_walk *w, unsigned reg, uintptr_t value,
			  struct sn_registers *next)
{
	next->value[reg] = value;
	next->slot[reg] = 0;
	next->known |= SN_BIT(reg);
	next->proven = (next->proven & ~SN_BIT(reg)) | (w->recording ? SN_BIT(reg) : 0);
}

static void restore_copy(struct sn_walk *w, unsigned reg, uint64_t from, struct sn_registers *next)
{
	if (from >= SN_REGS || !(w->now.known & SN_BIT(from))) {
		next->known &= ~SN_BIT(reg);
		return;
	}
	restore_value(w, reg, w->now.value[from], next);
	next->slot[reg] = w->now.slot[from];
	if (!(w->now.proven & SN_BIT(from)))
		next->proven &= ~SN_BIT(reg);
}

static void restore(struct sn_walk *w, unsigned reg, uintptr_t cfa, struct sn_registers *next)
{
	int64_t value = w->row.value[reg];
	uintptr_t result;

	switch (w->row.rule[reg]) {
	case SN_RULE_OFFSET:
		restore_from(w, reg, cfa + value, next);
		return;
	case SN_RULE_VAL_OFFSET:
		restore_value(w, reg, cfa + value, next);
		return;
	case SN_RULE_REGISTER:
		restore_copy(w, reg, value, next);
		return;
	case SN_RULE_EXPRESSION:
		if (!sn_unwind_evaluate(w, value, &cfa, &result))
			break;
		restore_from(w, reg, result, next);
		return;
	case SN_RULE_VAL_EXPRESSION:
		if (!sn_unwind_evaluate(w, value, &cfa, &result))
			break;
		restore_value(w, reg, result, next);
		return;
	}
	next->known &= ~SN_BIT(reg);
}

/* Turns the registers of the current frame into those of its caller. */
static void restore_all(struct sn_walk *w, uintptr_t cfa, struct sn_registers *next)
{
	if (!w->cie.signal_frame)
		next->known &= SN_PRESERVED | w->row.set;
	restore_value(w, SN_RSP, cfa, next);
	next->known &= ~SN_BIT(SN_RA);
	for (uint32_t left = w->row.set; left; left &= left - 1)
		restore(w, __builtin_ctz(left), cfa, next);
}

/* The same where the rules must still see the old registers; apart, for this copy is rare. */
static __attribute__((noinline)) void restore_entangled(struct sn_walk *w, uintptr_t cfa)
{
	struct sn_registers next = w->now;

	restore_all(w, cfa, &next);
	w->now = next;
}

int sn_unwind_step(struct sn_walk *w)
{
	uintptr_t sp = w->now.value[SN_RSP], cfa;

	w->low = w->exact ? sp - RED_ZONE : sp;
	w->high = sn_unwind_stack_end(sp);
	if (!compute_cfa(w, &cfa))
		return 0;
	if (w->row.entangled)
		restore_entangled(w, cfa);
	else
		restore_all(w, cfa, &w->now);
	w->exact = w->cie.signal_frame;
	return sn_walk_depend(w, SN_RA) && sn_walk_depend(w, SN_RSP);
}

#endif
