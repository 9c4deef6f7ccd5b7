/* SPDX-License-Identifier: Apache-2.0
 *
 * Stacks and objects by address, found by hash tries: see trie.h. */
#include <errno.h>
#include <string.h>
#include "graph/registry.h"
#include "graph/trie.h"

static int same_stack(const struct sn_recorder *r, const struct sn_stack_rec *s,
		      const uintptr_t *pcs, uint32_t depth, uint32_t epoch)
{
	return s->depth == depth && s->epoch == epoch &&
	       !memcmp(sn_rec_frame(r, s->first), pcs, depth * sizeof *pcs);
}

static uint32_t store_stack(struct sn_recorder *r, const uintptr_t *pcs, uint32_t depth,
			    uint32_t epoch, uint32_t hash)
{
	uint32_t first = sn_recorder_append(r, SN_TABLE_FRAME, depth);
	uint32_t i = first ? sn_recorder_append(r, SN_TABLE_STACK, 1) : 0;
	if (!i) {
		sn_recorder_count(r, SN_COUNTER_STACKS_FULL);
		return 0;
	}
	memcpy(sn_rec_frame(r, first), pcs, depth * sizeof *pcs);
	struct sn_stack_rec *s = sn_rec_stack(r, i);
	s->first = first;
	s->depth = (uint16_t)depth;
	s->epoch = epoch;
	s->hash = hash;
	return i;
}

uint32_t sn_registry_stack(struct sn_recorder *r, const uintptr_t *pcs, uint32_t depth,
			   uint32_t epoch)
{
	if (!r->header || !depth || depth > UINT16_MAX)
		return 0;
	uint64_t hash = sn_trie_mix(epoch, depth);
	for (uint32_t i = 0; i < depth; i++)
		hash = sn_trie_mix(hash, pcs[i]);
	uint32_t *slot = &sn_registry.stack_root;
	for (uint64_t h = hash; sn_trie_load(slot); h = h << 2 | h >> 62) {
		struct sn_stack_rec *s = sn_rec_stack(r, *slot);
		if (s->hash == (uint32_t)hash && same_stack(r, s, pcs, depth, epoch))
			return *slot;
		slot = &s->child[h >> 62];
	}
	uint32_t i = store_stack(r, pcs, depth, epoch, (uint32_t)hash);
	sn_trie_publish(slot, i);
	return i;
}

static uint32_t *object_slot(const struct sn_recorder *r, uint64_t address)
{
	uint32_t *slot = &sn_registry.object_root;
	for (uint64_t h = sn_trie_mix(1, address); sn_trie_load(slot); h = h << 2 | h >> 62) {
		struct sn_address_rec *a = sn_rec_address(r, *slot);
		if (a->address == address)
			break;
		slot = &a->child[h >> 62];
	}
	return slot;
}

uint32_t sn_registry_object(const struct sn_recorder *r, uint64_t address)
{
	uint32_t node = sn_trie_load(object_slot(r, address));
	return node ? sn_trie_load(&sn_rec_address(r, node)->object) : 0;
}

int sn_registry_object_set(struct sn_recorder *r, uint64_t address, uint32_t object)
{
	uint32_t *slot = object_slot(r, address);
	if (!*slot) {
		uint32_t i = sn_recorder_append(r, SN_TABLE_ADDRESS, 1);
		if (!i) {
			sn_recorder_count(r, SN_COUNTER_LOCKS_FULL);
			return -ENOSPC;
		}
		sn_rec_address(r, i)->address = address;
		sn_trie_publish(slot, i);
	}
	sn_trie_publish(&sn_rec_address(r, *slot)->object, object);
	return 0;
}
