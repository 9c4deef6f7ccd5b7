/* SPDX-License-Identifier: Apache-2.0
 *
 * Accesses to memory, and whether they race: two accesses to the same byte by different threads, of
 * which one at least writes and one at least is not atomic, and neither happens before the other.
 *
 * 1. An access that its thread has made in the same way since it last released anything tells
 * nothing new (sn_race_seen; inline, two loads and two comparisons).
 * 2. Else it is compared with the entries of its words' cells, and every unordered conflict is a
 * race.
 * 3. Then it is added; an older entry's bytes go where the new one says as much: the older happens
 *    before it, and whatever conflicts with the older conflicts with the new.
 * So if an access races with any earlier one, at any distance, it is seen to race with one of those
 * that are kept. References: FastTrack (PLDI 2009) for epochs, DJIT+ for vector clocks. */
#ifndef SN_RACE_ACCESS_H
#define SN_RACE_ACCESS_H

#include "race/entries.h"
#include "race/thread.h"

#define SN_RACE_READ 0u
#define SN_RACE_WRITE 1u
#define SN_RACE_ATOMIC 2u

/* One side of a race. */
struct sn_race_side {
	uintptr_t address;
	size_t size;
	uint32_t what; /* SN_RACE_… */
	uint32_t context;
	uint32_t serial; /* of the thread */
};

struct sn_race {
	struct sn_race_side now;
	struct sn_race_side before;
};

/* Called for each access that races, once for the access, by its thread `t`, which is marked busy.
 */
extern void (*sn_race_found)(struct sn_race_thread *t, const struct sn_race *race);

/* Bytes address..address+size-1, however they lie. */
void sn_race_access(struct sn_race_thread *t, uintptr_t address, size_t size, uint32_t what,
		    uint32_t context);

/* The same, of an atomic operation that is open (sync.h). */
void sn_race_access_within(struct sn_race_thread *t, uintptr_t address, size_t size, uint32_t what,
			   uint32_t context);

/* The bytes are new memory: nobody has accessed them, and no synchronisation object lies there. */
void sn_race_forget(struct sn_race_thread *t, uintptr_t address, size_t size);

static inline int sn_race_is_seen(uint64_t cell, uint64_t stamp, uint32_t bytes, uint64_t atomic)
{
	/* What was not atomic counts for both, what was atomic only for itself. */
	return !((cell ^ stamp) & (SN_CELL_STAMP | (SN_CELL_ATOMIC & ~atomic))) &&
	       !(bytes & ~(uint32_t)cell);
}

/* Whether the access, of 1, 2, 4 or 8 bytes within one word, tells nothing new. `what` is constant.
 */
static inline int sn_race_seen(const struct sn_race_thread *t, uintptr_t address, size_t size,
			       uint32_t what)
{
	const struct sn_leaf *leaf = sn_shadow_leaf(address);
	if (sn_race_unlikely(!leaf))
		return 0;
	const struct sn_word *word = &leaf->words[(address & (SN_LEAF_BYTES - 1)) >> 3];
	uint32_t bytes = (0xffu >> (8 - size)) << (address & 7);
	uint64_t atomic = what & SN_RACE_ATOMIC ? SN_CELL_ATOMIC : 0;
	if (!(what & SN_RACE_WRITE) &&
	    sn_race_is_seen(__atomic_load_n(&word->read, __ATOMIC_RELAXED), t->stamp, bytes,
			    atomic))
		return 1;
	return sn_race_is_seen(__atomic_load_n(&word->write, __ATOMIC_RELAXED), t->stamp, bytes,
			       atomic);
}

/* The same where the word's cell has several entries. */
static inline int sn_race_seen_among(const struct sn_race_thread *t, uintptr_t address, size_t size,
				     uint32_t what)
{
	struct sn_leaf *leaf = sn_shadow_leaf(address);
	if (!leaf || (address & 7) + size > 8)
		return 0;
	const struct sn_word *word = sn_shadow_word(leaf, address);
	uint64_t written = __atomic_load_n(&word->write, __ATOMIC_ACQUIRE);
	uint64_t read = __atomic_load_n(&word->read, __ATOMIC_ACQUIRE);
	uint32_t bytes = (0xffu >> (8 - size)) << (address & 7);
	int plain = !(what & SN_RACE_ATOMIC);
	if (!(what & SN_RACE_WRITE) && sn_cell_is_reference(read) &&
	    sn_entries_have(read, t->stamp, bytes, plain))
		return 1;
	return sn_cell_is_reference(written) && sn_entries_have(written, t->stamp, bytes, plain);
}

#endif
