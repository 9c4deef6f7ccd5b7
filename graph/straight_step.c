/* SPDX-License-Identifier: Apache-2.0
 *
 * One instruction of a walk (graph/straight_way.h).  Encodings are those of the Intel 64 manual,
 * volume 2, appendix A.  Of arithmetic only sums with known numbers are kept; whatever else is
 * computed is not known. Atomic operations, string operations and system calls end the walk. */
#include "graph/straight_way.h"

#if defined(__x86_64__)

#define CODE_BYTES 15
#define GUARD 0x28 /* where a thread keeps the number that guards its frames */

struct step {
	struct sn_walk *w;
	uint8_t code[CODE_BYTES];
	uint32_t n, i;
	int wide, narrow, fs, rex;
	uint32_t rex_r, rex_x, rex_b;
	uint32_t bytes; /* of the operands */
	/* The operand byte: a register and a place. */
	uint32_t reg, rm;
	int in_register;
	struct sn_value place;
};

static void lose(struct step *s)
{
	s->w->state = SN_WAY_LOST;
}

static uint8_t next(struct step *s)
{
	if (s->i < s->n)
		return s->code[s->i++];
	lose(s);
	return 0;
}

static int64_t next_number(struct step *s, uint32_t bytes)
{
	uint64_t v = 0;
	for (uint32_t i = 0; i < bytes; i++)
		v |= (uint64_t)next(s) << 8 * i;
	return bytes < 8 ? (int64_t)(v << (64 - 8 * bytes)) >> (64 - 8 * bytes) : (int64_t)v;
}

static struct sn_value number(int64_t v)
{
	return (struct sn_value){.offset = v};
}

static struct sn_value sum(struct step *s, struct sn_value a, struct sn_value b)
{
	if (a.base && b.base)
		return sn_way_fresh(s->w);
	return (struct sn_value){a.base | b.base, a.offset + b.offset};
}

/* Scale, index and base. */
static struct sn_value scaled(struct step *s, uint32_t mod)
{
	uint8_t sib = next(s);
	uint32_t index = (sib >> 3 & 7) | s->rex_x, base = (sib & 7) | s->rex_b;
	struct sn_value v = number(0);
	if ((sib & 7) == 5 && mod == 0)
		v = number(next_number(s, 4));
	else
		v = s->w->registers[base];
	if (index != SN_WAY_RSP) {
		struct sn_value by = s->w->registers[index];
		by = by.base ? sn_way_fresh(s->w) : number(by.offset * (1 << (sib >> 6)));
		v = sum(s, v, by);
	}
	return v;
}

/* `after`: bytes of the instruction behind the operand, for what is relative to its end. */
static void take_operand(struct step *s, uint32_t after)
{
	uint8_t m = next(s);
	uint32_t mod = m >> 6, rm = m & 7;
	s->reg = (m >> 3 & 7) | s->rex_r;
	s->rm = rm | s->rex_b;
	s->in_register = mod == 3;
	if (s->in_register)
		return;
	if (rm == 4) {
		s->place = scaled(s, mod);
	} else if (mod == 0 && rm == 5) {
		int64_t far = next_number(s, 4);
		s->place = number((int64_t)(s->w->at + s->i + after) + far);
	} else {
		s->place = s->w->registers[s->rm];
	}
	if (mod == 1)
		s->place.offset += next_number(s, 1);
	else if (mod == 2)
		s->place.offset += next_number(s, 4);
}

/* A register's low part; of an unknown one only the whole is the same number. */
static struct sn_value part_of(struct step *s, struct sn_value v, uint32_t bytes)
{
	if (bytes == 8)
		return v;
	if (v.base)
		return sn_way_fresh(s->w);
	return number((int64_t)((uint64_t)v.offset << (64 - 8 * bytes)) >> (64 - 8 * bytes));
}

/* ah, ch, dh, bh. */
static int is_high_byte(const struct step *s, uint32_t r, uint32_t bytes)
{
	return bytes == 1 && !s->rex && r >= 4;
}

static struct sn_value get_register(struct step *s, uint32_t r, uint32_t bytes)
{
	if (is_high_byte(s, r, bytes))
		return sn_way_fresh(s->w);
	return part_of(s, s->w->registers[r], bytes);
}

static void set_register(struct step *s, uint32_t r, uint32_t bytes, struct sn_value v)
{
	struct sn_value *to = &s->w->registers[is_high_byte(s, r, bytes) ? r - 4 : r];
	if (bytes == 8)
		*to = v;
	else if (bytes == 4)
		*to = v.base ? sn_way_fresh(s->w) : number((int64_t)(uint32_t)v.offset);
	else if (!v.base && !to->base && !is_high_byte(s, r, bytes))
		to->offset = (to->offset & ~((1ll << 8 * bytes) - 1)) |
			     (v.offset & ((1ll << 8 * bytes) - 1));
	else
		*to = sn_way_fresh(s->w);
}

