/* SPDX-License-Identifier: Apache-2.0
 *
 * The calling thread's held locks: a small array in its registry record (so that what a dead thread
 * held can be read), and in its private state the fingerprints of its first n locks, for each n: a
 * push adds to the last one, and a pop has nothing to do.
 *
 * A signal handler may run between any two stores and lock in balance: a push raises the count
 * before it fills the slot, so that the handler's slots lie above; a pop empties the slot before it
 * lowers the count. Empty slots (lock 0) are skipped by every reader; another thread that unlocks
 * what this one holds empties the slot too, and leaves the fingerprints to be mended by
 * sn_order_slow. */
#ifndef SN_INTERPOSE_HELD_H
#define SN_INTERPOSE_HELD_H

#include "graph/registry.h"
#include "interpose/trace.h"

/* A place in the program: where it called us. */
struct sn_site {
	uintptr_t ra;
	uintptr_t cfa;
};
#define SN_SITE ((struct sn_site){SN_CALLER_RA, SN_CALLER_CFA})

/* A tag: which lock this is, in the lock's own memory. From the top: 24 bits that only this address
 * in this process has, so that a copy of the lock's bytes elsewhere does not pass for it; 8 bits of
 * the record's generation; the record. Two locks have the same tag only if they had the same
 * address and as many others were between them as the generation can count. */
static inline uint32_t sn_tag_check(const struct sn_self *self, const void *address)
{
	/* Never 0: memory without a tag has none of ours. */
	return ((uint32_t)(((uintptr_t)address * 0x9e3779b97f4a7c15u) >> 40) ^ self->nonce) | 1;
}

static inline uint64_t sn_tag_make(const struct sn_self *self, uint32_t lock)
{
	const struct sn_lock_rec *rec = &self->locks[lock];
	uint64_t check = sn_tag_check(self, (const void *)(uintptr_t)rec->address);
	return check << 40 | (uint64_t)(uint8_t)rec->generation << 32 | lock;
}

/* The tag, read from the lock's memory, if it is one of ours and names this address; else 0. Its
 * lower half is the lock's record. */
static inline uint64_t sn_tag_known(const struct sn_self *self, uint64_t tag, const void *address)
{
	if ((uint32_t)(tag >> 40) != sn_tag_check(self, address))
		return 0;
	if (!(uint32_t)tag)
		__builtin_unreachable(); /* no tag of ours names the lock 0: spare the test */
	return tag;
}

static inline uint32_t sn_tag_lock(const struct sn_self *self, uint64_t tag, const void *address)
{
	return (uint32_t)sn_tag_known(self, tag, address);
}

/* A number for a lock held or wanted in a mode, by its tag. */
static inline uint64_t sn_print(uint64_t tag, uint32_t mode)
{
	uint64_t x = (tag * 2 + (mode & SN_MODE_READ) + 1) * 0x9e3779b97f4a7c15u;
	return x ^ (x >> 29);
}

static inline void sn_held_capacity(struct sn_self *self, uint32_t capacity)
{
	self->held_capacity = capacity;
	self->held_quick = capacity < SN_PRINTS - 1 ? capacity : SN_PRINTS - 1;
}

/* Makes room for one more held lock; 0 where there is none. */
SN_COLD int sn_held_grow(struct sn_self *self);

/* Computes all of prints that there is for what is held anew, from what is really held, and returns
 * the last. */
uint64_t sn_held_reprint(struct sn_self *self);

/* The order of wanting a lock with that print there, after a set with this one. */
static inline uint64_t sn_order_key(uint64_t set, uint64_t print, uintptr_t ra)
{
	return set + ra + print * 3;
}

/* A new thread's memory of the orders it has seen, in its state; and what it took besides is given
 * back. */
void sn_order_begin(struct sn_self *self);
void sn_order_end(struct sn_self *self);

/* An order that the thread had recorded came up again and had been forgotten. */
SN_COLD void sn_order_missed(struct sn_self *self);

/* Records the lock order, unless this thread has already. `hint` is a word beside the lock's tag,
 * or NULL. */
SN_COLD void sn_order_slow(struct sn_self *self, uint64_t tag, uint32_t mode, uint32_t stack,
			   uint64_t *hint, struct sn_site site);

/* The thread is about to take the lock, or has just taken it: notes the order against what it
 * holds. */
static inline void sn_order(struct sn_self *self, uint32_t lock, uint32_t mode, uint32_t stack,
			    uint64_t *hint, struct sn_site site)
{
	if (self->rec->held_count)
		sn_order_slow(self, sn_tag_make(self, lock), mode, stack, hint, site);
}

/* Two words that lie side by side in one store. */
static inline void sn_store_pair(uint32_t *where, uint32_t low, uint32_t high)
{
	uint64_t both = low | (uint64_t)high << 32;
	__builtin_memcpy(where, &both, sizeof both);
}

/* There is room for the n-th, in prints too. */
static inline void sn_held_put(struct sn_self *self, uint32_t n, uint32_t lock, uint64_t print,
			       uint32_t mode, uint32_t stack)
{
	struct sn_held *h = &self->held[n];
	self->rec->held_count = n + 1;
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
	self->prints[n + 1] = self->prints[n] + print;
	sn_store_pair(&h->mode, mode | sn_stray.epoch << SN_MODE_EPOCH_SHIFT, 0);
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
	sn_store_pair(&h->lock, lock, stack);
}

SN_COLD void sn_held_push(struct sn_self *self, uint32_t lock, uint32_t mode, uint32_t stack);

/* Takes out slot i and whatever is empty above it. */
SN_COLD void sn_held_remove(struct sn_self *self, uint32_t i);

/* More held locks than that are not looked through one by one, nor summed up: held_many.c. */
#define SN_HELD_MANY SN_PRINTS

SN_COLD uint32_t sn_held_find_many(const struct sn_self *self, uint32_t lock);
/* A lock has been put into that slot, or slots from there on have moved. */
SN_COLD void sn_held_index_put(struct sn_self *self, uint32_t slot);
SN_COLD void sn_held_index_end(struct sn_self *self);
/* As sn_order_slow. */
SN_COLD void sn_order_many(struct sn_self *self, uint64_t tag, uint32_t mode, uint32_t stack,
			   struct sn_site site);

/* The topmost slot that holds `lock`, or UINT32_MAX. */
static inline uint32_t sn_held_find(const struct sn_self *self, uint32_t lock)
{
	if (sn_unlikely(self->rec->held_count > SN_HELD_MANY))
		return sn_held_find_many(self, lock);
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
	self->held[n - 1].lock = 0;
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
	self->rec->held_count = n - 1;
	self->rec->released[lock % SN_RELEASED] = lock;
	return 1;
}

#endif
