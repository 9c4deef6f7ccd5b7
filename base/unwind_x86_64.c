/* SPDX-License-Identifier: Apache-2.0
 *
 * Unwinding by call frame information (DWARF 5, section 6.4; .eh_frame and .eh_frame_hdr as in the
 * Linux Standard Base), for x86-64.  Three steps a frame: find the frame description entry of the
 * pc, in the module that _dl_find_object names without a lock; run its program up to the pc, which
 * gives a row: a rule for the canonical frame address (CFA) and one for each register; apply the
 * row, and note every stack word on which the result depended (the checks of unwind.h).
 * May run in a signal handler and on a stack of a few KiB: no malloc, no lock, no system call, no
 * static state.  What it does not understand ends the walk; it never guesses.  The stack is read
 * only where a rule says that something was stored, between the stack pointer and the stack's end.
 */
#include "base/unwind.h"

#if defined(__x86_64__)

#include <stddef.h>
#include <string.h>
#include <dlfcn.h>

#if defined(__GLIBC__) && !__GLIBC_PREREQ(2, 35)
struct dl_find_object {
	unsigned long long dlfo_flags;
	void *dlfo_map_start;
	void *dlfo_map_end;
	void *dlfo_link_map;
	void *dlfo_eh_frame;
	unsigned long long reserved[7];
};
int _dl_find_object(void *pc, struct dl_find_object *result);
#endif
/* Weak: built against a new glibc, the library still loads with an old one. */
#pragma weak _dl_find_object
extern void *__libc_stack_end __attribute__((weak));

/* Registers by their DWARF numbers; 16 stands for the return address. */
enum { RBX = 3, RBP = 6, RSP = 7, R12 = 12, R13 = 13, R14 = 14, R15 = 15, RA = 16, REGS = 17 };

#define BIT(reg) (1u << (reg))
#define ALWAYS_KNOWN (BIT(RSP) | BIT(RA))
/* What a call leaves as it was, so that a caller's value is known even without a rule. */
#define PRESERVED (ALWAYS_KNOWN | BIT(RBX) | BIT(RBP) | BIT(R12) | BIT(R13) | BIT(R14) | BIT(R15))

#define SAVED_ROWS 6         /* compilers nest remember_state once; costs 176 bytes of stack each */
#define EXPRESSION_DEPTH 12  /* the deepest in practice, that of a PLT, needs 4 */
#define EXPRESSION_STEPS 128 /* bounds loops in expressions */
#define OWN_FRAMES_MAX 64    /* between the caller's frame and the walk */
#define RED_ZONE 128         /* below the stack pointer of an interrupted leaf function */
#define FRAME_MAX (64ul << 20) /* a frame that is larger is taken for a mistake */
#define START_SLACK 128        /* _start's own frame lies at __libc_stack_end */

enum rule {
	RULE_SAME,
	RULE_UNDEFINED,
	RULE_OFFSET,     /* stored at CFA + value */
	RULE_VAL_OFFSET, /* is CFA + value */
	RULE_REGISTER,   /* is in register number value */
	RULE_EXPRESSION, /* stored where the expression at address value says */
	RULE_VAL_EXPRESSION,
};

enum { CFA_NONE, CFA_REGISTER, CFA_EXPRESSION };

struct row {
	int64_t value[REGS];
	uint8_t rule[REGS]; /* enum rule */
	uint8_t cfa_rule;
	uint8_t cfa_reg;
	uint8_t entangled; /* a rule may read other registers than the CFA */
	uint32_t set;      /* bit set of the registers whose rule is not RULE_SAME */
	int64_t cfa_value;
};

struct cie {
	const uint8_t *at; /* NULL: none parsed yet */
	uint64_t code_align;
	int64_t data_align;
	uint8_t encoding;
	uint8_t augmented;
	uint8_t signal_frame;
	struct row initial;
};

struct registers {
	uintptr_t value[REGS];
	uintptr_t slot[REGS]; /* the stack word that the value came from; 0: none to check */
	uint32_t known;       /* bit set: value holds */
	uint32_t proven;      /* bit set: the checks so far prove the value */
};

