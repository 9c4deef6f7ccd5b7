/* SPDX-License-Identifier: Apache-2.0
 *
 * The slow halves of held.h. */
#include "interpose/held.h"
#include <string.h>

int sn_held_grow(struct sn_self *self)
{
	struct sn_recorder *r = &sn_shim.recorder;
	struct sn_thread_rec *rec = self->rec;
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
	self->held_capacity = n;
	return 1;
}

void sn_held_remove(struct sn_self *self, uint32_t i)
{
	struct sn_held *h = &self->held[i];
	uint32_t n = self->rec->held_count;
	self->fingerprint -= sn_held_mix(h->lock, h->mode);
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
}

/* The fingerprint anew, from what is really held. */
static uint64_t true_fingerprint(const struct sn_self *self)
{
	uint64_t sum = self->salt;
	for (uint32_t i = 0; i < self->rec->held_count; i++)
		if (self->held[i].lock)
			sum += sn_held_mix(self->held[i].lock, self->held[i].mode);
	return sum;
}

void sn_order_slow(struct sn_self *self, uint32_t lock, uint32_t mode, uint32_t stack, uint64_t key,
		   uint64_t *hint, uintptr_t cfa)
{
	uint64_t *seen = &self->seen[(key * 0x9e3779b97f4a7c15u) >> 54];
	if (*seen != key) {
		uint64_t was = self->fingerprint;
		self->fingerprint = true_fingerprint(self);
		key += self->fingerprint - was;
		seen = &self->seen[(key * 0x9e3779b97f4a7c15u) >> 54];
	}
	if (*seen != key) {
		uint32_t state = self->state;
		sn_busy_begin(self, cfa);
		if (!sn_registry_dep_known(&sn_shim.recorder, self->thread, lock, mode, stack,
					   self->held, self->rec->held_count) &&
		    !sn_lock_take(&sn_shim.lock)) {
			sn_registry_dep(&sn_shim.recorder, self->thread, lock, mode, stack,
					self->held, self->rec->held_count);
			sn_lock_give(&sn_shim.lock);
		}
		self->state = state;
		*seen = key;
	}
	if (hint)
		*hint = key;
}
