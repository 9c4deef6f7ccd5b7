/* SPDX-License-Identifier: Apache-2.0
 *
 * Cells that need more than one entry.  Up to SN_SET_MOST plain ones are an interned set: memory
 * that many threads read in the same way, or whose structs were all filled by the same code, shares
 * a few of them.  Sets are never freed, so there is a limit to them; where it is reached, where
 * more entries are needed, and for atomic accesses, whose clocks are always new, the cell has a
 * record of its own, which is given back when one entry is enough again.  A cell is changed with
 * its word's lock held; a cell that is one entry before and after may be changed without. */
#ifndef SN_RACE_ENTRIES_H
#define SN_RACE_ENTRIES_H

#include "race/loss.h"
#include "race/shadow.h"

#define SN_SET_MOST 8
#define SN_ENTRIES_MOST 63

struct sn_entries {
	uint32_t count;
	uint32_t again; /* one of these was replaced by a newer one of its thread */
	uint64_t at[SN_ENTRIES_MOST];
};

struct sn_race_lock *sn_entries_lock(const struct sn_word *word);

/* With the word's lock held. */
void sn_entries_load(uint64_t cell, struct sn_entries *entries);
/* Stores them into the cell that they were loaded from, or into an empty one. */
void sn_entries_store(uint64_t *cell, struct sn_entries *entries);

/* Takes the word's lock; these bytes (a mask) have not been accessed by anybody. */
void sn_entries_forget(struct sn_word *word, uint32_t bytes);

/* Whether a cell that is a reference has, of this thread at this time, accesses to all these bytes;
 * `plain`: only those that are not atomic count. Without a lock: a set never changes; of a record
 * that changes meanwhile the answer may be outdated. */
int sn_entries_have(uint64_t cell, uint64_t stamp, uint32_t bytes, int plain);

#endif