struct walk {
	struct sn_unwind *out;
	struct registers now;
	uintptr_t floor; /* the lowest word that may be checked: where the caller's rbp is kept */
	uintptr_t low, high;  /* where this frame's rules may have stored something */
	uintptr_t start, end; /* module of the last lookup, and its .eh_frame_hdr */
	uintptr_t header;
	int exact;      /* the pc is that of an interrupted instruction, not a return address */
	int recording;  /* our own frames are behind us: note checks */
	struct cie cie; /* the last one; most modules have one for all functions */
	struct row row;
	struct row saved[SAVED_ROWS];
};

/* --- reading bytes, never beyond end --- */

struct reader {
	const uint8_t *p;
	const uint8_t *end;
	int bad;
};

static inline __attribute__((always_inline)) uint64_t take(struct reader *r, size_t size)
{
	uint64_t value = 0;

	if ((size_t)(r->end - r->p) < size) {
		r->bad = 1;
		r->p = r->end;
		return 0;
	}
	memcpy(&value, r->p, size);
	r->p += size;
	return value;
}

static uint64_t take_uleb(struct reader *r)
{
	uint64_t value = 0;
	uint8_t byte;

	for (unsigned shift = 0;; shift += 7) {
		byte = take(r, 1);
		if (shift < 64)
			value |= (uint64_t)(byte & 0x7f) << shift;
		if (!(byte & 0x80))
			return value;
	}
}

static int64_t take_sleb(struct reader *r)
{
	uint64_t value = 0;
	unsigned shift = 0;
	uint8_t byte;

	do {
		byte = take(r, 1);
		if (shift < 64)
			value |= (uint64_t)(byte & 0x7f) << shift;
		shift += 7;
	} while (byte & 0x80);
	if (shift < 64 && (byte & 0x40))
		value |= ~0ull << shift;
	return value;
}

static void skip(struct reader *r, uint64_t size)
{
	if ((uint64_t)(r->end - r->p) < size)
		r->bad = 1;
	else
		r->p += size;
}

/* The number in a DW_EH_PE_… encoded pointer, before what it is relative to is added. */
static uint64_t take_format(struct reader *r, unsigned encoding)
{
	switch (encoding & 0x0f) {
	case 0x00: /* absptr */
	case 0x04: /* udata8 */
	case 0x0c: /* sdata8 */
		return take(r, 8);
	case 0x01:
		return take_uleb(r);
	case 0x02:
		return take(r, 2);
	case 0x03:
		return take(r, 4);
	case 0x09:
		return take_sleb(r);
	case 0x0a:
		return (int64_t)(int16_t)take(r, 2);
	case 0x0b:
		return (int64_t)(int32_t)take(r, 4);
	}
	r->bad = 1;
	return 0;
}

/* An encoded address. Those relative to a text or function start do not occur on x86-64. */
static uintptr_t take_address(struct reader *r, unsigned encoding)
{
	uintptr_t base = 0;

	if ((encoding & 0xf0) == 0x10) /* pcrel */
		base = (uintptr_t)r->p;
	else if (encoding & 0xf0)
		r->bad = 1;
	return base + take_format(r, encoding);
}

static void skip_address(struct reader *r, unsigned encoding)
{
	if (encoding == 0xff) /* omit */
		return;
	if ((encoding & 0x70) == 0x50) /* aligned */
		skip(r, -(uintptr_t)r->p & 7);
	take_format(r, encoding);
}

/* --- reading the stack, and noting what was read --- */

static int plausible(const struct walk *w, uintptr_t address)
{
	return !(address & 7) && address >= w->low && address < w->high;
}

/* The caller has asked plausible(). Not for a checker of the program's own accesses to judge. */
static inline __attribute__((no_sanitize("address"))) uintptr_t load(uintptr_t address)
{
	return *(const volatile uintptr_t *)address;
}

static void add_check(struct walk *w, uintptr_t address, uintptr_t value)
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
static int depend(struct walk *w, unsigned reg)
{
	if (reg >= REGS || !(w->now.known & BIT(reg)))
		return 0;
	if (!(w->now.proven & BIT(reg)) && w->recording) {
		add_check(w, w->now.slot[reg], w->now.value[reg]);
		w->now.proven |= BIT(reg);
	}
	return 1;
}