static struct sn_value get_place(struct step *s, uint32_t bytes)
{
	if (s->in_register)
		return get_register(s, s->rm, bytes);
	if (s->fs)
		return sn_way_fresh(s->w);
	return sn_way_load(s->w, s->place, bytes);
}

static void set_place(struct step *s, uint32_t bytes, struct sn_value v)
{
	if (s->in_register)
		set_register(s, s->rm, bytes, v);
	else if (!s->fs)
		sn_way_store(s->w, s->place, bytes, v);
}

static void compare(struct step *s, struct sn_value a, struct sn_value b)
{
	s->w->flags_known = a.base == b.base;
	s->w->flag_base = a.base;
	s->w->flag_a = a.offset;
	s->w->flag_b = b.offset;
}

static void test(struct step *s, struct sn_value a, struct sn_value b)
{
	compare(s, number(a.offset & b.offset), number(0));
	if (a.base || b.base)
		s->w->flags_known = 0;
}

enum { ADD, OR, ADC, SBB, AND, SUB, XOR, CMP };

/* The result of a op b, and the flags. */
static struct sn_value compute(struct step *s, uint32_t op, struct sn_value a, struct sn_value b,
			       int same)
{
	struct sn_value v = sn_way_fresh(s->w);
	if ((op == SUB || op == XOR) && same)
		v = number(0);
	else if (op == ADD)
		v = sum(s, a, b);
	else if (op == SUB && !b.base)
		v = (struct sn_value){a.base, a.offset - b.offset};
	else if (!a.base && !b.base && (op == AND || op == OR || op == XOR))
		v = number(op == AND  ? a.offset & b.offset
			   : op == OR ? a.offset | b.offset
				      : a.offset ^ b.offset);
	if (op == CMP || op == SUB)
		compare(s, a, same ? a : b);
	else
		compare(s, v, number(0));
	if (op == ADC || op == SBB)
		s->w->flags_known = 0;
	/* A frame's guard against overruns: it is whole, or the thread would not have come here. */
	if (s->fs && !s->place.base && s->place.offset == GUARD &&
	    (op == SUB || op == XOR || op == CMP))
		compare(s, number(0), number(0));
	return v;
}

/* 00 to 3f, without those that are something else. */
static void arithmetic(struct step *s, uint8_t code)
{
	uint32_t op = code >> 3, form = code & 7, bytes = form & 1 ? s->bytes : 1;
	struct sn_value a, b, v;
	if (form > 5) {
		lose(s);
		return;
	}
	if (form > 3) {
		b = number(next_number(s, bytes == 8 ? 4 : bytes));
		v = compute(s, op, get_register(s, 0, bytes), b, 0);
		if (op != CMP)
			set_register(s, 0, bytes, v);
		return;
	}
	take_operand(s, 0);
	int same = s->in_register && s->reg == s->rm;
	a = get_place(s, bytes);
	b = get_register(s, s->reg, bytes);
	v = form < 2 ? compute(s, op, a, b, same) : compute(s, op, b, a, same);
	if (op == CMP)
		return;
	if (form < 2)
		set_place(s, bytes, v);
	else
		set_register(s, s->reg, bytes, v);
}

/* 80, 81, 83: with a number. */
static void arithmetic_number(struct step *s, uint8_t code)
{
	uint32_t bytes = code == 0x80 ? 1 : s->bytes;
	uint32_t size = code == 0x81 ? (bytes == 8 ? 4 : bytes) : 1;
	take_operand(s, size);
	struct sn_value a = get_place(s, bytes), b = number(next_number(s, size));
	struct sn_value v = compute(s, s->reg & 7, a, b, 0);
	if ((s->reg & 7) != CMP)
		set_place(s, bytes, v);
}

static void push(struct step *s, struct sn_value v)
{
	struct sn_value *rsp = &s->w->registers[SN_WAY_RSP];
	rsp->offset -= 8;
	sn_way_store(s->w, *rsp, 8, v);
}

static struct sn_value pop(struct step *s)
{
	struct sn_value *rsp = &s->w->registers[SN_WAY_RSP], v = sn_way_load(s->w, *rsp, 8);
	rsp->offset += 8;
	return v;
}

static uint64_t here(const struct step *s)
{
	return s->w->at + s->i;
}

