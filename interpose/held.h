/* SPDX-License-Identifier: Apache-2.0
 *
 * The calling thread's held locks: a small array in its registry record (so that what a dead thread
 * held can be read), and a fingerprint in its private state.
 *
 * A signal handler may run between any two stores and lock in balance: a push raises the count
 * before it fills the slot, so that the handler's slots lie above; a pop empties the slot before it
 * lowers the count. Empty slots (lock 0) are skipped by every reader; another thread that unlocks
 * what this one holds empties the slot too, and leaves the fingerprint to be mended by
 * sn_order_slow. */
#ifndef SN_INTERPOSE_HELD_H
#define SN_INTERPOSE_HELD_H

#include "graph/registry.h"
#include "interpose/trace.h"

/* The address-bound half of a tag: a copy of the lock's bytes elsewhere does not pass for the lock.
 */
static inline uint32_t sn_tag_check(const struct sn_self *self, const void *address)
{
	return (uint32_t)(((uintptr_t)address * 0x9e3779b97f4a7c15u) >> 32) ^ self->nonce;
}

/* The lock's record if `tag`, read from its memory, is one of ours and names this address; else 0.
 */
static inline uint32_t sn_tag_lock(const struct sn_self *self, uint64_t tag, const void *address)
{
	return (uint32_t)(tag >> 32) == sn_tag_check(self, address) ? (uint32_t)tag : 0;
}

/* Makes room for one more held lock; 0 where there is none. */
SN_COLD int sn_held_grow(struct sn_self *self);

/* Records the lock order, unless this thread has already. `hint` is a word beside the lock's tag,
 * or NULL. */
SN_COLD void sn_order_slow(struct sn_self *self, uint32_t lock, uint32_t mode, uint32_t stack,
			   uint64_t key, uint64_t *hint, uintptr_t cfa);

/* The thread is about to take `lock`, or has just taken it: notes the order against what it holds.
 */
static inline void sn_order(struct sn_self *self, uint32_t lock, uint32_t mode, uint32_t stack,
			    uint64_t *hint, uintptr_t ra, uintptr_t cfa)
{
	if (!self->rec->held_count)
		return;
	uint64_t key = self->fingerprint + ra + sn_held_mix(lock, mode) * 3;
	if (sn_likely(hint && *hint == key))
		return;
	sn_order_slow(self, lock, mode, stack, key, hint, cfa);
}

static inline void sn_held_push(struct sn_self *self, uint32_t lock, uint32_t mode, uint32_t stack)
{
	uint32_t n = self->rec->held_count;
	if (sn_unlikely(n >= self->held_capacity) && !sn_held_grow(self))
		return;
	struct sn_held *h = &self->held[n];
	self->rec->held_count = n + 1;
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
	h->stack = stack;
	h->mode = mode | sn_stray.epoch << SN_MODE_EPOCH_SHIFT;
	h->depth = 0;
	h->lock = lock;
	self->fingerprint += sn_held_mix(lock, mode);
}

/* Takes out slot i and whatever is empty above it. */
SN_COLD void sn_held_remove(struct sn_self *self, uint32_t i);

/* The topmost slot that holds `lock`, or UINT32_MAX. */
static inline uint32_t sn_held_find(const struct sn_self *self, uint32_t lock)
{
	for (uint32_t i = self->rec->held_count; i-- > 0;)
		if (self->held[i].lock == lock)
			return i;
	return UINT32_MAX;
}

/* Takes out the lock if it is the newest one held; 0 where it is not. */
static inline int sn_held_pop_newest(struct sn_self *self, uint32_t lock)
{
	uint32_t n = self->rec->held_count;
	if (sn_unlikely(!n || self->held[n - 1].lock != lock || self->held[n - 1].depth))
		return 0;
	self->fingerprint -= sn_held_mix(lock, self->held[n - 1].mode);
	self->held[n - 1].lock = 0;
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
	self->rec->held_count = n - 1;
	self->rec->released[lock % SN_RELEASED] = lock;
	return 1;
}

#endif
