/* SPDX-License-Identifier: Apache-2.0
 *
 * Stacks, addresses and contexts are found by hash tries: every record is a node with four
 * children, and two bits of the key's hash choose the next one down.  They never need to be
 * rehashed, take no space of their own, and a reader without the lock sees either a child or none.
 * (Wellons, "An easy-to-implement, arena-friendly hash map".) */
#include <errno.h>
#include <string.h>
#include "graph/registry.h"

static uint64_t mix(uint64_t h, uint64_t x)
{
	h = (h ^ x) * 0x9fb21c651e98df25u;
	return h ^ (h >> 32);
}

static uint32_t load(const uint32_t *slot)
{
	/* Acquire pairs with the release in publish: the child is complete. */
	return __atomic_load_n(slot, __ATOMIC_ACQUIRE);
}

static void publish(uint32_t *slot, uint32_t node)
{
	__atomic_store_n(slot, node, __ATOMIC_RELEASE);
}

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
	uint64_t hash = mix(epoch, depth);
	for (uint32_t i = 0; i < depth; i++)
		hash = mix(hash, pcs[i]);
	uint32_t *slot = &sn_registry.stack_root;
	for (uint64_t h = hash; load(slot); h = h << 2 | h >> 62) {
		struct sn_stack_rec *s = sn_rec_stack(r, *slot);
		if (s->hash == (uint32_t)hash && same_stack(r, s, pcs, depth, epoch))
			return *slot;
		slot = &s->child[h >> 62];
	}
	uint32_t i = store_stack(r, pcs, depth, epoch, (uint32_t)hash);
	publish(slot, i);
	return i;
}

static uint32_t *object_slot(const struct sn_recorder *r, uint64_t address)
{
	uint32_t *slot = &sn_registry.object_root;
	for (uint64_t h = mix(1, address); load(slot); h = h << 2 | h >> 62) {
		struct sn_address_rec *a = sn_rec_address(r, *slot);
		if (a->address == address)
			break;
		slot = &a->child[h >> 62];
	}
	return slot;
}

uint32_t sn_registry_object(const struct sn_recorder *r, uint64_t address)
{
	uint32_t node = load(object_slot(r, address));
	return node ? load(&sn_rec_address(r, node)->object) : 0;
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
		publish(slot, i);
	}
	publish(&sn_rec_address(r, *slot)->object, object);
	return 0;
}

static uint32_t *context_slot(const struct sn_recorder *r, uint64_t key)
{
	uint32_t *slot = &sn_registry.context_root;
	for (uint64_t h = mix(2, key); load(slot); h = h << 2 | h >> 62) {
		struct sn_context_rec *c = sn_rec_context(r, *slot);
		if (c->key == key)
			break;
		slot = &c->child[h >> 62];
	}
	return slot;
}

/* The context of (held set, lock, mode), made if need be; 0 where there is no room. */
static uint32_t context_of(struct sn_recorder *r, uint64_t key)
{
	uint32_t *slot = context_slot(r, key), i = *slot;
	if (i)
		return i;
	i = sn_recorder_append(r, SN_TABLE_CONTEXT, 1);
	if (i) {
		sn_rec_context(r, i)->key = key;
		publish(slot, i);
	}
	return i;
}

/* How many dependencies of one context are kept. Trades memory against orders that stand only in a
 * later phase of the program (another thread, or past a join that ordered the first ones). */
#define DEPS_PER_CONTEXT 8
#define DEPS_PER_THREAD 3

/* The dependency to be overwritten because its context is full, 0 to append, UINT32_MAX if this one
 * is known already. */