/* --- DWARF expressions --- */

struct machine {
	uintptr_t stack[EXPRESSION_DEPTH];
	unsigned depth;
	int bad;
};

static void push(struct machine *m, uintptr_t value)
{
	if (m->depth == EXPRESSION_DEPTH)
		m->bad = 1;
	else
		m->stack[m->depth++] = value;
}

static uintptr_t pop(struct machine *m)
{
	if (m->depth)
		return m->stack[--m->depth];
	m->bad = 1;
	return 0;
}

static void pick(struct machine *m, unsigned below)
{
	if (below >= m->depth)
		m->bad = 1;
	else
		push(m, m->stack[m->depth - 1 - below]);
}

static void push_register(struct walk *w, struct machine *m, unsigned reg, int64_t offset)
{
	if (depend(w, reg))
		push(m, w->now.value[reg] + offset);
	else
		m->bad = 1;
}

static void dereference(struct walk *w, struct machine *m)
{
	uintptr_t address = pop(m);
	uintptr_t value;

	if (m->bad || !plausible(w, address)) {
		m->bad = 1;
		return;
	}
	value = load(address);
	add_check(w, address, value);
	push(m, value);
}

static int push_constant(struct machine *m, struct reader *r, unsigned op)
{
	switch (op) {
	case 0x03: /* addr */
	case 0x0e: /* const8u */
	case 0x0f:
		push(m, take(r, 8));
		return 1;
	case 0x08: /* const1u */
		push(m, take(r, 1));
		return 1;
	case 0x09: /* const1s */
		push(m, (int64_t)(int8_t)take(r, 1));
		return 1;
	case 0x0a:
		push(m, take(r, 2));
		return 1;
	case 0x0b:
		push(m, (int64_t)(int16_t)take(r, 2));
		return 1;
	case 0x0c:
		push(m, take(r, 4));
		return 1;
	case 0x0d:
		push(m, (int64_t)(int32_t)take(r, 4));
		return 1;
	case 0x10: /* constu */
		push(m, take_uleb(r));
		return 1;
	case 0x11: /* consts */
		push(m, take_sleb(r));
		return 1;
	}
	return 0;
}

static int rearrange(struct machine *m, struct reader *r, unsigned op)
{
	uintptr_t a, b, c;

	switch (op) {
	case 0x12: /* dup */
		pick(m, 0);
		return 1;
	case 0x13: /* drop */
		pop(m);
		return 1;
	case 0x14: /* over */
		pick(m, 1);
		return 1;
	case 0x15: /* pick */
		pick(m, take(r, 1));
		return 1;
	case 0x16: /* swap */
		a = pop(m), b = pop(m);
		push(m, a), push(m, b);
		return 1;
	case 0x17: /* rot */
		a = pop(m), b = pop(m), c = pop(m);
		push(m, a), push(m, c), push(m, b);
		return 1;
	}
	return 0;
}

static int compute_unary(struct machine *m, struct reader *r, unsigned op)
{
	switch (op) {
	case 0x1f: /* neg */
		push(m, -pop(m));
		return 1;
	case 0x20: /* not */
		push(m, ~pop(m));
		return 1;
	case 0x23: /* plus_uconst */
		push(m, pop(m) + take_uleb(r));
		return 1;
	}
	return 0;
}

/* Comparisons are signed, as DWARF has them. Division, remainder and abs are left out: nobody
 * emits them here. */
static int compute_binary(struct machine *m, unsigned op)
{
	uintptr_t b = pop(m), a = pop(m);
	int64_t x = a, y = b;

	switch (op) {
	case 0x1a:
		return push(m, a & b), 1;
	case 0x1c:
		return push(m, a - b), 1;
	case 0x1e:
		return push(m, a * b), 1;
	case 0x21:
		return push(m, a | b), 1;
	case 0x22:
		return push(m, a + b), 1;
	case 0x24:
		return push(m, b < 64 ? a << b : 0), 1;
	case 0x25:
		return push(m, b < 64 ? a >> b : 0), 1;
	case 0x26:
		return push(m, x >> (b < 64 ? b : 63)), 1;
	case 0x27:
		return push(m, a ^ b), 1;
	case 0x29:
		return push(m, x == y), 1;
	case 0x2a:
		return push(m, x >= y), 1;
	case 0x2b:
		return push(m, x > y), 1;
	case 0x2c:
		return push(m, x <= y), 1;
	case 0x2d:
		return push(m, x < y), 1;
	case 0x2e:
		return push(m, x != y), 1;
	}
	return 0;
}

