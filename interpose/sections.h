/* SPDX-License-Identifier: Apache-2.0
 *
 * Sections of rwlocks (graph/sections.h): writers count them, and readers look at their orders
 * again.  What makes a thread look is a number that is part of the fingerprint of the lock as held
 * for reading: it changes with the first sections, and with each new order under a read lock.  It
 * lies in the rwlock itself, where glibc uses nothing, for the inlined read lock; of locks without
 * a tag it is asked for on slow paths alone. */
#ifndef SN_INTERPOSE_SECTIONS_H
#define SN_INTERPOSE_SECTIONS_H

#include "interpose/layout.h"
#include "interpose/shim.h"

/* In the memory of an rwlock that has a tag. */
static inline uint32_t sn_sections_salt_of(const pthread_rwlock_t *l)
{
	return __atomic_load_n(sn_rwlock_salt((pthread_rwlock_t *)(uintptr_t)l), __ATOMIC_RELAXED);
}

/* The same by the record, which always knows. */
static inline uint32_t sn_sections_salt(const struct sn_self *self, uint32_t lock)
{
	uint32_t sync = self->locks[lock].sync;
	if (sn_likely(!sync))
		return 0;
	const struct sn_sync_rec *s = sn_rec_sync(&sn_shim.recorder, sync);
	uint32_t sections = s->sections < 32 ? s->sections : 32;
	/* Far from each other: what it is added to are addresses of calls. */
	return (s->count * 33 + sections) * 0x9e3779b1u;
}

/* The lock has been taken for writing, or is new. `l`: where its memory is to know, else NULL. */
static inline void sn_sections_written(struct sn_self *self, uint32_t lock, pthread_rwlock_t *l)
{
	uint32_t sync = self->locks[lock].sync;
	if (sn_likely(!sync))
		return;
	sn_rec_sync(&sn_shim.recorder, sync)->sections++;
	if (l)
		*sn_rwlock_salt(l) = sn_sections_salt(self, lock);
}

/* A new order has been recorded with what the thread holds. */
SN_COLD void sn_sections_ordered(struct sn_self *self);

#endif
