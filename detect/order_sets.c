/* SPDX-License-Identifier: Apache-2.0
 *
 * Held sets of the lock-order detector: each distinct one is kept once, sorted, so that the common
 * lock of two of them, the gate, is found by one merge.  A lock that both hold for reading is none.
 */
#include <errno.h>
#include <string.h>
#include "detect/order_work.h"

static uint64_t sketch_bit(uint32_t lock)
{
	return (uint64_t)1 << (sn_order_mix(1, lock) >> 58);
}

static int reindex(struct sn_index *index, const char *records, size_t record_size, uint32_t count)
{
	for (uint32_t id = 1; id <= count; id++) {
		uint64_t hash;
		uint32_t at;

		memcpy(&hash, records + id * record_size, sizeof(hash));
		at = (uint32_t)hash & (index->size - 1);
		while (index->slot[at])
			at = (at + 1) & (index->size - 1);
		index->slot[at] = id;
	}
	return 0;
}

int sn_order_index_room(struct sn_order *o, struct sn_index *index, enum sn_order_block block,
			const void *records, size_t record_size, uint32_t count)
{
	uint32_t size = index->size ? index->size * 2 : 64;
	uint32_t *slot;

	if (count + 1 < index->size / 2)
		return 0;
	slot = sn_order_room(o, block, size * sizeof(uint32_t));
	if (!slot)
		return -ENOMEM;
	memset(slot, 0, size * sizeof(uint32_t));
	index->slot = slot;
	index->size = size;
	return reindex(index, records, record_size, count);
}

/* The held set as ascending keys, one per lock; held for writing wins. Returns their number, and
 * UINT32_MAX where there is no memory. */
static uint32_t make_keys(struct sn_order *o, uint32_t held_first, uint32_t held_count)
{
	uint32_t *key = sn_order_room(o, SN_BLOCK_KEYS, (held_count + 1) * sizeof(uint32_t));
	uint32_t n = 0, kept = 0;

	if (!key)
		return UINT32_MAX;
	for (uint32_t i = 0; i < held_count; i++) {
		const struct sn_held *held = sn_view_held(o->view, held_first + i);
		uint32_t lock = held->lock;

		if (lock && lock < o->graph.count)
			key[n++] = lock << 1 | (held->mode & SN_MODE_READ);
	}
	sn_order_sort_keys(key, n);
	for (uint32_t i = 0; i < n; i++)
		if (!kept || key[kept - 1] >> 1 != key[i] >> 1)
			key[kept++] = key[i];
	return kept;
}

static uint32_t find_set(const struct sn_order *o, uint64_t hash, const uint32_t *key, uint32_t n)
{
	uint32_t mask = o->set_index.size - 1;

	for (uint32_t at = (uint32_t)hash & mask; o->set_index.slot[at]; at = (at + 1) & mask) {
		const struct sn_held_set *set = &o->set[o->set_index.slot[at]];

		if (set->hash == hash && set->count == n &&
		    !memcmp(&o->item[set->first], key, n * sizeof(*key)))
			return o->set_index.slot[at];
	}
	return 0;
}

static uint32_t add_set(struct sn_order *o, uint64_t hash, const uint32_t *key, uint32_t n)
{
	uint32_t id = o->set_count + 1;
	struct sn_held_set *set;
	uint32_t at;

	o->set = sn_order_room(o, SN_BLOCK_SET, (id + 1) * sizeof(*o->set));
	o->item = sn_order_room(o, SN_BLOCK_ITEM, ((size_t)o->item_count + n) * sizeof(*key));
	if (!o->set || !o->item)
		return 0;
	set = &o->set[id];
	*set = (struct sn_held_set){.hash = hash, .first = o->item_count, .count = n};
	memcpy(&o->item[o->item_count], key, n * sizeof(*key));
	o->item_count += n;
	for (uint32_t i = 0; i < n; i++)
		set->sketch |= sketch_bit(key[i] >> 1);
	at = (uint32_t)hash & (o->set_index.size - 1);
	while (o->set_index.slot[at])
		at = (at + 1) & (o->set_index.size - 1);
	o->set_index.slot[at] = id;
	return o->set_count = id;
}

uint32_t sn_order_intern(struct sn_order *o, uint32_t held_first, uint32_t held_count)
{
	uint32_t n = make_keys(o, held_first, held_count);
	const uint32_t *key = o->block[SN_BLOCK_KEYS].p;
	uint64_t hash = sn_order_hash(n);
	uint32_t id;

	if (n == UINT32_MAX || sn_order_index_room(o, &o->set_index, SN_BLOCK_SET_INDEX, o->set,
						   sizeof(*o->set), o->set_count))
		return 0;
	for (uint32_t i = 0; i < n; i++)
		hash = sn_order_mix(hash, key[i]);
	id = find_set(o, hash, key, n);
	return id ? id : add_set(o, hash, key, n);
}

uint32_t sn_order_gate(struct sn_order *o, uint32_t set_a, uint32_t set_b)
{
	const struct sn_held_set *a = &o->set[set_a], *b = &o->set[set_b];
	const uint32_t *x = &o->item[a->first], *y = &o->item[b->first];
	uint32_t i = 0, j = 0;

	if (!(a->sketch & b->sketch))
		return 0;
	o->work += (a->count + b->count) / 8;
	while (i < a->count && j < b->count) {
		if (x[i] >> 1 < y[j] >> 1)
			i++;
		else if (x[i] >> 1 > y[j] >> 1)
			j++;
		else if (x[i] & y[j] & 1)
			i++, j++;
		else
			return x[i] >> 1;
	}
	return 0;
}