static void jump(struct reader *r, const uint8_t *start, int taken)
{
	int64_t distance = (int16_t)take(r, 2);

	if (!taken)
		return;
	if (distance < start - r->p || distance > r->end - r->p)
		r->bad = 1;
	else
		r->p += distance;
}

static void operate(struct walk *w, struct machine *m, struct reader *r, const uint8_t *start)
{
	unsigned op = take(r, 1);

	if (op >= 0x30 && op <= 0x4f) /* lit0 … lit31 */
		push(m, op - 0x30);
	else if (op >= 0x70 && op <= 0x8f) /* breg0 … breg31 */
		push_register(w, m, op - 0x70, take_sleb(r));
	else if (op == 0x06)
		dereference(w, m);
	else if (op == 0x2f) /* skip */
		jump(r, start, 1);
	else if (op == 0x28) /* bra */
		jump(r, start, pop(m) != 0);
	else if (op == 0x96) /* nop */
		return;
	else if (!push_constant(m, r, op) && !rearrange(m, r, op) && !compute_unary(m, r, op) &&
		 !compute_binary(m, op))
		m->bad = 1;
}

/* The expression whose length stands at `block`; `first`, if not NULL, is on its stack before. */
static int evaluate(struct walk *w, int64_t block, const uintptr_t *first, uintptr_t *result)
{
	struct reader r = {(const uint8_t *)block, (const uint8_t *)w->end, 0};
	struct machine m = {.depth = 0, .bad = 0};
	uint64_t length = take_uleb(&r);
	const uint8_t *start = r.p;

	if (r.bad || length > (uint64_t)(r.end - r.p))
		return 0;
	r.end = r.p + length;
	if (first)
		push(&m, *first);
	for (int i = 0; r.p < r.end && !r.bad && !m.bad; i++) {
		if (i == EXPRESSION_STEPS)
			return 0;
		operate(w, &m, &r, start);
	}
	*result = pop(&m);
	return !r.bad && !m.bad;
}

/* --- finding the entry of a pc --- */

static int find_module(struct walk *w, uintptr_t pc)
{
	struct dl_find_object found;

	if (pc >= w->start && pc < w->end)
		return 1;
	if (_dl_find_object((void *)pc, &found))
		return 0;
	w->start = (uintptr_t)found.dlfo_map_start;
	w->end = (uintptr_t)found.dlfo_map_end;
	w->header = (uintptr_t)found.dlfo_eh_frame;
	w->cie.at = NULL;
	return 1;
}

struct table_entry {
	int32_t start; /* both relative to the header */
	int32_t entry;
};

/* Last entry that starts at or below `wanted`; the table is sorted. NULL: none. */
static const struct table_entry *search(const struct table_entry *table, uint64_t count,
					int64_t wanted)
{
	uint64_t low = 0, high = count;

	while (low < high) {
		uint64_t middle = low + (high - low) / 2;

		if (table[middle].start <= wanted)
			low = middle + 1;
		else
			high = middle;
	}
	return low ? &table[low - 1] : NULL;
}

/* The one form of binary search table that linkers write; without one there is no information. */
static const uint8_t *find_entry(struct walk *w, uintptr_t pc)
{
	struct reader r = {(const uint8_t *)w->header, (const uint8_t *)w->end, 0};
	const struct table_entry *found;
	unsigned frame_encoding, count_encoding;
	uint64_t count;

	if (w->header < w->start || w->header >= w->end || take(&r, 1) != 1)
		return NULL;
	frame_encoding = take(&r, 1);
	count_encoding = take(&r, 1);
	if (take(&r, 1) != 0x3b || count_encoding == 0xff) /* datarel, sdata4 */
		return NULL;
	skip_address(&r, frame_encoding);
	count = take_format(&r, count_encoding);
	if (r.bad || ((uintptr_t)r.p & 3) || count > (uint64_t)(r.end - r.p) / sizeof(*found))
		return NULL;
	found = search((const void *)r.p, count, (int64_t)(pc - w->header));
	return found ? (const uint8_t *)(w->header + found->entry) : NULL;
}

