/* SPDX-License-Identifier: Apache-2.0
 *
 * Blocks of the heap: where each begins, how long it is, who allocated it where.  Of a freed one
 * that is kept until its place is needed.  Bounded: a table of four places for each 128 bytes of
 * 64 KiB, which stretches of memory share where there are more than 4096 of them; a block that finds
 * none free takes that of another, of which then nothing is known.  All functions may be called by
 * any thread at any time, and wait for nobody. */
#ifndef SN_RACE_BLOCK_H
#define SN_RACE_BLOCK_H

#include <stddef.h>
#include <stdint.h>

struct sn_block {
	uintptr_t start;
	size_t size;
	uint64_t stamp;   /* of the thread that allocated it, as in a cell; 0: not known */
	uint32_t context; /* where it did; 0: not known */
	int freed;
};

void sn_block_note(const struct sn_block *block);
void sn_block_freed(uintptr_t start);

/* The block that the address lies in, a freed one only where no other does. Returns 0 where none is
 * known. */
int sn_block_find(uintptr_t address, struct sn_block *block);

#endif
