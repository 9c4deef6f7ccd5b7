/* SPDX-License-Identifier: Apache-2.0
 *
 * See straight.h. Encodings are those of the Intel 64 manual, volume 2, appendix A. */
#include "graph/straight.h"

#if defined(__x86_64__)

struct code {
	const uint8_t *at, *end;
	int wide;   /* REX.W */
	int narrow; /* the operand-size prefix */
};

static int skip(struct code *c, uint32_t n)
{
	if (n > (uint32_t)(c->end - c->at))
		return 0;
	c->at += n;
	return 1;
}

/* The operand byte with what belongs to it: scale, displacement; *reg gets its middle field. */
static int skip_operand(struct code *c, uint32_t *reg)
{
	if (c->at == c->end)
		return 0;
	uint8_t m = *c->at++, mod = m >> 6, rm = m & 7;
	*reg = m >> 3 & 7;
	if (mod == 3)
		return 1;
	if (rm == 4) {
		if (c->at == c->end)
			return 0;
		uint8_t base = *c->at++ & 7;
		if (mod == 0 && base == 5)
			return skip(c, 4);
	} else if (mod == 0 && rm == 5) {
		return skip(c, 4);
	}
	return skip(c, mod == 1 ? 1 : mod == 2 ? 4 : 0);
}

static void take_prefixes(struct code *c)
{
	c->wide = c->narrow = 0;
	while (c->at < c->end && (*c->at == 0x66 || (*c->at & 0xf0) == 0x40)) {
		c->narrow |= *c->at == 0x66;
		c->wide |= (*c->at & 0xf8) == 0x48;
		c->at++;
	}
}

/* Two-byte opcodes: nop, and moves of vectors, bytes and words. */
static int skip_move_0f(struct code *c)
{
	uint32_t reg;
	if (c->at == c->end)
		return 0;
	switch (*c->at++) {
	case 0x10:
	case 0x11:
	case 0x1f:
	case 0x28:
	case 0x29:
	case 0x6f:
	case 0x7f:
	case 0xb6:
	case 0xb7:
	case 0xbe:
	case 0xbf:
		return skip_operand(c, &reg);
	default:
		return 0;
	}
}

/* One instruction that moves data and decides nothing. */
static int skip_move(struct code *c)
{
	uint32_t reg;
	uint8_t op = *c->at++;
	switch (op) {
	case 0x88: /* mov */
	case 0x89:
	case 0x8a:
	case 0x8b:
	case 0x8d: /* lea */
	case 0x31: /* xor, which clears */
	case 0x33:
		return skip_operand(c, &reg);
	case 0xc6:
		return skip_operand(c, &reg) && reg == 0 && skip(c, 1);
	case 0xc7:
		return skip_operand(c, &reg) && reg == 0 && skip(c, c->narrow ? 2 : 4);
	case 0x90:
		return 1;
	case 0x0f:
		return skip_move_0f(c);
	default:
		if (op >= 0x50 && op <= 0x5f) /* push, pop */
			return 1;
		if (op >= 0xb8 && op <= 0xbf)
			return skip(c, c->wide ? 8 : 4);
		return 0;
	}
}

/* call near, or through memory or a register. */
static int skip_call(struct code *c)
{
	uint32_t reg;
	if (*c->at == 0xe8)
		return skip(c, 5);
	if (*c->at != 0xff)
		return 0;
	c->at++;
	return skip_operand(c, &reg) && reg == 2;
}

int sn_straight(const uint8_t *code, uint32_t n)
{
	struct code c = {.at = code, .end = code + n};
	while (c.at < c.end) {
		take_prefixes(&c);
		if (c.at == c.end)
			return 0;
		if (*c.at == 0xe8 || *c.at == 0xff)
			return skip_call(&c) && c.at == c.end;
		if (!skip_move(&c))
			return 0;
	}
	return 0;
}

#else

int sn_straight(const uint8_t *code, uint32_t n)
{
	(void)code;
	(void)n;
	return 0;
}

#endif
