/* SPDX-License-Identifier: Apache-2.0
 *
 * Which record belongs to a lock.  A private, non-robust mutex and a private rwlock carry it in a
 * field that glibc never uses (see layout.h), so looking it up is one load, and memory that is
 * re-initialised or reused has lost it. Everything else is found by its address. */
#ifndef SN_INTERPOSE_IDENTITY_H
#define SN_INTERPOSE_IDENTITY_H

#include "interpose/held.h"
#include "interpose/layout.h"

/* A record for a lock whose tag is missing: the record that its address had before, if that one was
 * in no order with others, else a new one. Writes the tag. `stack` is its birth so far as we know.
 */
SN_COLD uint32_t sn_identity_tag(struct sn_self *self, void *address, uint32_t type, uint32_t flags,
				 uint32_t stack, uint64_t *tag);

/* The same for a lock that has room for no more than its record's number: `mark`, which is 0 in
 * memory that is new. */
SN_COLD uint32_t sn_identity_mark(struct sn_self *self, void *address, uint32_t type,
				  uint32_t flags, uint32_t stack, uint32_t *mark);

/* The lock that a mark names, if it is this type's and at this address; else 0. The number alone
 * proves it: memory that was reused has another one, or none, or names what is elsewhere. */
static inline uint32_t sn_mark_lock(const struct sn_self *self, const uint32_t *mark,
				    const void *address, uint32_t type)
{
	uint32_t lock = __atomic_load_n(mark, __ATOMIC_RELAXED);
	if (sn_unlikely(!lock || lock >= sn_shim.recorder.header->tables[SN_TABLE_LOCK].used))
		return 0;
	const struct sn_lock_rec *rec = &self->locks[lock];
	return sn_likely(rec->address == (uintptr_t)address && rec->type == type &&
			 !(rec->flags & SN_LOCK_DESTROYED))
		       ? lock
		       : 0;
}

/* The same for a lock that is found by its address; `fresh` gives it a new identity. */
SN_COLD uint32_t sn_identity_object(struct sn_self *self, void *address, uint32_t type,
				    uint32_t flags, uint32_t stack, int fresh);

/* The same without a look whether the object is what it is taken for. */
SN_COLD uint32_t sn_identity_make(struct sn_self *self, void *address, uint32_t type,
				  uint32_t flags, uint32_t stack, int fresh);

/* What was seen last at an address, of whatever type and however it is found; 0 where unknown. */
uint32_t sn_identity_at(struct sn_self *self, const void *address);

/* A known lock found by address, through the thread's small cache; 0 where it is unknown. */
static inline uint32_t sn_identity_find(struct sn_self *self, const void *address)
{
	uint32_t slot = (uint32_t)(((uintptr_t)address * 0x9e3779b97f4a7c15u) >> 58);
	uint32_t lock = self->objects[slot].object;
	/* There may be no record at all yet, not even the one of index 0. */
	if (lock && self->objects[slot].address == (uintptr_t)address &&
	    self->locks[lock].address == (uintptr_t)address &&
	    !(self->locks[lock].flags & SN_LOCK_DESTROYED))
		return lock;
	lock = sn_registry_object(&sn_shim.recorder, (uintptr_t)address);
	self->objects[slot].address = (uintptr_t)address;
	self->objects[slot].object = lock;
	return lock;
}

/* Forgets a destroyed lock. tag is NULL for one found by its address. */
SN_COLD void sn_identity_end(struct sn_self *self, void *address, uint32_t lock, uint64_t *tag);
SN_COLD void sn_identity_end_mark(struct sn_self *self, void *address, uint32_t lock,
				  uint32_t *mark);

/* After a fork: writes the tag, or the address, of a lock whose record has been made anew. */
void sn_identity_bind(struct sn_self *self, uint32_t lock);

/* For a fork child: forgets the parent's locks. */
void sn_identity_reset(void);

#endif
