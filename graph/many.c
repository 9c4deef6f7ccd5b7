/* SPDX-License-Identifier: Apache-2.0
 *
 * See many.h. */
#include "graph/many.h"
#include "graph/deps.h"
#include "graph/trie.h"
#include <string.h>

/* 13 MiB of orders and 4 MiB of sets: fifty thousand locks that one thread takes, one after the
 * other, are recorded in full. */
#define ORDERS_MOST 65536u
#define ENTRIES_MOST 262144u
#define CAPACITY_LEAST 256u

int sn_many_room(struct sn_recorder *r)
{
	if (__atomic_load_n(&sn_registry.many_orders, __ATOMIC_RELAXED) < ORDERS_MOST &&
	    __atomic_load_n(&sn_registry.many_entries, __ATOMIC_RELAXED) < ENTRIES_MOST)
		return 1;
	sn_recorder_count(r, SN_COUNTER_ORDERS_MANY);
	return 0;
}

uint64_t sn_many_key(const struct sn_held *held, uint32_t held_count)
{
	uint64_t key = sn_trie_mix(3, held_count);
	for (uint32_t i = 0; i < SN_MANY_ENDS; i++) {
		const struct sn_held *old = &held[i], *new = &held[held_count - 1 - i];
		key = sn_trie_mix(key, sn_held_mix(old->lock, old->mode));
		key = sn_trie_mix(key, sn_held_mix(new->lock, new->mode));
	}
	return key;
}

static int same(const struct sn_held *kept, const struct sn_held *held)
{
	return !memcmp(kept, held, sizeof *kept) ||
	       (!kept->lock && (!held->lock || held->mode & SN_MODE_UNORDERED));
}

/* What the thread does not know of: the first locks are taken and given up without a look at the
 * set, other threads may empty slots, and the evidence of the newest ones changes. */
static int still_holds(const struct sn_recorder *r, const struct sn_many_set *set,
		       const struct sn_held *held, uint32_t held_count)
{
	uint32_t n = set->count < held_count ? set->count : held_count;
	const struct sn_held *kept = sn_rec_held(r, set->first);
	if (!set->first || set->valid < n)
		return 0;
	for (uint32_t i = 0; i < n; i++) {
		if (i == SN_DEP_MANY && n > 2 * SN_DEP_MANY)
			i = n - SN_DEP_MANY;
		if (!same(&kept[i], &held[i]))
			return 0;
	}
	return 1;
}

static int new_run(struct sn_recorder *r, struct sn_many_set *set, uint32_t held_count)
{
	uint32_t capacity = held_count * 2 < CAPACITY_LEAST ? CAPACITY_LEAST : held_count * 2;
	uint32_t first = 0;
	/* A set that had to be made anew, rather than outgrew its room, may have to be again. */
	if (set->first && set->count < set->capacity)
		capacity = held_count + held_count / 4;
	if (capacity <= ENTRIES_MOST - sn_registry.many_entries)
		first = sn_recorder_append(r, SN_TABLE_HELD, capacity);
	if (!first) {
		sn_registry.many_entries = ENTRIES_MOST;
		return 0;
	}
	sn_registry.many_entries += capacity;
	*set = (struct sn_many_set){first, 0, capacity, 0};
	return 1;
}

static void add(struct sn_recorder *r, struct sn_many_set *set, const struct sn_held *held)
{
	struct sn_held *kept = sn_rec_held(r, set->first + set->count++);
	*kept = *held;
	if (held->mode & SN_MODE_UNORDERED)
		kept->lock = 0;
	/* Orders that share a set are not counted for each of its locks: these stay. */
	if (kept->lock)
		sn_rec_lock(r, kept->lock)->flags |= SN_LOCK_ORDERED | SN_LOCK_PINNED;
}

/* Makes the set what is held; 0 where there is no room. */
static int follow(struct sn_recorder *r, struct sn_many_set *set, const struct sn_held *held,
		  uint32_t held_count)
{
	if ((!still_holds(r, set, held, held_count) || held_count > set->capacity) &&
	    !new_run(r, set, held_count))
		return 0;
	while (set->count < held_count)
		add(r, set, &held[set->count]);
	set->valid = set->count;
	return 1;
}

static uint64_t context_key(const struct sn_dep_order *o)
{
	uint64_t key = sn_many_key(o->held, o->held_count);
	return sn_trie_mix(sn_trie_mix(key, o->lock), o->mode);
}

int sn_many_known(const struct sn_recorder *r, uint32_t thread, uint32_t lock, uint32_t mode,
		  uint32_t stack, const struct sn_held *held, uint32_t held_count)
{
	struct sn_dep_order o = {thread, lock, mode, stack, held, held_count, held_count, 0};
	return !r->header || sn_deps_known(r, &o, context_key(&o));
}

uint32_t sn_many_order(struct sn_recorder *r, struct sn_many_set *set, uint32_t thread,
		       uint32_t lock, uint32_t mode, uint32_t stack, const struct sn_held *held,
		       uint32_t held_count)
{
	struct sn_dep_order o = {thread, lock, mode, stack, held, held_count, held_count, 0};
	if (!r->header)
		return 0;
	if (!follow(r, set, held, held_count)) {
		sn_recorder_count(r, SN_COUNTER_ORDERS_MANY);
		return 0;
	}
	o.shared = set->first;
	uint32_t d = sn_deps_record(r, &o, context_key(&o), 0);
	sn_registry.many_orders += d != 0;
	return d;
}
