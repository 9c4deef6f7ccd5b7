/* SPDX-License-Identifier: Apache-2.0
 *
 * Reading call frame information (see base/unwind_internal.h) byte by byte, never beyond its end:
 * what is not there reads as 0, and `bad` stays set.  The numbers are those of DWARF 5,
 * section 7.6, and of the DW_EH_PE_… encodings of the Linux Standard Base.  Inline, for this is
 * where an unwinder spends its time; included by the base/unwind*.c files only. */
#ifndef SN_BASE_UNWIND_READ_H
#define SN_BASE_UNWIND_READ_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct sn_bytes {
	const uint8_t *p;
	const uint8_t *end;
	int bad;
};

/* size: 1, 2, 4 or 8, a constant. */
static inline __attribute__((always_inline)) uint64_t sn_take(struct sn_bytes *r, size_t size)
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

static inline uint64_t sn_take_uleb(struct sn_bytes *r)
{
	uint64_t value = 0;
	uint8_t byte;

	for (unsigned shift = 0;; shift += 7) {
		byte = sn_take(r, 1);
		if (shift < 64)
			value |= (uint64_t)(byte & 0x7f) << shift;
		if (!(byte & 0x80))
			return value;
	}
}

static inline int64_t sn_take_sleb(struct sn_bytes *r)
{
	uint64_t value = 0;
	unsigned shift = 0;
	uint8_t byte;

	do {
		byte = sn_take(r, 1);
		if (shift < 64)
			value |= (uint64_t)(byte & 0x7f) << shift;
		shift += 7;
	} while (byte & 0x80);
	if (shift < 64 && (byte & 0x40))
		value |= ~0ull << shift;
	return value;
}

static inline void sn_skip(struct sn_bytes *r, uint64_t size)
{
	if ((uint64_t)(r->end - r->p) < size)
		r->bad = 1;
	else
		r->p += size;
}

/* The number in a DW_EH_PE_… encoded pointer, before what it is relative to is added. */
static inline uint64_t sn_take_format(struct sn_bytes *r, unsigned encoding)
{
	switch (encoding & 0x0f) {
	case 0x00: /* absptr */
	case 0x04: /* udata8 */
	case 0x0c: /* sdata8 */
		return sn_take(r, 8);
	case 0x01:
		return sn_take_uleb(r);
	case 0x02:
		return sn_take(r, 2);
	case 0x03:
		return sn_take(r, 4);
	case 0x09:
		return sn_take_sleb(r);
	case 0x0a:
		return (int64_t)(int16_t)sn_take(r, 2);
	case 0x0b:
		return (int64_t)(int32_t)sn_take(r, 4);
	}
	r->bad = 1;
	return 0;
}

/* An encoded address. Those relative to a text or function start do not occur on x86-64. */
static inline uintptr_t sn_take_address(struct sn_bytes *r, unsigned encoding)
{
	uintptr_t base = 0;

	if ((encoding & 0xf0) == 0x10) /* pcrel */
		base = (uintptr_t)r->p;
	else if (encoding & 0xf0)
		r->bad = 1;
	return base + sn_take_format(r, encoding);
}

static inline void sn_skip_address(struct sn_bytes *r, unsigned encoding)
{
	if (encoding == 0xff) /* omit */
		return;
	if ((encoding & 0x70) == 0x50) /* aligned */
		sn_skip(r, -(uintptr_t)r->p & 7);
	sn_take_format(r, encoding);
}

#endif
