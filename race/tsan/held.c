/* SPDX-License-Identifier: Apache-2.0
 *
 * What a thread holds when it accesses memory, as numbers of sets: a set is interned, so that an
 * access can have it in its context.  What is held is read from the thread's record in the
 * recording, which the wrappers keep.  A set is known by a sum over its locks of 64 bits; there are
 * SETS of them at most. */
#include "race/tsan/front.h"

#define SETS (1u << 16)
#define HEADS (1u << 14)

struct set {
	uint64_t key;
	uint32_t next;
	uint32_t count; /* of all that was held */
	struct sn_race_held held[SN_RACE_HELD_MOST];
};

static struct sn_race_lock adding;
static struct set *sets;
static uint32_t used = 1;
static uint32_t heads[HEADS];
int sn_held_lost;

static uint64_t mix(const struct sn_race_held *h)
{
	uint64_t x = h->lock | (uint64_t)h->stack << 32;
	x = (x ^ x >> 29) * 0x9e3779b97f4a7c15u;
	x ^= (uint64_t)h->generation << 8 ^ h->mode;
	x = (x ^ x >> 32) * 0xbf58476d1ce4e5b9u;
	return x ^ x >> 31;
}

static uint32_t find(uint32_t i, uint64_t key)
{
	while (i && sets[i].key != key)
		i = sets[i].next;
	return i;
}

static uint32_t add(uint32_t *head, uint64_t key, const struct set *set)
{
	uint32_t i = find(*head, key);
	if (i)
		return i;
	if (used == SETS || (!sets && !(sets = sn_race_map(sizeof *sets * SETS)))) {
		sn_held_lost = 1;
		return 0;
	}
	i = used++;
	sets[i] = *set;
	sets[i].key = key;
	sets[i].next = *head;
	/* Pairs with the load in intern. */
	__atomic_store_n(head, i, __ATOMIC_RELEASE);
	return i;
}

static uint32_t intern(uint64_t key, const struct set *set)
{
	uint32_t *head = &heads[key >> 50];
	uint32_t i = find(__atomic_load_n(head, __ATOMIC_ACQUIRE), key);
	if (i)
		return i;
	sn_race_lock(&adding);
	i = add(head, key, set);
	sn_race_unlock(&adding);
	return i;
}

SN_RACE_SLOW uint32_t sn_held_set(struct sn_front *f)
{
	struct set set = {.count = 0};
	uint64_t key = 0;
	set.count = sn_race_holds(set.held, SN_RACE_HELD_MOST);
	for (uint32_t i = 0; i < set.count && i < SN_RACE_HELD_MOST; i++)
		key += mix(&set.held[i]);
	if (!set.count)
		return 0;
	key += set.count;
	if (f->held_key != key) {
		f->held_set = intern(key, &set);
		f->held_key = key;
	}
	return f->held_set;
}

uint32_t sn_held_of(uint32_t number, struct sn_race_held *held)
{
	const struct set *set = &sets[number];
	for (uint32_t i = 0; i < set->count && i < SN_RACE_HELD_MOST; i++)
		held[i] = set->held[i];
	return set->count;
}
