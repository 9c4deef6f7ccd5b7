/* SPDX-License-Identifier: Apache-2.0
 *
 * See result.h. No instruction is decoded: a comparison with ETIMEDOUT has few forms, whose bytes
 * are looked for. */
#include "graph/result.h"

#include <errno.h>

#define CODE_BYTES 160

#if defined(__x86_64__)

/* The bytes of a memory operand or register behind the opcode, where its middle says `compare`
 * (7); 0 where it does not. */
static uint32_t operand_bytes(const uint8_t *c)
{
	uint32_t how = c[0] >> 6, base = c[0] & 7, index = base == 4 && how != 3;

	if ((c[0] >> 3 & 7) != 7 || (how == 0 && base == 5))
		return 0;
	return 1 + index + (how == 1 ? 1 : how == 2 ? 4 : 0);
}

/* cmp $ETIMEDOUT, of a register or of memory. */
static int compares(const uint8_t *c)
{
	uint32_t n = c[0] == 0x83 ? operand_bytes(c + 1) : 0;

	if (c[0] == 0x3d)
		return c[1] == ETIMEDOUT && !c[2] && !c[3] && !c[4];
	return n && c[1 + n] == ETIMEDOUT;
}

int sn_result_is_looked_at(int (*read)(void *context, uint64_t address, void *to, uint32_t n),
			   void *context, uint64_t address)
{
	uint8_t code[CODE_BYTES + 8] = {0};

	if (read(context, address, code, CODE_BYTES))
		return 0;
	if (code[0] == 0x85 && code[1] == 0xc0) /* test %eax,%eax */
		return 1;
	for (uint32_t i = 0; i + 8 < CODE_BYTES; i++)
		if (compares(code + i))
			return 1;
	return 0;
}

#else

int sn_result_is_looked_at(int (*read)(void *context, uint64_t address, void *to, uint32_t n),
			   void *context, uint64_t address)
{
	(void)read, (void)context, (void)address;
	return 0;
}

#endif
