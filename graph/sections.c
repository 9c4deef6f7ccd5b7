/* SPDX-License-Identifier: Apache-2.0
 *
 * See sections.h. */
#include "graph/sections.h"
#include "graph/registry.h"

/* The section that is now: nobody else can write while the lock is held for reading. */
static uint32_t section_of(const struct sn_recorder *r, uint32_t lock)
{
	uint32_t sync = sn_rec_lock(r, lock)->sync;
	return sync ? sn_rec_sync(r, sync)->sections & SN_SECTION_MASK : 0;
}

static uint32_t first_of(const struct sn_held *kept)
{
	return kept->mode >> SN_MODE_EPOCH_SHIFT;
}

static uint32_t last_of(const struct sn_held *kept)
{
	return kept->depth & SN_SECTION_MASK;
}

/* The bit of a section that comes soon after the first, else 0. */
static uint32_t bit_of(const struct sn_held *kept, uint32_t section)
{
	uint32_t after = (section - first_of(kept) - 1) & SN_SECTION_MASK;
	return after < SN_SECTIONS_AFTER ? 1u << (24 + after) : 0;
}

static int has(const struct sn_held *kept, uint32_t section)
{
	return section == first_of(kept) || section == last_of(kept) ||
	       kept->depth & bit_of(kept, section);
}

void sn_sections_begin(struct sn_recorder *r, struct sn_held *kept)
{
	const struct sn_lock_rec *lock = sn_rec_lock(r, kept->lock);
	if (!lock->sync)
		sn_registry_sync_new(r, kept->lock);
	uint32_t section = section_of(r, kept->lock);
	kept->mode =
		(kept->mode & ((1u << SN_MODE_EPOCH_SHIFT) - 1)) | section << SN_MODE_EPOCH_SHIFT;
	kept->depth = (kept->depth & ~SN_SECTIONS_BITS) | section;
}

int sn_sections_note(const struct sn_recorder *r, struct sn_held *kept, int change)
{
	uint32_t section = section_of(r, kept->lock), bit = bit_of(kept, section);
	if (has(kept, section))
		return 0;
	if (change && bit)
		kept->depth |= bit;
	else if (change)
		kept->depth = (kept->depth & ~SN_SECTION_MASK) | section;
	return 1;
}

int sn_sections_apart(const struct sn_held *a, const struct sn_held *b)
{
	if (has(b, first_of(a)) || has(b, last_of(a)))
		return 0;
	for (uint32_t i = 1; i <= SN_SECTIONS_AFTER; i++)
		if (a->depth & bit_of(a, first_of(a) + i) &&
		    has(b, (first_of(a) + i) & SN_SECTION_MASK))
			return 0;
	return 1;
}