/* To where a jump or call through a place goes; only what the loader has put there is known. */
static uint64_t target_at(struct step *s)
{
	uint64_t target = 0;
	if (s->in_register || s->place.base ||
	    s->w->way->read(s->w->way->context, (uint64_t)s->place.offset, &target, sizeof target))
		lose(s);
	return target;
}

/* fe, ff. */
static void group_ff(struct step *s, uint8_t code)
{
	uint32_t bytes = code & 1 ? s->bytes : 1, op;
	take_operand(s, 0);
	op = s->reg & 7;
	if (op < 2) {
		struct sn_value v = sum(s, get_place(s, bytes), number(op ? -1 : 1));
		set_place(s, bytes, v);
		compare(s, v, number(0));
	} else if (op == 2 && code == 0xff) {
		uint64_t target = target_at(s);
		if (s->w->state == SN_WAY_ON)
			sn_way_call(s->w, target, here(s));
		s->i = 0;
	} else if (op == 4 && code == 0xff) {
		uint64_t target = target_at(s);
		if (s->w->state == SN_WAY_ON)
			sn_way_go(s->w, target);
		s->i = 0;
	} else if (op == 6 && code == 0xff) {
		push(s, get_place(s, 8));
	} else {
		lose(s);
	}
}

/* f6, f7: test, not, neg; what multiplies and divides is not looked at. */
static void group_f7(struct step *s, uint8_t code)
{
	uint32_t bytes = code & 1 ? s->bytes : 1, size = bytes == 8 ? 4 : bytes;
	int is_test = s->i < s->n && (s->code[s->i] >> 3 & 7) < 2;
	take_operand(s, is_test ? size : 0);
	if (is_test) {
		struct sn_value a = get_place(s, bytes);
		test(s, a, number(next_number(s, size)));
	} else if ((s->reg & 7) < 4) {
		set_place(s, bytes, sn_way_fresh(s->w));
		s->w->flags_known = 0;
	} else {
		lose(s);
	}
}

static void jump_if(struct step *s, uint32_t condition, int64_t far)
{
	int holds = sn_way_condition(s->w, condition);
	if (holds < 0)
		lose(s);
	else if (holds) {
		sn_way_go(s->w, here(s) + (uint64_t)far);
		s->i = 0;
	}
}

static void widen(struct step *s, uint32_t from, int is_signed)
{
	take_operand(s, 0);
	struct sn_value v = get_place(s, from);
	if (!v.base && !is_signed)
		v.offset &= (1ll << 8 * from) - 1;
	set_register(s, s->reg, s->bytes, v.base ? sn_way_fresh(s->w) : v);
}

/* Moves between vector registers and memory: nothing is known of them. */
static void vector(struct step *s, int stores)
{
	take_operand(s, 0);
	if (stores && !s->in_register)
		sn_way_store(s->w, s->place, 16, number(0));
}

static void step_0f(struct step *s)
{
	uint8_t code = next(s);
	if (code >= 0x80 && code <= 0x8f) {
		int64_t far = next_number(s, 4);
		jump_if(s, code & 15, far);
	} else if (code >= 0x90 && code <= 0x9f) {
		take_operand(s, 0);
		int holds = sn_way_condition(s->w, code & 15);
		set_place(s, 1, holds < 0 ? sn_way_fresh(s->w) : number(holds));
	} else if (code >= 0x40 && code <= 0x4f) {
		take_operand(s, 0);
		int holds = sn_way_condition(s->w, code & 15);
		struct sn_value v = get_place(s, s->bytes);
		if (holds)
			set_register(s, s->reg, s->bytes, holds < 0 ? sn_way_fresh(s->w) : v);
	} else if (code == 0xb6 || code == 0xb7 || code == 0xbe || code == 0xbf) {
		widen(s, code & 1 ? 2 : 1, code > 0xb7);
	} else if (code == 0x1e || code == 0x1f) {
		take_operand(s, 0);
	} else if (code == 0x10 || code == 0x12 || code == 0x16 || code == 0x28 || code == 0x57 ||
		   code == 0x6e || code == 0x6f || code == 0x6c || code == 0x14 || code == 0xef) {
		vector(s, 0);
	} else if (code == 0x11 || code == 0x13 || code == 0x17 || code == 0x29 || code == 0x7f ||
		   code == 0xd6) {
		vector(s, 1);
	} else {
		lose(s);
	}
}

static void take_prefixes(struct step *s)
{
	uint8_t c = s->code[s->i];
	while (s->i + 1 < s->n &&
	       (c == 0x66 || c == 0x64 || c == 0x2e || c == 0x3e || c == 0xf2 || c == 0xf3)) {
		s->narrow |= c == 0x66;
		s->fs |= c == 0x64;
		c = s->code[++s->i];
	}
	if ((c & 0xf0) == 0x40) {
		s->rex = 1;
		s->wide = c & 8;
		s->rex_r = c & 4 ? 8 : 0;
		s->rex_x = c & 2 ? 8 : 0;
		s->rex_b = c & 1 ? 8 : 0;
		s->i++;
	}
	s->bytes = s->wide ? 8 : s->narrow ? 2 : 4;
}