/* Sets r to what follows the length of the CIE or FDE at `at`. */
static int open_entry(const struct walk *w, const uint8_t *at, struct reader *r)
{
	uint64_t length;

	if ((uintptr_t)at < w->start || (uintptr_t)at >= w->end)
		return 0;
	*r = (struct reader){at, (const uint8_t *)w->end, 0};
	length = take(r, 4);
	if (!length || length == UINT32_MAX || length > (uint64_t)(r->end - r->p))
		return 0;
	r->end = r->p + length;
	return 1;
}

/* --- the program of an entry --- */

static void set_rule(struct row *row, uint64_t reg, enum rule rule, int64_t value)
{
	if (reg >= REGS)
		return; /* vector registers and flags */
	row->rule[reg] = rule;
	row->value[reg] = value;
	row->entangled |= rule >= RULE_REGISTER;
	if (rule == RULE_SAME)
		row->set &= ~BIT(reg);
	else
		row->set |= BIT(reg);
}

static void reset_rule(struct walk *w, uint64_t reg)
{
	if (reg < REGS)
		set_rule(&w->row, reg, w->cie.initial.rule[reg], w->cie.initial.value[reg]);
}

static void set_cfa(struct row *row, uint64_t reg, int64_t offset)
{
	row->cfa_rule = reg < REGS ? CFA_REGISTER : CFA_NONE;
	row->cfa_reg = reg < REGS ? reg : 0;
	row->cfa_value = offset;
}

/* The address of a block (its length first), over which it skips. */
static int64_t take_block(struct reader *r)
{
	int64_t at = (int64_t)r->p;

	skip(r, take_uleb(r));
	return at;
}

static int define_cfa(struct walk *w, struct reader *r, unsigned op)
{
	struct row *row = &w->row;
	uint64_t reg;

	switch (op) {
	case 0x0c: /* def_cfa */
		reg = take_uleb(r);
		set_cfa(row, reg, take_uleb(r));
		return 1;
	case 0x0d: /* def_cfa_register */
		set_cfa(row, take_uleb(r), row->cfa_value);
		return 1;
	case 0x0e: /* def_cfa_offset */
		row->cfa_value = take_uleb(r);
		return 1;
	case 0x0f: /* def_cfa_expression */
		row->cfa_rule = CFA_EXPRESSION;
		row->cfa_value = take_block(r);
		return 1;
	case 0x12: /* def_cfa_sf */
		reg = take_uleb(r);
		set_cfa(row, reg, take_sleb(r) * w->cie.data_align);
		return 1;
	case 0x13: /* def_cfa_offset_sf */
		row->cfa_value = take_sleb(r) * w->cie.data_align;
		return 1;
	}
	return 0;
}

/* Rules in their long forms; most bear a register number. */
static int define_rule(struct walk *w, struct reader *r, unsigned op)
{
	int64_t align = w->cie.data_align;
	uint64_t reg = take_uleb(r);

	switch (op) {
	case 0x05: /* offset_extended */
		return set_rule(&w->row, reg, RULE_OFFSET, take_uleb(r) * align), 1;
	case 0x06: /* restore_extended */
		return reset_rule(w, reg), 1;
	case 0x07:
		return set_rule(&w->row, reg, RULE_UNDEFINED, 0), 1;
	case 0x08:
		return set_rule(&w->row, reg, RULE_SAME, 0), 1;
	case 0x09:
		return set_rule(&w->row, reg, RULE_REGISTER, take_uleb(r)), 1;
	case 0x10:
		return set_rule(&w->row, reg, RULE_EXPRESSION, take_block(r)), 1;
	case 0x11: /* offset_extended_sf */
		return set_rule(&w->row, reg, RULE_OFFSET, take_sleb(r) * align), 1;
	case 0x14:
		return set_rule(&w->row, reg, RULE_VAL_OFFSET, take_uleb(r) * align), 1;
	case 0x15:
		return set_rule(&w->row, reg, RULE_VAL_OFFSET, take_sleb(r) * align), 1;
	case 0x16:
		return set_rule(&w->row, reg, RULE_VAL_EXPRESSION, take_block(r)), 1;
	case 0x2e: /* GNU_args_size: no register; only of interest to who runs landing pads */
		return 1;
	case 0x2f: /* GNU_negative_offset_extended */
		return set_rule(&w->row, reg, RULE_OFFSET, -(int64_t)take_uleb(r) * align), 1;
	}
	return 0;
}

