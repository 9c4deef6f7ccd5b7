/* SPDX-License-Identifier: Apache-2.0
 *
 * See block.h.  A block is two words: its address and its context, and the rest.  Whoever writes
 * one claims it first by its first word; whoever reads one reads the first word again behind the
 * rest. */
#include "race/block.h"
#include "race/cell.h"
#include "race/memory.h"

struct place {
	uint64_t key;
	uint64_t rest;
};

#define CLAIMED 1ull
#define WAYS 4u
#define CONTEXT_BITS SN_CELL_CONTEXT_BITS
/* Of the rest: slot and clock as they stand in a cell, the size behind it. */
#define STAMP_BITS (SN_CELL_SLOT_BITS + SN_CELL_CLOCK_BITS)
#define FREED (1ull << STAMP_BITS)
#define SIZE_SHIFT (STAMP_BITS + 1)
#define SIZE_MOST ((1ull << (64 - SIZE_SHIFT)) - 1)

/* Stretches of 64 KiB share `BUCKETS` parts of the table, each with one place for each 32 bytes: no
 * two blocks begin closer together. */
#define STRETCH_SHIFT 16
#define PLACES (1u << (STRETCH_SHIFT - 5))
#define BUCKETS (1u << 12)
#define TABLE_BYTES (sizeof(struct place) * BUCKETS * PLACES)
static struct place *small;

/* Blocks that are as large as a stretch are found by looking at all of them. */
#define LARGE (1u << 14)
static struct place large[LARGE];

static struct place *small_table(void)
{
	struct place *table = __atomic_load_n(&small, __ATOMIC_ACQUIRE);
	if (sn_race_likely(table))
		return table;
	struct place *made = sn_race_map(TABLE_BYTES);
	if (made && !__atomic_compare_exchange_n(&small, &table, made, 0, __ATOMIC_ACQ_REL,
						 __ATOMIC_ACQUIRE)) {
		sn_sys(SYS_munmap, made, TABLE_BYTES);
		return table;
	}
	return made;
}

static uint32_t spread(uintptr_t stretch, uint32_t bits)
{
	return (uint32_t)(stretch * 0x9e3779b97f4a7c15u >> (64 - bits));
}

static struct place *bucket_of(uintptr_t address)
{
	struct place *table = small_table();
	return table ? table + (size_t)spread(address >> STRETCH_SHIFT, 12) * PLACES : NULL;
}

/* The places where a block that begins there may be. */
static struct place *ways_of(uintptr_t start, int is_large)
{
	struct place *bucket;
	if (is_large)
		return &large[spread(start >> STRETCH_SHIFT, 14) & ~(WAYS - 1)];
	bucket = bucket_of(start);
	return bucket ? bucket + (start >> 5 & (PLACES - 1) & ~(uintptr_t)(WAYS - 1)) : NULL;
}

static uintptr_t start_of(uint64_t key)
{
	return key >> CONTEXT_BITS << 4;
}

static int is_of(uint64_t key, uintptr_t start)
{
	return key > CLAIMED && start_of(key) == start;
}

/* Its own, else an empty one, one of a block that was freed, or any. */
static uint32_t choose(struct place *ways, uintptr_t start)
{
	uint32_t chosen = start >> 5 & (WAYS - 1);
	int worth = 0;
	for (uint32_t i = 0; i < WAYS; i++) {
		uint64_t key = __atomic_load_n(&ways[i].key, __ATOMIC_RELAXED);
		uint64_t rest = __atomic_load_n(&ways[i].rest, __ATOMIC_RELAXED);
		int here = !key ? 2 : rest & FREED ? 1 : 0;
		if (is_of(key, start))
			return i;
		if (here > worth) {
			chosen = i;
			worth = here;
		}
	}
	return chosen;
}

