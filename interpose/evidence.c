/* SPDX-License-Identifier: Apache-2.0
 *
 * See evidence.h. */
#include "interpose/evidence.h"
#include "base/names.h"
#include "interpose/held.h"

/* Held locks that are looked at, the newest: an older one stays without evidence. */
#define LOOKED_AT 64u
/* Acquisitions, all of them slow, within which a thread should come to its creator's locks. */
#define GATE_MOST 256u

static uint32_t lowest(const struct sn_self *self)
{
	uint32_t n = self->rec->held_count;
	return n > LOOKED_AT ? n - LOOKED_AT : 0;
}

static int is_lock(uint32_t type)
{
	return type != SN_LOCK_NONE && sn_lock_is_held(type);
}

void sn_evidence_new(struct sn_self *self, uint32_t lock)
{
	const struct sn_lock_rec *rec = &self->locks[lock];
	if (!is_lock(rec->type) || rec->flags & SN_LOCK_PSHARED)
		return;
	sn_evidence_look(self);
	if (rec->flags & SN_LOCK_INIT_SEEN)
		self->made[self->made_count++ % SN_MADE] = sn_tag_make(self, lock);
	else
		self->born = sn_tag_make(self, lock);
	self->new_held = self->rec->held_count;
	self->attention |= SN_ATTENTION_NEW;
}

/* Whether the lock is one of those that were initialised; it is taken out. */
static int was_made(struct sn_self *self, uint64_t tag)
{
	for (uint32_t i = 0; i < SN_MADE; i++) {
		if (self->made[i] != tag)
			continue;
		self->made[i] = 0;
		return 1;
	}
	return 0;
}

static int was_born(struct sn_self *self, uint64_t tag)
{
	int is = self->born == tag;
	self->born = 0;
	return is;
}

static void pass(struct sn_self *self, uint64_t tag, uint32_t mode)
{
	const uint32_t all = (1u << SN_GATES) - 1;
	struct sn_thread_rec *rec = self->rec;
	for (uint32_t i = 0; i < SN_GATES; i++)
		if (self->gate[i] == tag && !(mode & (SN_MODE_TRY | SN_MODE_TIMED)))
			rec->gates_passed |= 1u << i;
	if (!--self->gate_left || rec->gates_passed == all)
		self->attention &= ~SN_ATTENTION_GATE;
}

void sn_evidence_acquired(struct sn_self *self, uint32_t lock, uint32_t mode)
{
	uint64_t tag = sn_tag_make(self, lock);
	uint32_t evidence = 0;
	if (self->attention & SN_ATTENTION_GATE)
		pass(self, tag, mode);
	if (!(self->attention & SN_ATTENTION_NEW))
		return;
	if (was_born(self, tag))
		evidence = SN_DEPTH_BORN;
	if (was_made(self, tag))
		evidence = SN_DEPTH_MADE;
	uint32_t n = self->rec->held_count;
	self->new_held = n;
	self->alone = n && self->held[n - 1].lock == lock ? evidence : 0;
}

/* Nothing has been released since: the newest held lock is the one that was taken last. */
static void note(struct sn_self *self)
{
	if (!self->alone)
		return;
	self->held[self->rec->held_count - 1].depth |= self->alone;
	self->alone = 0;
	self->noted = 1;
	sn_held_reprint(self);
}

void sn_evidence_note(struct sn_self *self)
{
	if (self->rec->held_count == self->new_held)
		note(self);
	else
		sn_evidence_over(self);
}

void sn_evidence_over(struct sn_self *self)
{
	const uint32_t alone = SN_DEPTH_MADE | SN_DEPTH_BORN;
	self->attention &= ~SN_ATTENTION_NEW;
	self->born = 0;
	for (uint32_t i = 0; i < SN_MADE; i++)
		self->made[i] = 0;
	self->alone = 0;
	if (!self->noted)
		return;
	self->noted = 0;
	for (uint32_t i = lowest(self); i < self->rec->held_count; i++)
		self->held[i].depth &= ~alone;
	sn_held_reprint(self);
}

void sn_evidence_known(struct sn_self *self, uint32_t lock)
{
	uint64_t tag = sn_tag_make(self, lock);
	was_made(self, tag);
	was_born(self, tag);
}

void sn_evidence_created(struct sn_self *self, struct sn_self *child)
{
	uint32_t n = 0;
	sn_evidence_shared(self);
	for (uint32_t i = 0; i < SN_GATES; i++)
		child->rec->gate[i] = 0;
	child->rec->gates_passed = 0;
	for (uint32_t i = self->rec->held_count; i-- > lowest(self) && n < SN_GATES;) {
		const struct sn_held *h = &self->held[i];
		if (!h->lock || h->mode & (SN_MODE_READ | SN_MODE_UNORDERED))
			continue;
		child->rec->gate[n] = h->lock;
		child->gate[n++] = sn_tag_make(self, h->lock);
	}
	if (!n)
		return;
	child->gate_left = GATE_MOST;
	child->attention |= SN_ATTENTION_GATE;
}

void sn_evidence_tick(struct sn_self *self)
{
	for (uint32_t i = lowest(self); i < self->rec->held_count; i++)
		if ((self->held[i].depth & SN_DEPTH_OVER) != SN_DEPTH_OVER)
			self->held[i].depth += 1u << SN_DEPTH_OVER_SHIFT;
}
