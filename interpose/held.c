/* SPDX-License-Identifier: Apache-2.0
 *
 * The slow halves of held.h. */
#include "interpose/notes.h"
#include "interpose/held.h"
#include "interpose/gone.h"
#include <string.h>
#include <sys/mman.h>
#include "interpose/sections.h"
#include "interpose/self.h"

/* Locks that are given up in the order in which they were taken leave empty slots below. Returns
 * whether it was worth it. */
static int close_gaps(struct sn_self *self)
{
	uint32_t n = self->rec->held_count, kept = 0, last = 0;
	for (uint32_t i = 0; i < n; i++)
		kept += self->held[i].lock != 0;
	if (kept > n / 2)
		return 0;
	for (uint32_t i = 0; i < n; i++)
		if (self->held[i].lock)
			self->held[last++] = self->held[i];
	for (uint32_t i = last; i < n; i++)
		self->held[i].lock = 0;
	self->rec->held_count = last;
	self->index.rec = NULL;
	self->many.valid = 0;
	sn_held_reprint(self);
	return 1;
}

int sn_held_grow(struct sn_self *self)
{
	struct sn_recorder *r = &sn_shim.recorder;
	struct sn_thread_rec *rec = self->rec;
	if (rec->held_count > SN_HELD_MANY && close_gaps(self))
		return 1;
	uint32_t n = self->held_capacity * 2;
	uint32_t first = sn_recorder_append(r, SN_TABLE_HELD, n);
	if (!first) {
		sn_recorder_count(r, SN_COUNTER_HELD_FULL);
		return 0;
	}
	memcpy(sn_rec_held(r, first), self->held, rec->held_count * sizeof *self->held);
	rec->held_more = first;
	rec->held_capacity = n;
	self->held = sn_rec_held(r, first);
	sn_held_capacity(self, n);
	return 1;
}

void sn_held_remove(struct sn_self *self, uint32_t i)
{
	struct sn_held *h = &self->held[i];
	uint32_t n = self->rec->held_count;
	self->rec->released[h->lock % SN_RELEASED] = h->lock;
	h->lock = 0;
	if (i + 1 < n && n - i < 64) {
		/* Out of order: close the gap, oldest first as before. */
		memmove(h, h + 1, (n - i - 1) * sizeof *h);
		self->held[n - 1].lock = 0;
		self->rec->held_count = --n;
	}
	while (n && !self->held[n - 1].lock)
		n--;
	self->rec->held_count = n;
	if (self->many.valid > i)
		self->many.valid = i;
	for (uint32_t moved = i; n > SN_HELD_MANY && n - i < 64 && moved < n; moved++)
		sn_held_index_put(self, moved);
	if (i < SN_PRINTS)
		sn_held_reprint(self);
}

/* An order that is known with evidence is another without it. */
static uint64_t print_of(const struct sn_self *self, const struct sn_held *h)
{
	return sn_print(sn_tag_make(self, h->lock), h->mode) +
	       (h->mode & SN_MODE_READ ? sn_sections_salt(self, h->lock) : 0) +
	       (h->depth & SN_DEPTH_EVIDENCE) * 0x9fb21c651e98df25u;
}

uint64_t sn_held_reprint(struct sn_self *self)
{
	uint64_t sum = self->prints[0];
	for (uint32_t i = 0; i < self->rec->held_count && i < SN_HELD_MANY; i++) {
		if (self->held[i].lock)
			sum += print_of(self, &self->held[i]);
		if (i + 1 < SN_PRINTS)
			self->prints[i + 1] = sum;
	}
	return sum;
}

void sn_held_push(struct sn_self *self, uint32_t lock, uint32_t mode, uint32_t stack)
{
	if (self->rec->held_count >= self->held_capacity && !sn_held_grow(self))
		return;
	uint32_t n = self->rec->held_count;
	if (n + 1 < SN_PRINTS) {
		uint64_t print = sn_print(sn_tag_make(self, lock), mode);
		if (mode & SN_MODE_READ)
			print += sn_sections_salt(self, lock);
		sn_held_put(self, n, lock, print, mode, stack);
		return;
	}
	struct sn_held *h = &self->held[n];
	self->rec->held_count = n + 1;
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
	sn_store_pair(&h->mode, mode | sn_stray.epoch << SN_MODE_EPOCH_SHIFT, 0);
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
	sn_store_pair(&h->lock, lock, stack);
	if (self->many.valid > n)
		self->many.valid = n;
	sn_held_index_put(self, n);
}

/* Tells apart by whole generations what a tag's part of them does not: the orders that a thread has
 * seen stay for long, and a record that serves one short-lived lock after the other comes round. */
static uint64_t lives(const struct sn_self *self, uint32_t lock)
{
	uint64_t sum = self->locks[lock].generation * 3u;
	for (uint32_t i = 0; i < self->rec->held_count; i++)
		sum += self->locks[self->held[i].lock].generation;
	return sum * 0x9fb21c651e98df25u;
}

#define LARGE_SEEN_LOG 15
#define MISSES_MOST 1024

void sn_order_begin(struct sn_self *self)
{
	self->seen = self->own_seen;
	self->seen_shift = 64 - (uint32_t)__builtin_ctz(SN_SEEN);
}

void sn_order_end(struct sn_self *self)
{
	if (self->seen != self->own_seen)
		sn_sys(SYS_munmap, self->seen, sizeof *self->seen << LARGE_SEEN_LOG);
}

/* An order that was recorded long ago came up and had been forgotten. A thread to which that
 * happens all the time has more of them than most (a lock in each of ten thousand items), and gets
 * room for more, once. */
void sn_order_missed(struct sn_self *self)
{
	if (++self->seen_misses != MISSES_MOST)
		return;
	uint64_t *large = sn_self_memory(sizeof *large << LARGE_SEEN_LOG);
	if (!large)
		return;
	self->seen = large;
	self->seen_shift = 64 - LARGE_SEEN_LOG;
}

static void record(struct sn_self *self, uint32_t lock, uint32_t mode, uint32_t stack)
{
	struct sn_recorder *r = &sn_shim.recorder;
	uint32_t held = self->rec->held_count;
	if (sn_registry_dep_known(r, self->thread, lock, mode, stack, self->held, held)) {
		sn_order_missed(self);
	} else if (!sn_lock_take(&sn_shim.lock)) {
		if (sn_registry_dep(r, self->thread, lock, mode, stack, self->held, held))
			sn_sections_ordered(self);
		sn_lock_give(&sn_shim.lock);
	}
}

void sn_order_slow(struct sn_self *self, uint64_t tag, uint32_t mode, uint32_t stack,
		   uint64_t *hint, struct sn_site site)
{
	uint32_t lock = (uint32_t)tag;
	if (sn_unlikely(self->rec->held_count > SN_HELD_MANY)) {
		sn_order_many(self, tag, mode, stack, site);
		return;
	}
	uint64_t key = sn_order_key(sn_held_reprint(self), sn_print(tag, mode), site.ra);
	uint64_t life = key + lives(self, lock);
	uint64_t hash = life * 0x9e3779b97f4a7c15u;
	if (self->seen[hash >> self->seen_shift] != life) {
		if (sn_gone_memory(self, site) && !self->rec->held_count)
			return;
		uint32_t state = self->state;
		sn_busy_begin(self, site.cfa);
		record(self, lock, mode, stack);
		self->state = state;
		sn_level_look(self, lock, mode, stack);
		self->seen[hash >> self->seen_shift] = life;
	}
	if (hint)
		*hint = key;
}
