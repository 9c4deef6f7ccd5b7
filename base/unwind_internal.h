/* SPDX-License-Identifier: Apache-2.0
 *
 * Unwinding by call frame information (DWARF 5, section 6.4; .eh_frame and .eh_frame_hdr as in the
 * Linux Standard Base), for x86-64: what the files base/unwind_*.c share; nobody else includes it,
 * but for the unwinder's tests.  Three steps a frame:
 *   unwind_table.c   finds the frame description entry of the pc, in the module that
 *                    unwind_module.c names;
 *   unwind_rules.c   runs its program up to the pc, which gives a row: a rule for the canonical
 *                    frame address (CFA) and one for each register;
 *   unwind_step.c    applies the row, with unwind_expression.c where a rule is an expression.
 * Where there is no entry, unwind_pointer.c tries the frame pointer.
 * unwind_walk.c repeats them.  Every stack word on which the result depended is noted (the checks
 * of unwind.h).  All may run in a signal handler and on a stack of a few KiB: no malloc, no lock
 * (but see unwind_module.c), no system call, no state kept between calls.  What is not understood
 * ends the walk; it never guesses.  The stack is read only where a rule says that something was
 * stored, between the stack pointer and the stack's end. */
#ifndef SN_BASE_UNWIND_INTERNAL_H
#define SN_BASE_UNWIND_INTERNAL_H

#include <stdint.h>

#include "base/unwind.h"
#include "base/unwind_read.h"

/* Registers by their DWARF numbers; 16 stands for the return address. */
enum {
	SN_RBX = 3,
	SN_RBP = 6,
	SN_RSP = 7,
	SN_R12 = 12,
	SN_R13 = 13,
	SN_R14 = 14,
	SN_R15 = 15,
	SN_RA = 16,
	SN_REGS = 17
};

#define SN_BIT(reg) (1u << (reg))
#define SN_ALWAYS_KNOWN (SN_BIT(SN_RSP) | SN_BIT(SN_RA))
/* What a call leaves as it was, so that a caller's value is known even without a rule. */
#define SN_PRESERVED                                                                               \
	(SN_ALWAYS_KNOWN | SN_BIT(SN_RBX) | SN_BIT(SN_RBP) | SN_BIT(SN_R12) | SN_BIT(SN_R13) |     \
	 SN_BIT(SN_R14) | SN_BIT(SN_R15))

#define SN_SAVED_ROWS 6 /* compilers nest remember_state once; costs 176 bytes of stack each */

enum sn_rule {
	SN_RULE_SAME,
	SN_RULE_UNDEFINED,
	SN_RULE_OFFSET,     /* stored at CFA + value */
	SN_RULE_VAL_OFFSET, /* is CFA + value */
	SN_RULE_REGISTER,   /* is in register number value */
	SN_RULE_EXPRESSION, /* stored where the expression at address value says */
	SN_RULE_VAL_EXPRESSION,
};

enum { SN_CFA_NONE, SN_CFA_REGISTER, SN_CFA_EXPRESSION };

struct sn_row {
	int64_t value[SN_REGS];
	uint8_t rule[SN_REGS]; /* enum sn_rule */
	uint8_t cfa_rule;
	uint8_t cfa_reg;
	uint8_t entangled; /* a rule may read other registers than the CFA */
	uint32_t set;      /* bit set of the registers whose rule is not SN_RULE_SAME */
	int64_t cfa_value;
};

struct sn_cie {
	const uint8_t *at; /* NULL: none parsed yet */
	uint64_t code_align;
	int64_t data_align;
	uint8_t encoding;
	uint8_t augmented;
	uint8_t signal_frame;
	struct sn_row initial;
};

struct sn_registers {
	uintptr_t value[SN_REGS];
	uintptr_t slot[SN_REGS]; /* the stack word that the value came from; 0: none to check */
	uint32_t known;          /* bit set: value holds */
	uint32_t proven;         /* bit set: the checks so far prove the value */
};

