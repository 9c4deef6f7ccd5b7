/* SPDX-License-Identifier: Apache-2.0
 *
 * The shadow: for each eight bytes of the program's memory a cell of writes and one of reads, and a
 * place to find the synchronisation objects that lie there.  Two levels: a table of leaves by
 * address, and leaves made as they are needed.  Nothing lies at an address of its own choice, so
 * the program may use its memory as it likes.  Untouched parts of both take no space. */
#ifndef SN_RACE_SHADOW_H
#define SN_RACE_SHADOW_H

#include "race/cell.h"
#include "race/memory.h"

struct sn_word {
	uint64_t write;
	uint64_t read;
};

#define SN_LEAF_SHIFT 22 /* 4 MiB of the program's memory have one leaf */
#define SN_LEAF_BYTES ((uintptr_t)1 << SN_LEAF_SHIFT)
#define SN_ADDRESS_BITS 47
/* So many bytes share a list of synchronisation objects. */
#define SN_SYNC_SHIFT 8

struct sn_leaf {
	struct sn_word words[SN_LEAF_BYTES / 8];
	uint32_t syncs[SN_LEAF_BYTES >> SN_SYNC_SHIFT];
	uint32_t has_syncs;
};

extern struct sn_leaf **sn_shadow_top;

/* Makes the first level. Returns 0 or a negative errno. */
int sn_shadow_start(void);

/* Makes the leaf for this address; NULL where there is no room, or no such memory. */
SN_RACE_COLD struct sn_leaf *sn_shadow_grow(uintptr_t address);

static inline struct sn_leaf *sn_shadow_leaf(uintptr_t address)
{
	if (sn_race_unlikely(address >> SN_ADDRESS_BITS))
		return NULL;
	return __atomic_load_n(&sn_shadow_top[address >> SN_LEAF_SHIFT], __ATOMIC_ACQUIRE);
}

static inline struct sn_leaf *sn_shadow_leaf_make(uintptr_t address)
{
	struct sn_leaf *leaf = sn_shadow_leaf(address);
	return sn_race_likely(leaf) ? leaf : sn_shadow_grow(address);
}

static inline struct sn_word *sn_shadow_word(struct sn_leaf *leaf, uintptr_t address)
{
	return &leaf->words[(address & (SN_LEAF_BYTES - 1)) >> 3];
}

/* What was known of these bytes is forgotten, and the space is given back: they are new memory,
 * which nobody has touched. */
void sn_shadow_forget(uintptr_t address, size_t size);

#endif