static uint32_t place(const struct sn_recorder *r, const struct sn_context_rec *c, uint32_t thread,
		      uint32_t epoch, uint32_t stack)
{
	uint32_t mine = 0, this_phase = 0;
	for (uint32_t d = load(&c->first_dep); d; d = sn_rec_dep(r, d)->next) {
		const struct sn_dep_rec *dep = sn_rec_dep(r, d);
		if (dep->thread != thread)
			continue;
		if (dep->epoch == epoch && dep->stack == stack)
			return UINT32_MAX;
		mine++;
		this_phase += dep->epoch == epoch;
	}
	if (c->dep_count >= DEPS_PER_CONTEXT)
		return this_phase ? UINT32_MAX : c->first_dep;
	/* The newest stands first: it makes room for the still newer phase of the same thread. */
	if (mine >= DEPS_PER_THREAD)
		return sn_rec_dep(r, c->first_dep)->thread == thread ? c->first_dep : UINT32_MAX;
	return 0;
}

static uint32_t copy_held(struct sn_recorder *r, uint32_t first, const struct sn_held *held,
			  uint32_t held_count)
{
	uint32_t n = 0;
	for (uint32_t i = 0; i < held_count; i++) {
		if (!held[i].lock)
			continue;
		*sn_rec_held(r, first + n++) = held[i];
		sn_rec_lock(r, held[i].lock)->flags |= SN_LOCK_ORDERED;
	}
	return n;
}

static uint32_t count_held(const struct sn_held *held, uint32_t held_count)
{
	uint32_t n = 0;
	for (uint32_t i = 0; i < held_count; i++)
		n += held[i].lock != 0;
	return n;
}

static uint64_t context_key(uint32_t lock, uint32_t mode, const struct sn_held *held,
			    uint32_t held_count)
{
	uint64_t set = 0;
	for (uint32_t i = 0; i < held_count; i++)
		if (held[i].lock)
			set += sn_held_mix(held[i].lock, held[i].mode);
	return mix(mix(set, lock), mode);
}

int sn_registry_dep_known(const struct sn_recorder *r, uint32_t thread, uint32_t lock,
			  uint32_t mode, uint32_t stack, const struct sn_held *held,
			  uint32_t held_count)
{
	if (!r->header)
		return 1;
	uint32_t context = load(context_slot(r, context_key(lock, mode, held, held_count)));
	return context && place(r, sn_rec_context(r, context), thread,
				sn_rec_thread(r, thread)->epoch, stack) == UINT32_MAX;
}

uint32_t sn_registry_dep(struct sn_recorder *r, uint32_t thread, uint32_t lock, uint32_t mode,
			 uint32_t stack, const struct sn_held *held, uint32_t held_count)
{
	uint32_t n = count_held(held, held_count);
	if (!r->header || !n)
		return 0;
	struct sn_thread_rec *t = sn_rec_thread(r, thread);
	uint32_t context = context_of(r, context_key(lock, mode, held, held_count));
	struct sn_context_rec *c = sn_rec_context(r, context);
	uint32_t d = context ? place(r, c, thread, t->epoch, stack) : 0;
	if (d == UINT32_MAX)
		return 0;
	int fresh = !d;
	uint32_t first = d ? sn_rec_dep(r, d)->held_first : 0;
	if (fresh && context) {
		first = sn_recorder_append(r, SN_TABLE_HELD, n);
		d = first ? sn_recorder_append(r, SN_TABLE_DEP, 1) : 0;
	}
	if (!d || (!fresh && sn_rec_dep(r, d)->held_count != n)) {
		sn_recorder_count(r, SN_COUNTER_DEPS_FULL);
		return 0;
	}
	struct sn_dep_rec *dep = sn_rec_dep(r, d);
	dep->thread = 0; /* while it changes a reader takes it for none */
	dep->held_first = first;
	dep->held_count = copy_held(r, first, held, held_count);
	dep->epoch = t->epoch;
	dep->lock = lock;
	dep->mode = mode;
	dep->stack = stack;
	__atomic_store_n(&dep->thread, thread, __ATOMIC_RELEASE);
	sn_rec_lock(r, lock)->flags |= SN_LOCK_ORDERED;
	t->dep_count++;
	if (fresh) {
		dep->next = c->first_dep;
		publish(&c->first_dep, d);
		c->dep_count++;
	}
	return d;
}
