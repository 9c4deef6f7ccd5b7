/* SPDX-License-Identifier: Apache-2.0
 *
 * Objects that threads sleep on and that any thread may wake: condition variables, semaphores,
 * barriers, futexes.  Each is found by its address and has a state (struct sn_sync_rec) that counts
 * who is blocked on it and who has been woken, and remembers the last signals: what a deadlock and
 * a lost wakeup are judged by.  Nothing here takes a lock or reads a clock when nobody waits. */
#ifndef SN_INTERPOSE_SYNC_H
#define SN_INTERPOSE_SYNC_H

#include "interpose/acquire.h"

/* Makes the object known; `fresh`: it has just been initialised, so nothing that was known of its
 * address counts any more. NULL where there is no room. */
SN_COLD struct sn_sync_rec *sn_sync_make(struct sn_self *self, void *address, uint32_t type,
					 uint32_t flags, int fresh, struct sn_site site);

/* The object's state if it is known as one of this type; else NULL. */
static inline struct sn_sync_rec *sn_sync_known(struct sn_self *self, const void *address,
						uint32_t type)
{
	uint32_t lock = sn_identity_find(self, address);
	/* Record 0 has no memory behind it before the first lock is recorded. */
	const struct sn_lock_rec *rec = lock ? &self->locks[lock] : NULL;
	if (!rec || rec->type != type || !rec->sync)
		return NULL;
	return sn_rec_sync(&sn_shim.recorder, rec->sync);
}

static inline struct sn_sync_rec *sn_sync_of(struct sn_self *self, void *address, uint32_t type,
					     struct sn_site site)
{
	struct sn_sync_rec *sync = sn_sync_known(self, address, type);
	return sn_likely(sync) ? sync : sn_sync_make(self, address, type, 0, 0, site);
}

/* Forgets a destroyed object, unless threads are still blocked on it. */
SN_COLD void sn_sync_gone(struct sn_self *self, void *address, struct sn_sync_rec *sync);

/* One more is blocked on it. Before whatever lets a waker see the waiter. */
static inline void sn_sync_enter(struct sn_sync_rec *sync)
{
	/* Pairs with the load in sn_sync_has_sleepers. */
	__atomic_fetch_add(&sync->waiters, 1, __ATOMIC_SEQ_CST);
}

/* It has returned; `woken`: not by itself (a time-out, an error), so one wakeup is used up. */
SN_COLD void sn_sync_leave(struct sn_sync_rec *sync, int woken);

/* Whether a wakeup now would reach a waiter that has not been woken yet. */
static inline int sn_sync_has_sleepers(const struct sn_sync_rec *sync)
{
	uint64_t w = __atomic_load_n(&sync->waiters, __ATOMIC_SEQ_CST);
	return sn_sync_waiting(w) > sn_sync_pending(w);
}

/* A wakeup for up to n waiters is about to be sent: notes that they are on their way, so that
 * nobody takes them for stuck. */
SN_COLD void sn_sync_wake(struct sn_sync_rec *sync, uint32_t n);

/* Who sends a wakeup from where, as a struct sn_signal has it. */
static inline uint64_t sn_sync_by(const struct sn_self *self, uint32_t stack)
{
	return (uint64_t)stack << 32 | self->rec->serial;
}

/* Notes who sent a wakeup from where, and when. */
void sn_sync_signalled(struct sn_self *self, struct sn_sync_rec *sync, struct sn_signal *to,
		       uint32_t flags, uint32_t stack);

/* The same of one that nobody hears. Reading the time stamp takes as long as all the rest, so of
 * signals that nobody hears and that repeat each other only the first is dated. */
static inline void sn_sync_unheard(struct sn_self *self, struct sn_sync_rec *sync,
				   struct sn_signal *to, uint32_t flags, uint32_t stack)
{
	if (to->by != sn_sync_by(self, stack))
		sn_sync_signalled(self, sync, to, flags, stack);
	else if (!(to->flags & SN_SIGNAL_AGAIN))
		to->flags |= SN_SIGNAL_AGAIN;
}

#endif