/* The long forms of advance_loc. Returns 0 if op is none of them. */
static int advance(const struct walk *w, struct reader *r, unsigned op, uintptr_t *location)
{
	switch (op) {
	case 0x01: /* set_loc */
		*location = take_address(r, w->cie.encoding);
		return 1;
	case 0x02:
		*location += take(r, 1) * w->cie.code_align;
		return 1;
	case 0x03:
		*location += take(r, 2) * w->cie.code_align;
		return 1;
	case 0x04:
		*location += take(r, 4) * w->cie.code_align;
		return 1;
	}
	return 0;
}

/* Compilers use remember and restore around an early epilogue; both include the CFA. */
static int remember(struct walk *w, unsigned op, unsigned *saved)
{
	if (op == 0x0a && *saved < SAVED_ROWS) {
		w->saved[(*saved)++] = w->row;
		return 1;
	}
	if (op == 0x0b && *saved) {
		w->row = w->saved[--*saved];
		return 1;
	}
	return 0;
}

/* Runs a program until its end, or until what follows is about places beyond pc. */
static int execute(struct walk *w, struct reader *r, uintptr_t location, uintptr_t pc)
{
	unsigned saved = 0;

	while (r->p < r->end && !r->bad && location <= pc) {
		unsigned op = take(r, 1), low = op & 0x3f;

		if (op >> 6 == 1)
			location += low * w->cie.code_align;
		else if (op >> 6 == 2)
			set_rule(&w->row, low, RULE_OFFSET, take_uleb(r) * w->cie.data_align);
		else if (op >> 6 == 3)
			reset_rule(w, low);
		else if (op && !advance(w, r, op, &location) && !define_cfa(w, r, op) &&
			 !remember(w, op, &saved) && !define_rule(w, r, op))
			return 0;
	}
	return !r->bad;
}

/* Reads the augmentation of a CIE. What comes after an unknown letter is skipped by its length. */
static void parse_augmentation(struct cie *cie, struct reader *r, const char *letters)
{
	uint64_t length = take_uleb(r);
	struct reader body = *r;

	skip(r, length);
	for (cie->augmented = 1; *letters && !r->bad; letters++) {
		if (*letters == 'R')
			cie->encoding = take(&body, 1);
		else if (*letters == 'S')
			cie->signal_frame = 1;
		else if (*letters == 'L')
			take(&body, 1);
		else if (*letters == 'P')
			skip_address(&body, take(&body, 1));
		else
			return;
	}
	r->bad |= body.bad;
}

static int parse_cie(struct walk *w, const uint8_t *at)
{
	struct cie *cie = &w->cie;
	struct reader r;
	const char *letters;
	unsigned version;

	*cie = (struct cie){.at = NULL};
	w->row = cie->initial;
	if (!open_entry(w, at, &r) || take(&r, 4) != 0)
		return 0;
	version = take(&r, 1);
	letters = (const char *)r.p;
	while (take(&r, 1))
		;
	cie->code_align = take_uleb(&r);
	cie->data_align = take_sleb(&r);
	if ((version == 1 ? take(&r, 1) : take_uleb(&r)) != RA || (version != 1 && version != 3))
		return 0;
	if (*letters == 'z')
		parse_augmentation(cie, &r, letters + 1);
	else if (*letters)
		return 0;
	if (r.bad || !execute(w, &r, 0, UINTPTR_MAX))
		return 0;
	cie->initial = w->row;
	cie->at = at;
	return 1;
}

