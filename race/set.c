/* SPDX-License-Identifier: Apache-2.0
 *
 * See set.h.  A set lies in one array of words, behind a word that has its count and the next set
 * with the same hash; its number is where it begins.  Finding one takes no lock: sets are only ever
 * added, at the head of their list. */
#include "race/set.h"
#include <string.h>
#include "race/memory.h"

#define WORDS (1u << 23) /* 64 MiB, if a program needs so many */
#define HEADS_SHIFT 18

static struct sn_race_lock adding;
static uint64_t *words;
static uint32_t used = 1;
static uint32_t heads[1u << HEADS_SHIFT];

static void sort(uint64_t *at, uint32_t count)
{
	for (uint32_t i = 1; i < count; i++) {
		uint64_t moved = at[i];
		uint32_t j = i;
		for (; j && at[j - 1] > moved; j--)
			at[j] = at[j - 1];
		at[j] = moved;
	}
}

static uint32_t *head_of(const uint64_t *at, uint32_t count)
{
	uint64_t hash = count;
	for (uint32_t i = 0; i < count; i++)
		hash = (hash ^ at[i] ^ hash >> 29) * 0x9e3779b97f4a7c15u;
	return &heads[hash >> (64 - HEADS_SHIFT)];
}

uint32_t sn_set_at(uint32_t set, uint64_t **entries)
{
	*entries = words + set + 1;
	return words[set] & 0xff;
}

static uint32_t find(uint32_t set, const uint64_t *at, uint32_t count)
{
	for (; set; set = (uint32_t)(words[set] >> 32)) {
		uint64_t *entries;
		if (sn_set_at(set, &entries) == count && !memcmp(entries, at, count * sizeof *at))
			return set;
	}
	return 0;
}

static uint32_t add(uint32_t *head, const uint64_t *at, uint32_t count)
{
	uint32_t set = find(*head, at, count);
	if (set || used + count + 1 > WORDS || (!words && !(words = sn_race_map(8ull * WORDS))))
		return set;
	set = used;
	used += count + 1;
	words[set] = count | (uint64_t)*head << 32;
	memcpy(words + set + 1, at, count * sizeof *at);
	/* Pairs with the load in sn_set_intern. */
	__atomic_store_n(head, set, __ATOMIC_RELEASE);
	return set;
}

uint32_t sn_set_intern(uint64_t *at, uint32_t count)
{
	sort(at, count);
	uint32_t *head = head_of(at, count);
	uint32_t set = find(__atomic_load_n(head, __ATOMIC_ACQUIRE), at, count);
	if (sn_race_likely(set))
		return set;
	sn_race_lock(&adding);
	set = add(head, at, count);
	sn_race_unlock(&adding);
	return set;
}

int sn_set_is_half_full(void)
{
	return __atomic_load_n(&used, __ATOMIC_RELAXED) > WORDS / 2;
}