static void move(struct step *s, uint8_t code)
{
	uint32_t bytes = code & 1 ? s->bytes : 1;
	take_operand(s, 0);
	if (code < 0x8a)
		set_place(s, bytes, get_register(s, s->reg, bytes));
	else
		set_register(s, s->reg, bytes, get_place(s, bytes));
}

static void move_number(struct step *s, uint8_t code)
{
	uint32_t bytes = code & 1 ? s->bytes : 1, size = bytes == 8 ? 4 : bytes;
	take_operand(s, size);
	if (s->reg & 7)
		lose(s);
	set_place(s, bytes, number(next_number(s, size)));
}

/* The opcodes that have their register in them. */
static int step_short(struct step *s, uint8_t code)
{
	uint32_t r = (code & 7) | s->rex_b;
	switch (code >> 3) {
	case 0x50 >> 3:
		push(s, s->w->registers[r]);
		return 1;
	case 0x58 >> 3:
		s->w->registers[r] = pop(s);
		return 1;
	case 0xb0 >> 3:
		set_register(s, r, 1, number(next_number(s, 1)));
		return 1;
	case 0xb8 >> 3:
		set_register(s, r, s->bytes, number(next_number(s, s->bytes)));
		return 1;
	default:
		return 0;
	}
}

static void step_jump(struct step *s, uint8_t code)
{
	int64_t far;
	switch (code) {
	case 0xc3:
		sn_way_return(s->w);
		break;
	case 0xe8:
		far = next_number(s, 4);
		sn_way_call(s->w, here(s) + (uint64_t)far, here(s));
		break;
	default:
		far = next_number(s, code == 0xe9 ? 4 : 1);
		sn_way_go(s->w, here(s) + (uint64_t)far);
	}
	s->i = 0;
}

static void step_one(struct step *s, uint8_t code)
{
	switch (code) {
	case 0x0f:
		step_0f(s);
		return;
	case 0x63:
		widen(s, 4, 1);
		return;
	case 0x68:
	case 0x6a:
		push(s, number(next_number(s, code == 0x68 ? 4 : 1)));
		return;
	case 0x80:
	case 0x81:
	case 0x83:
		arithmetic_number(s, code);
		return;
	case 0x84:
	case 0x85:
		take_operand(s, 0);
		test(s, get_place(s, code & 1 ? s->bytes : 1),
		     get_register(s, s->reg, code & 1 ? s->bytes : 1));
		return;
	case 0x88:
	case 0x89:
	case 0x8a:
	case 0x8b:
		move(s, code);
		return;
	case 0x8d:
		take_operand(s, 0);
		set_register(s, s->reg, s->bytes, s->place);
		return;
	case 0x90:
		return;
	case 0xc6:
	case 0xc7:
		move_number(s, code);
		return;
	case 0xc9:
		s->w->registers[SN_WAY_RSP] = s->w->registers[SN_WAY_RBP];
		s->w->registers[SN_WAY_RBP] = pop(s);
		return;
	case 0xc3:
	case 0xe8:
	case 0xe9:
	case 0xeb:
		step_jump(s, code);
		return;
	case 0xf6:
	case 0xf7:
		group_f7(s, code);
		return;
	case 0xfe:
	case 0xff:
		group_ff(s, code);
		return;
	default:
		break;
	}
	if (code < 0x40)
		arithmetic(s, code);
	else if (code >> 4 == 7)
		jump_if(s, code & 15, next_number(s, 1));
	else if (!step_short(s, code))
		lose(s);
}

/* The last bytes before a page that is not there are read one by one. */
static void read_code(struct step *s)
{
	const struct sn_way *way = s->w->way;
	s->n = CODE_BYTES;
	if (!way->read(way->context, s->w->at, s->code, s->n))
		return;
	for (s->n = 0; s->n < CODE_BYTES; s->n++)
		if (way->read(way->context, s->w->at + s->n, &s->code[s->n], 1))
			break;
}

void sn_way_step(struct sn_walk *w)
{
	struct step s = {.w = w};
	uint64_t at = w->at;
	read_code(&s);
	if (!s.n) {
		w->state = SN_WAY_LOST;
		return;
	}
	take_prefixes(&s);
	step_one(&s, next(&s));
	if (s.i && w->at == at)
		w->at += s.i;
}

#endif