/* Finds the row for the current pc. Returns 0 where there is no information. */
static int find_row(struct walk *w)
{
	/* A return address may be the first byte of the next function, after a call of one that
	 * does not return; the call itself is what the row must be for. */
	uintptr_t pc = w->now.value[RA] - !w->exact, start;
	const uint8_t *entry, *cie;
	struct reader r;
	uint64_t offset;

	if (!find_module(w, pc) || !(entry = find_entry(w, pc)) || !open_entry(w, entry, &r))
		return 0;
	cie = r.p;
	offset = take(&r, 4);
	cie -= offset;
	if (!offset || (cie != w->cie.at && !parse_cie(w, cie)))
		return 0;
	start = take_address(&r, w->cie.encoding);
	if (pc < start || pc - start >= take_format(&r, w->cie.encoding & 0x0f))
		return 0;
	if (w->cie.augmented)
		skip(&r, take_uleb(&r));
	w->row = w->cie.initial;
	return !r.bad && execute(w, &r, start, pc);
}

/* --- applying a row --- */

/* No frame of this stack lies beyond what this returns. A thread's control block, and the place
 * where the main thread began, are the upper ends of their stacks; if they lie above the stack
 * pointer, then whatever stack this is must end below them. */
static uintptr_t stack_end(uintptr_t sp)
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

