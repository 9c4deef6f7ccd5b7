/* SPDX-License-Identifier: Apache-2.0
 *
 * Stacks, addresses and contexts are found by hash tries: every record is a node with four
 * children, and two bits of the key's hash choose the next one down.  They never need to be
 * rehashed, take no space of their own, and a reader without the lock sees either a child or none.
 * (Wellons, "An easy-to-implement, arena-friendly hash map".) */
#ifndef SN_GRAPH_TRIE_H
#define SN_GRAPH_TRIE_H

#include <stdint.h>

static inline uint64_t sn_trie_mix(uint64_t h, uint64_t x)
{
	h = (h ^ x) * 0x9fb21c651e98df25u;
	return h ^ (h >> 32);
}

static inline uint32_t sn_trie_load(const uint32_t *slot)
{
	/* Acquire pairs with the release in sn_trie_publish: the child is complete. */
	return __atomic_load_n(slot, __ATOMIC_ACQUIRE);
}

static inline void sn_trie_publish(uint32_t *slot, uint32_t node)
{
	__atomic_store_n(slot, node, __ATOMIC_RELEASE);
}

#endif