static void put(struct place *ways, uintptr_t start, uint64_t key, uint64_t rest)
{
	for (uint32_t tries = 0; tries < WAYS; tries++) {
		struct place *p = &ways[choose(ways, start)];
		uint64_t old = __atomic_load_n(&p->key, __ATOMIC_RELAXED);
		if (old == CLAIMED ||
		    !__atomic_compare_exchange_n(&p->key, &old, CLAIMED, 0, __ATOMIC_ACQUIRE,
						 __ATOMIC_RELAXED))
			continue;
		__atomic_store_n(&p->rest, rest, __ATOMIC_RELEASE);
		/* Pairs with the loads in read_place. */
		__atomic_store_n(&p->key, key, __ATOMIC_RELEASE);
		return;
	}
}

/* What was there before at this address, or of the other size, is gone. */
static void forget(struct place *ways, uintptr_t start)
{
	for (uint32_t i = 0; ways && i < WAYS; i++) {
		uint64_t key = __atomic_load_n(&ways[i].key, __ATOMIC_RELAXED);
		if (is_of(key, start))
			__atomic_compare_exchange_n(&ways[i].key, &key, 0, 0, __ATOMIC_RELAXED,
						    __ATOMIC_RELAXED);
	}
}

void sn_block_note(const struct sn_block *b)
{
	int is_large = b->size >> STRETCH_SHIFT != 0;
	uint64_t size = b->size < SIZE_MOST ? b->size : SIZE_MOST;
	struct place *ways = ways_of(b->start, is_large);
	if (b->start & 15 || !ways)
		return;
	if (!(b->start & ((1u << STRETCH_SHIFT) - 1)) || is_large)
		forget(ways_of(b->start, !is_large), b->start);
	put(ways, b->start, (uint64_t)b->start >> 4 << CONTEXT_BITS | b->context,
	    b->stamp >> SN_CELL_SLOT_SHIFT | size << SIZE_SHIFT);
}

static int read_place(const struct place *p, uint64_t *key, uint64_t *rest)
{
	*key = __atomic_load_n(&p->key, __ATOMIC_ACQUIRE);
	*rest = __atomic_load_n(&p->rest, __ATOMIC_ACQUIRE);
	return *key > CLAIMED && __atomic_load_n(&p->key, __ATOMIC_RELAXED) == *key;
}

static int free_among(struct place *ways, uintptr_t start)
{
	uint64_t key, rest;
	for (uint32_t i = 0; ways && i < WAYS; i++)
		if (read_place(&ways[i], &key, &rest) && start_of(key) == start)
			return __atomic_compare_exchange_n(&ways[i].rest, &rest, rest | FREED, 0,
							   __ATOMIC_RELAXED, __ATOMIC_RELAXED);
	return 0;
}

void sn_block_freed(uintptr_t start)
{
	if (!free_among(ways_of(start, 0), start))
		free_among(ways_of(start, 1), start);
}

static void look(const struct place *places, uint32_t count, uintptr_t address,
		 struct sn_block *found)
{
	uint64_t key, rest;
	for (uint32_t i = 0; i < count; i++) {
		if (!read_place(&places[i], &key, &rest) ||
		    address - start_of(key) >= rest >> SIZE_SHIFT || (found->size && rest & FREED))
			continue;
		*found = (struct sn_block){
			.start = start_of(key),
			.size = rest >> SIZE_SHIFT,
			.stamp = (rest & (FREED - 1)) << SN_CELL_SLOT_SHIFT,
			.context = (uint32_t)(key & ((1u << CONTEXT_BITS) - 1)),
			.freed = (rest & FREED) != 0,
		};
	}
}

int sn_block_find(uintptr_t address, struct sn_block *block)
{
	const struct place *here = bucket_of(address);
	const struct place *before = bucket_of(address - (1u << STRETCH_SHIFT));
	*block = (struct sn_block){0};
	if (here)
		look(here, PLACES, address, block);
	if (before)
		look(before, PLACES, address, block);
	if (!block->size || block->freed)
		look(large, LARGE, address, block);
	return block->size != 0;
}
