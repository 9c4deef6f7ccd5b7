/* SPDX-License-Identifier: Apache-2.0
 *
 * A cell: what is known of the accesses of one kind (writes, or reads) to eight bytes of memory, in
 * one word.  Mostly that is one entry: which bytes, by whom, when, from where.  Several entries (of
 * different bytes, or of threads that are not ordered) lie elsewhere, and the cell refers to them:
 * see entries.h.  Words only; nothing here touches memory. */
#ifndef SN_RACE_CELL_H
#define SN_RACE_CELL_H

#include <stdint.h>

/* An entry, from the low bits up: 8 bits of bytes accessed, the thread's slot, its clock then,
 * whether the access was atomic, and the context (a call stack, numbered by the front). Bytes are
 * never none in an entry: a cell without them is empty (0) or a reference. */
#define SN_CELL_BYTES 0xffull
#define SN_CELL_SLOT_SHIFT 8
#define SN_CELL_SLOT_BITS 12
#define SN_CELL_CLOCK_SHIFT 20
#define SN_CELL_CLOCK_BITS 22
#define SN_CELL_ATOMIC (1ull << 42)
#define SN_CELL_CONTEXT_SHIFT 43
#define SN_CELL_CONTEXT_BITS 21
/* Who and when. */
#define SN_CELL_STAMP (SN_CELL_ATOMIC - 1 - SN_CELL_BYTES)

/* More threads than slots can live, but what one of two that share a slot did is then ordered with
 * what the other does, and races between them are missed. Clocks that have come to their end move
 * their thread to another slot. */
#define SN_SLOTS (1u << SN_CELL_SLOT_BITS)
#define SN_CLOCK_MOST ((1u << SN_CELL_CLOCK_BITS) - 1)
#define SN_CONTEXT_MOST ((1u << SN_CELL_CONTEXT_BITS) - 1)

static inline uint64_t sn_cell_stamp(uint32_t slot, uint32_t clock)
{
	return (uint64_t)slot << SN_CELL_SLOT_SHIFT | (uint64_t)clock << SN_CELL_CLOCK_SHIFT;
}

static inline uint64_t sn_cell_entry(uint64_t stamp, uint32_t bytes, uint64_t atomic,
				     uint32_t context)
{
	return stamp | bytes | atomic | (uint64_t)context << SN_CELL_CONTEXT_SHIFT;
}

static inline uint32_t sn_cell_bytes(uint64_t entry)
{
	return entry & SN_CELL_BYTES;
}

static inline uint32_t sn_cell_slot(uint64_t entry)
{
	return (uint32_t)(entry >> SN_CELL_SLOT_SHIFT) & (SN_SLOTS - 1);
}

static inline uint32_t sn_cell_clock(uint64_t entry)
{
	return (uint32_t)(entry >> SN_CELL_CLOCK_SHIFT) & SN_CLOCK_MOST;
}

static inline uint32_t sn_cell_context(uint64_t entry)
{
	return (uint32_t)(entry >> SN_CELL_CONTEXT_SHIFT);
}

/* It refers to several entries. */
static inline int sn_cell_is_reference(uint64_t cell)
{
	return cell && !(cell & SN_CELL_BYTES);
}

#endif
