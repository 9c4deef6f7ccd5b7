/* SPDX-License-Identifier: Apache-2.0
 *
 * DWARF expressions (DWARF 5, section 2.5), as far as call frame information uses them: procedure
 * linkage tables, signal frames and realigned stacks.  A bounded number of operations on a small
 * stack; what one reads of the program's stack and registers becomes a check of the walk. */
#include "base/unwind_internal.h"

#define EXPRESSION_DEPTH 12  /* the deepest in practice, that of a PLT, needs 4 */
#define EXPRESSION_STEPS 128 /* bounds loops */

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

static void push_register(struct sn_walk *w, struct machine *m, unsigned reg, int64_t offset)
{
	if (sn_walk_depend(w, reg))
		push(m, w->now.value[reg] + offset);
	else
		m->bad = 1;
}

static void dereference(struct sn_walk *w, struct machine *m)
{
	uintptr_t address = pop(m);
	uintptr_t value;

	if (m->bad || !sn_walk_plausible(w, address)) {
		m->bad = 1;
		return;
	}
	value = sn_walk_load(address);
	sn_walk_add_check(w, address, value);
	push(m, value);
}

static int push_constant(struct machine *m, struct sn_bytes *r, unsigned op)
{
	switch (op) {
	case 0x03: /* addr */
	case 0x0e: /* const8u */
	case 0x0f:
		push(m, sn_take(r, 8));
		return 1;
	case 0x08: /* const1u */
		push(m, sn_take(r, 1));
		return 1;
	case 0x09: /* const1s */
		push(m, (int64_t)(int8_t)sn_take(r, 1));
		return 1;
	case 0x0a:
		push(m, sn_take(r, 2));
		return 1;
	case 0x0b:
		push(m, (int64_t)(int16_t)sn_take(r, 2));
		return 1;
	case 0x0c:
		push(m, sn_take(r, 4));
		return 1;
	case 0x0d:
		push(m, (int64_t)(int32_t)sn_take(r, 4));
		return 1;
	case 0x10: /* constu */
		push(m, sn_take_uleb(r));
		return 1;
	case 0x11: /* consts */
		push(m, sn_take_sleb(r));
		return 1;
	}
	return 0;
}

static int rearrange(struct machine *m, struct sn_bytes *r, unsigned op)
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
		pick(m, sn_take(r, 1));
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

static int compute_unary(struct machine *m, struct sn_bytes *r, unsigned op)
{
	switch (op) {
	case 0x1f: /* neg */
		push(m, -pop(m));
		return 1;
	case 0x20: /* not */
		push(m, ~pop(m));
		return 1;
	case 0x23: /* plus_uconst */
		push(m, pop(m) + sn_take_uleb(r));
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

static void jump(struct sn_bytes *r, const uint8_t *start, int taken)
{
	int64_t distance = (int16_t)sn_take(r, 2);

	if (!taken)
		return;
	if (distance < start - r->p || distance > r->end - r->p)
		r->bad = 1;
	else
		r->p += distance;
}

static void operate(struct sn_walk *w, struct machine *m, struct sn_bytes *r, const uint8_t *start)
{
	unsigned op = sn_take(r, 1);

	if (op >= 0x30 && op <= 0x4f) /* lit0 … lit31 */
		push(m, op - 0x30);
	else if (op >= 0x70 && op <= 0x8f) /* breg0 … breg31 */
		push_register(w, m, op - 0x70, sn_take_sleb(r));
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

int sn_unwind_evaluate(struct sn_walk *w, int64_t block, const uintptr_t *first, uintptr_t *result)
{
	struct sn_bytes r = {(const uint8_t *)block, (const uint8_t *)w->table.data_end, 0};
	struct machine m = {.depth = 0, .bad = 0};
	uint64_t length = sn_take_uleb(&r);
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
