/* SPDX-License-Identifier: Apache-2.0
 *
 * See entries.h. */
#include "race/entries.h"
#include <string.h>
#include "race/set.h"

/* A reference, above the empty byte mask: a number of 32 bits and what it numbers. */
enum form { SET = 1, SMALL, LARGE };
#define FORM_SHIFT 40
#define SMALL_MOST 7 /* with the count a cache line */

static struct sn_race_pool small = SN_RACE_POOL(8 * (SMALL_MOST + 1), 1u << 24);
static struct sn_race_pool large = SN_RACE_POOL(8 * (SN_ENTRIES_MOST + 1), 1u << 20);

#define STRIPES 1024
static struct sn_race_lock stripes[STRIPES];

struct sn_race_lock *sn_entries_lock(const struct sn_word *word)
{
	return &stripes[((uintptr_t)word * 0x9e3779b97f4a7c15u) >> 54];
}

static uint64_t reference(enum form form, uint32_t number)
{
	return (uint64_t)form << FORM_SHIFT | (uint64_t)number << 8;
}

static enum form form_of(uint64_t cell)
{
	return (enum form)(cell >> FORM_SHIFT);
}

static uint32_t number_of(uint64_t cell)
{
	return (uint32_t)(cell >> 8);
}

/* The entries that a reference means; their count. */
static uint32_t find(uint64_t cell, uint64_t **at)
{
	uint64_t *block = NULL;
	if (form_of(cell) == SET)
		return sn_set_at(number_of(cell), at);
	block = sn_race_pool_at(form_of(cell) == SMALL ? &small : &large, number_of(cell));
	*at = block + 1;
	uint32_t count = (uint32_t)__atomic_load_n(block, __ATOMIC_RELAXED);
	return count < SN_ENTRIES_MOST ? count : SN_ENTRIES_MOST;
}

void sn_entries_load(uint64_t cell, struct sn_entries *e)
{
	uint64_t *at = &cell;
	e->again = 0;
	e->count = sn_cell_is_reference(cell) ? find(cell, &at) : cell != 0;
	memcpy(e->at, at, e->count * sizeof *at);
}

static void give_back(uint64_t cell)
{
	if (!sn_cell_is_reference(cell) || form_of(cell) == SET)
		return;
	sn_race_pool_give(form_of(cell) == SMALL ? &small : &large, number_of(cell));
}

static int is_for_set(const struct sn_entries *e)
{
	if (e->count > SN_SET_MOST || (e->again && sn_set_is_half_full()))
		return 0;
	for (uint32_t i = 0; i < e->count; i++)
		if (e->at[i] & SN_CELL_ATOMIC)
			return 0;
	return 1;
}

/* A record for that many, the old one if it will do; 0 where there is no memory. */
static uint64_t record_for(uint64_t old, uint32_t count)
{
	enum form form = count <= SMALL_MOST ? SMALL : LARGE;
	if (sn_cell_is_reference(old) && form_of(old) == form)
		return old;
	uint32_t number = sn_race_pool_take(form == SMALL ? &small : &large);
	return number ? reference(form, number) : 0;
}

static uint64_t store_record(uint64_t old, const struct sn_entries *e)
{
	uint64_t cell = record_for(old, e->count), *at;
	if (!cell) {
		sn_race_lose(SN_LOSS_CELL);
		return e->at[e->count - 1];
	}
	find(cell, &at);
	for (uint32_t i = 0; i < e->count; i++)
		__atomic_store_n(&at[i], e->at[i], __ATOMIC_RELAXED);
	__atomic_store_n(&at[-1], e->count, __ATOMIC_RELAXED);
	return cell;
}

static uint64_t store_many(uint64_t old, struct sn_entries *e)
{
	uint32_t set = is_for_set(e) ? sn_set_intern(e->at, e->count) : 0;
	return set ? reference(SET, set) : store_record(old, e);
}

void sn_entries_store(uint64_t *cell, struct sn_entries *e)
{
	uint64_t old = __atomic_load_n(cell, __ATOMIC_RELAXED);
	uint64_t new = e->count > 1 ? store_many(old, e) : e->count ? e->at[0] : 0;
	__atomic_store_n(cell, new, __ATOMIC_RELEASE);
	if (old != new)
		give_back(old);
}

static void strip(uint64_t *cell, uint32_t bytes)
{
	struct sn_entries e;
	uint32_t kept = 0;
	sn_entries_load(__atomic_load_n(cell, __ATOMIC_RELAXED), &e);
	for (uint32_t i = 0; i < e.count; i++) {
		e.at[kept] = e.at[i] & ~(uint64_t)bytes;
		kept += sn_cell_bytes(e.at[kept]) != 0;
	}
	e.count = kept;
	sn_entries_store(cell, &e);
}

void sn_entries_forget(struct sn_word *word, uint32_t bytes)
{
	struct sn_race_lock *lock = sn_entries_lock(word);
	sn_race_lock(lock);
	strip(&word->write, bytes);
	strip(&word->read, bytes);
	sn_race_unlock(lock);
}

int sn_entries_have(uint64_t cell, uint64_t stamp, uint32_t bytes, int plain)
{
	uint64_t *at, compared = SN_CELL_STAMP | (plain ? SN_CELL_ATOMIC : 0);
	uint32_t count = find(cell, &at);
	for (uint32_t i = 0; i < count; i++) {
		uint64_t entry = __atomic_load_n(&at[i], __ATOMIC_RELAXED);
		if (!((entry ^ stamp) & compared))
			bytes &= ~sn_cell_bytes(entry);
	}
	return !bytes;
}