/* What is known of a module: its range of addresses, and its .eh_frame_hdr. */
struct sn_unwind_table {
	uintptr_t start;
	uintptr_t end;
	uintptr_t header; /* not a place in the module: it has none */
	/* Where its unwind information may lie: of a module whose segments have gaps between them,
	 * the loader names only the one around the pc. */
	uintptr_t data_start;
	uintptr_t data_end;
};

struct sn_walk {
	struct sn_unwind *out;
	struct sn_registers now;
	uintptr_t floor; /* the lowest word that may be checked: where the caller's rbp is kept */
	uintptr_t low, high;          /* where this frame's rules may have stored something */
	struct sn_unwind_table table; /* module of the last lookup */
	int exact;          /* the pc is that of an interrupted instruction, not a return address */
	int recording;      /* our own frames are behind us: note checks */
	uintptr_t function; /* where the code begins that the row is for */
	struct sn_cie cie;  /* the last one; most modules have one for all functions */
	struct sn_row row;
	struct sn_row saved[SN_SAVED_ROWS];
};

/* The trace that is true without unwinding anything: the word at cfa - 8. */
void sn_unwind_begin(struct sn_unwind *u, uintptr_t cfa);

/* The module around pc. Returns 0; or -ENOENT, leaving *found as it was, where none is loaded. */
int sn_unwind_find_table(uintptr_t pc, struct sn_unwind_table *found);

/* For tests: 1 looks modules up as with a loader that has no _dl_find_object. */
extern int sn_unwind_list_only;

/* Makes w->row (and w->cie) that of the current pc. Returns 0 where there is no information. */
int sn_unwind_find_row(struct sn_walk *w);

/* Runs a program on w->row until its end, or until what follows is about places beyond pc. Returns
 * 0 if it makes no sense. */
int sn_unwind_run(struct sn_walk *w, struct sn_bytes *r, uintptr_t location, uintptr_t pc);

/* The expression whose length stands at `block`; `first`, if not NULL, is on its stack before.
 * Returns 0 if it has no result. */
int sn_unwind_evaluate(struct sn_walk *w, int64_t block, const uintptr_t *first, uintptr_t *result);

/* From the current frame to its caller by w->row. Returns 0 if that cannot be. */
int sn_unwind_step(struct sn_walk *w);

/* The same where there is no row, by the frame pointer: only if that verifies. */
int sn_unwind_step_by_pointer(struct sn_walk *w);

/* No frame of the calling thread's stack lies beyond what this returns. */
uintptr_t sn_unwind_stack_end(uintptr_t sp);

/* --- reading the stack, and noting what was read --- */

static inline int sn_walk_plausible(const struct sn_walk *w, uintptr_t address)
{
	return !(address & 7) && address >= w->low && address < w->high;
}

/* The caller has asked sn_walk_plausible(). Not for a checker of the program's own accesses to
 * judge. */
static inline __attribute__((no_sanitize("address"))) uintptr_t sn_walk_load(uintptr_t address)
{
	return *(const volatile uintptr_t *)address;
}

static inline void sn_walk_add_check(struct sn_walk *w, uintptr_t address, uintptr_t value)
{
	struct sn_unwind *u = w->out;

	if (!w->recording)
		return;
	if (!address || u->check_count == SN_UNWIND_CHECKS_MAX)
		u->uncacheable = 1;
	else
		u->checks[u->check_count++] = (struct sn_unwind_check){address, value};
}

/* The walk is about to depend on a register. Returns 0 if its value is not known. */
static inline int sn_walk_depend(struct sn_walk *w, unsigned reg)
{
	if (reg >= SN_REGS || !(w->now.known & SN_BIT(reg)))
		return 0;
	if (!(w->now.proven & SN_BIT(reg)) && w->recording) {
		sn_walk_add_check(w, w->now.slot[reg], w->now.value[reg]);
		w->now.proven |= SN_BIT(reg);
	}
	return 1;
}

#endif
