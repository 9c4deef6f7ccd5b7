/* SPDX-License-Identifier: Apache-2.0
 *
 * A thread that holds many locks: what it does for one more must not grow with their number.  The
 * slots above the first ones are found through an index, and orders go to graph/many.h. A slot that
 * the index names counts only if the lock is still there, so what is given up need not be taken out
 * of it. */
#include <sys/mman.h>
#include "interpose/notes.h"
#include "interpose/held.h"
#include "interpose/self.h"

#define SIZE_LEAST 1024u
/* Slots below are filled and emptied without a word to the index, and looked through. */
#define LOW (SN_PRINTS - 1)

static void insert(struct sn_held_index *x, uint32_t lock, uint32_t slot)
{
	uint32_t at = lock * 2654435761u & (x->size - 1);
	while (x->at[at].lock && x->at[at].lock != lock)
		at = (at + 1) & (x->size - 1);
	x->used += !x->at[at].lock;
	x->at[at].lock = lock;
	x->at[at].slot = slot;
}

void sn_held_index_end(struct sn_self *self)
{
	struct sn_held_index *x = &self->index;
	if (x->size)
		sn_sys(SYS_munmap, x->at, x->size * sizeof *x->at);
	*x = (struct sn_held_index){.size = 0};
}

/* Made anew, twice as large as what is held needs. Without memory for it there is none. */
static void rebuild(struct sn_self *self)
{
	struct sn_held_index *x = &self->index;
	uint32_t n = self->rec->held_count, size = SIZE_LEAST;
	while (size < n * 4)
		size *= 2;
	sn_held_index_end(self);
	x->at = sn_self_memory(size * sizeof *x->at);
	if (!x->at)
		return;
	x->size = size;
	x->rec = self->rec;
	for (uint32_t i = LOW; i < n; i++)
		if (self->held[i].lock)
			insert(x, self->held[i].lock, i);
}

/* Entries of what was given up count, too. */
static int is_good(const struct sn_self *self)
{
	const struct sn_held_index *x = &self->index;
	return x->size && x->rec == self->rec && x->used < x->size / 2;
}

void sn_held_index_put(struct sn_self *self, uint32_t slot)
{
	if (!is_good(self))
		rebuild(self);
	else if (slot >= LOW)
		insert(&self->index, self->held[slot].lock, slot);
}

static uint32_t look(const struct sn_self *self, uint32_t lock, uint32_t n)
{
	while (n-- > 0)
		if (self->held[n].lock == lock)
			return n;
	return UINT32_MAX;
}

uint32_t sn_held_find_many(const struct sn_self *self, uint32_t lock)
{
	const struct sn_held_index *x = &self->index;
	uint32_t n = self->rec->held_count;
	if (!is_good(self))
		return look(self, lock, n);
	uint32_t at = lock * 2654435761u & (x->size - 1);
	while (x->at[at].lock && x->at[at].lock != lock)
		at = (at + 1) & (x->size - 1);
	uint32_t slot = x->at[at].slot;
	if (x->at[at].lock && slot < n && self->held[slot].lock == lock)
		return slot;
	return look(self, lock, LOW);
}

static void record(struct sn_self *self, uint32_t lock, uint32_t mode, uint32_t stack)
{
	struct sn_recorder *r = &sn_shim.recorder;
	uint32_t n = self->rec->held_count;
	if (sn_many_known(r, self->thread, lock, mode, stack, self->held, n)) {
		sn_order_missed(self);
	} else if (sn_many_room(r) && !sn_lock_take(&sn_shim.lock)) {
		sn_many_order(r, &self->many, self->thread, lock, mode, stack, self->held, n);
		sn_lock_give(&sn_shim.lock);
	}
}

/* Unlike those of few locks, the memory of the newest ones is not looked into, which would cost
 * more than all else; that is done when fewer are held. */
void sn_order_many(struct sn_self *self, uint64_t tag, uint32_t mode, uint32_t stack,
		   struct sn_site site)
{
	uint32_t n = self->rec->held_count;
	uint64_t key = sn_order_key(self->prints[0] + sn_many_key(self->held, n),
				    sn_print(tag, mode), site.ra);
	if (self->seen[key * 0x9e3779b97f4a7c15u >> self->seen_shift] == key)
		return;
	uint32_t state = self->state;
	sn_busy_begin(self, site.cfa);
	record(self, (uint32_t)tag, mode, stack);
	self->state = state;
	sn_level_look(self, (uint32_t)tag, mode, stack);
	self->seen[key * 0x9e3779b97f4a7c15u >> self->seen_shift] = key;
}