static int compute_cfa(struct walk *w, uintptr_t *cfa)
{
	const struct row *row = &w->row;
	uintptr_t sp = w->now.value[RSP];

	if (row->cfa_rule == CFA_EXPRESSION) {
		if (!evaluate(w, row->cfa_value, NULL, cfa))
			return 0;
	} else if (row->cfa_rule == CFA_REGISTER && depend(w, row->cfa_reg)) {
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

static void restore_from(struct walk *w, unsigned reg, uintptr_t address, struct registers *next)
{
	if (!plausible(w, address)) {
		next->known &= ~BIT(reg);
		return;
	}
	next->value[reg] = load(address);
	/* Of our own frames only one word is in the same place whenever this caller calls us. */
	if (w->recording || (reg == RBP && address == w->floor))
		next->slot[reg] = address;
	else
		next->slot[reg] = 0;
	next->known |= BIT(reg);
	next->proven &= ~BIT(reg);
}

/* The register's value follows from what is proven already, if we are recording. */
static void restore_value(struct walk *w, unsigned reg, uintptr_t value, struct registers *next)
{
	next->value[reg] = value;
	next->slot[reg] = 0;
	next->known |= BIT(reg);
	next->proven = (next->proven & ~BIT(reg)) | (w->recording ? BIT(reg) : 0);
}

static void restore_copy(struct walk *w, unsigned reg, uint64_t from, struct registers *next)
{
	if (from >= REGS || !(w->now.known & BIT(from))) {
		next->known &= ~BIT(reg);
		return;
	}
	restore_value(w, reg, w->now.value[from], next);
	next->slot[reg] = w->now.slot[from];
	if (!(w->now.proven & BIT(from)))
		next->proven &= ~BIT(reg);
}

static void restore(struct walk *w, unsigned reg, uintptr_t cfa, struct registers *next)
{
	int64_t value = w->row.value[reg];
	uintptr_t result;

	switch (w->row.rule[reg]) {
	case RULE_OFFSET:
		restore_from(w, reg, cfa + value, next);
		return;
	case RULE_VAL_OFFSET:
		restore_value(w, reg, cfa + value, next);
		return;
	case RULE_REGISTER:
		restore_copy(w, reg, value, next);
		return;
	case RULE_EXPRESSION:
		if (!evaluate(w, value, &cfa, &result))
			break;
		restore_from(w, reg, result, next);
		return;
	case RULE_VAL_EXPRESSION:
		if (!evaluate(w, value, &cfa, &result))
			break;
		restore_value(w, reg, result, next);
		return;
	}
	next->known &= ~BIT(reg);
}

/* Turns the registers of the current frame into those of its caller. */
static void restore_all(struct walk *w, uintptr_t cfa, struct registers *next)
{
	if (!w->cie.signal_frame)
		next->known &= PRESERVED | w->row.set;
	restore_value(w, RSP, cfa, next);
	next->known &= ~BIT(RA);
	for (uint32_t left = w->row.set; left; left &= left - 1)
		restore(w, __builtin_ctz(left), cfa, next);
}

/* The same where the rules must still see the old registers; apart, for this copy is rare. */
static __attribute__((noinline)) void restore_entangled(struct walk *w, uintptr_t cfa)
{
	struct registers next = w->now;

	restore_all(w, cfa, &next);
	w->now = next;
}

/* From the current frame to its caller by the row found. Returns 0 if that cannot be. */
static int step(struct walk *w)
{
	uintptr_t sp = w->now.value[RSP], cfa;

	w->low = w->exact ? sp - RED_ZONE : sp;
	w->high = stack_end(sp);
	if (!compute_cfa(w, &cfa))
		return 0;
	if (w->row.entangled)
		restore_entangled(w, cfa);
	else
		restore_all(w, cfa, &w->now);
	w->exact = w->cie.signal_frame;
	return depend(w, RA) && depend(w, RSP);
}

/* --- the walk --- */

/* Inlined, so that the registers are those of a frame that stays until the walk is done. */
static inline __attribute__((always_inline)) void capture(struct registers *now)
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
	for (int reg = 0; reg < REGS; reg++)
		now->slot[reg] = 0;
	now->known = PRESERVED;
	now->proven = ALWAYS_KNOWN;
}

/* Walks our own frames, up to the one at `cfa`. Returns 0 if it is not found. */
static int skip_own(struct walk *w, uintptr_t cfa)
{
	for (int i = 0; i < OWN_FRAMES_MAX; i++) {
		if (!find_row(w) || w->row.rule[RA] == RULE_UNDEFINED || !step(w))
			return 0;
		if (w->now.value[RSP] >= cfa)
			break;
	}
	w->now.proven = ALWAYS_KNOWN;
	return w->now.value[RSP] == cfa && w->now.value[RA] == w->out->pc[0];
}

/* One more frame. Returns 0 at the end of the walk, however it ends. */
static int walk_frame(struct walk *w, uint32_t max)
{
	struct sn_unwind *u = w->out;
	uint32_t checks = u->check_count;

	if (!find_row(w))
		return 0;
	if (w->row.rule[RA] == RULE_UNDEFINED) {
		u->complete = 1;
		return 0;
	}
	if (u->depth >= max)
		return 0;
	if (!step(w)) {
		/* Other words on the stack might have let it go on. */
		u->uncacheable = 1;
		u->check_count = checks;
		return 0;
	}
	if (!w->now.value[RA]) {
		u->complete = !w->exact;
		return 0;
	}
	u->pc[u->depth++] = w->now.value[RA];
	return 1;
}

/* Leaves alone what need not be set: the rows, and the registers. */
static void begin_walk(struct walk *w, struct sn_unwind *u, uintptr_t cfa)
{
	w->out = u;
	w->floor = cfa - 2 * sizeof(uintptr_t);
	w->start = w->end = w->header = 0;
	w->exact = 1;
	w->recording = 0;
	w->cie.at = NULL;
}

int sn_unwind_cfi_usable(void)
{
	return _dl_find_object != NULL;
}

__attribute__((noinline)) uint32_t sn_unwind_by_cfi(struct sn_unwind *u, uintptr_t cfa,
						    uint32_t max)
{
	struct walk w;

	sn_unwind_begin(u, cfa);
	begin_walk(&w, u, cfa);
	capture(&w.now);
	if (max > SN_UNWIND_MAX)
		max = SN_UNWIND_MAX;
	if (!skip_own(&w, cfa))
		return u->depth;
	w.recording = 1;
	u->uncacheable = 0;
	while (walk_frame(&w, max))
		;
	return u->depth;
}

#else

int sn_unwind_cfi_usable(void)
{
	return 0;
}

uint32_t sn_unwind_by_cfi(struct sn_unwind *u, uintptr_t cfa, uint32_t max)
{
	(void)max;
	sn_unwind_begin(u, cfa);
	return u->depth;
}

#endif
