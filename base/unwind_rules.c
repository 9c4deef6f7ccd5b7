/* SPDX-License-Identifier: Apache-2.0
 *
 * The programs of call frame information (DWARF 5, section 6.4.2): each instruction changes a rule
 * of the row, or moves on to the place from which the next ones hold.  Reads the module's
 * information only, never the stack. */
#include "base/unwind_internal.h"

static void set_rule(struct sn_row *row, uint64_t reg, enum sn_rule rule, int64_t value)
{
	if (reg >= SN_REGS)
		return; /* vector registers and flags */
	row->rule[reg] = rule;
	row->value[reg] = value;
	row->entangled |= rule >= SN_RULE_REGISTER;
	if (rule == SN_RULE_SAME)
		row->set &= ~SN_BIT(reg);
	else
		row->set |= SN_BIT(reg);
}

static void reset_rule(struct sn_walk *w, uint64_t reg)
{
	if (reg < SN_REGS)
		set_rule(&w->row, reg, w->cie.initial.rule[reg], w->cie.initial.value[reg]);
}

static void set_cfa(struct sn_row *row, uint64_t reg, int64_t offset)
{
	row->cfa_rule = reg < SN_REGS ? SN_CFA_REGISTER : SN_CFA_NONE;
	row->cfa_reg = reg < SN_REGS ? reg : 0;
	row->cfa_value = offset;
}

/* The address of a block (its length first), over which it skips. */
static int64_t take_block(struct sn_bytes *r)
{
	int64_t at = (int64_t)r->p;

	sn_skip(r, sn_take_uleb(r));
	return at;
}

static int define_cfa(struct sn_walk *w, struct sn_bytes *r, unsigned op)
{
	struct sn_row *row = &w->row;
	uint64_t reg;

	switch (op) {
	case 0x0c: /* def_cfa */
		reg = sn_take_uleb(r);
		set_cfa(row, reg, sn_take_uleb(r));
		return 1;
	case 0x0d: /* def_cfa_register */
		set_cfa(row, sn_take_uleb(r), row->cfa_value);
		return 1;
	case 0x0e: /* def_cfa_offset */
		row->cfa_value = sn_take_uleb(r);
		return 1;
	case 0x0f: /* def_cfa_expression */
		row->cfa_rule = SN_CFA_EXPRESSION;
		row->cfa_value = take_block(r);
		return 1;
	case 0x12: /* def_cfa_sf */
		reg = sn_take_uleb(r);
		set_cfa(row, reg, sn_take_sleb(r) * w->cie.data_align);
		return 1;
	case 0x13: /* def_cfa_offset_sf */
		row->cfa_value = sn_take_sleb(r) * w->cie.data_align;
		return 1;
	}
	return 0;
}

/* Rules in their long forms; most bear a register number. */
static int define_rule(struct sn_walk *w, struct sn_bytes *r, unsigned op)
{
	int64_t align = w->cie.data_align;
	uint64_t reg = sn_take_uleb(r);

	switch (op) {
	case 0x05: /* offset_extended */
		return set_rule(&w->row, reg, SN_RULE_OFFSET, sn_take_uleb(r) * align), 1;
	case 0x06: /* restore_extended */
		return reset_rule(w, reg), 1;
	case 0x07:
		return set_rule(&w->row, reg, SN_RULE_UNDEFINED, 0), 1;
	case 0x08:
		return set_rule(&w->row, reg, SN_RULE_SAME, 0), 1;
	case 0x09:
		return set_rule(&w->row, reg, SN_RULE_REGISTER, sn_take_uleb(r)), 1;
	case 0x10:
		return set_rule(&w->row, reg, SN_RULE_EXPRESSION, take_block(r)), 1;
	case 0x11: /* offset_extended_sf */
		return set_rule(&w->row, reg, SN_RULE_OFFSET, sn_take_sleb(r) * align), 1;
	case 0x14:
		return set_rule(&w->row, reg, SN_RULE_VAL_OFFSET, sn_take_uleb(r) * align), 1;
	case 0x15:
		return set_rule(&w->row, reg, SN_RULE_VAL_OFFSET, sn_take_sleb(r) * align), 1;
	case 0x16:
		return set_rule(&w->row, reg, SN_RULE_VAL_EXPRESSION, take_block(r)), 1;
	case 0x2e: /* GNU_args_size: no register; only of interest to who runs landing pads */
		return 1;
	case 0x2f: /* GNU_negative_offset_extended */
		return set_rule(&w->row, reg, SN_RULE_OFFSET, -(int64_t)sn_take_uleb(r) * align), 1;
	}
	return 0;
}

/* The long forms of advance_loc. Returns 0 if op is none of them. */
static int advance(const struct sn_walk *w, struct sn_bytes *r, unsigned op, uintptr_t *location)
{
	switch (op) {
	case 0x01: /* set_loc */
		*location = sn_take_address(r, w->cie.encoding);
		return 1;
	case 0x02:
		*location += sn_take(r, 1) * w->cie.code_align;
		return 1;
	case 0x03:
		*location += sn_take(r, 2) * w->cie.code_align;
		return 1;
	case 0x04:
		*location += sn_take(r, 4) * w->cie.code_align;
		return 1;
	}
	return 0;
}

/* Compilers use remember and restore around an early epilogue; both include the CFA. */
static int remember(struct sn_walk *w, unsigned op, unsigned *saved)
{
	if (op == 0x0a && *saved < SN_SAVED_ROWS) {
		w->saved[(*saved)++] = w->row;
		return 1;
	}
	if (op == 0x0b && *saved) {
		w->row = w->saved[--*saved];
		return 1;
	}
	return 0;
}

int sn_unwind_run(struct sn_walk *w, struct sn_bytes *r, uintptr_t location, uintptr_t pc)
{
	unsigned saved = 0;

	while (r->p < r->end && !r->bad && location <= pc) {
		unsigned op = sn_take(r, 1), low = op & 0x3f;

		if (op >> 6 == 1)
			location += low * w->cie.code_align;
		else if (op >> 6 == 2)
			set_rule(&w->row, low, SN_RULE_OFFSET, sn_take_uleb(r) * w->cie.data_align);
		else if (op >> 6 == 3)
			reset_rule(w, low);
		else if (op && !advance(w, r, op, &location) && !define_cfa(w, r, op) &&
			 !remember(w, op, &saved) && !define_rule(w, r, op))
			return 0;
	}
	return !r->bad;
}
