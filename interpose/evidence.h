/* SPDX-License-Identifier: Apache-2.0
 *
 * What a thread knows of its lock orders that the orders do not say: why two of them can never
 * meet.  Everything here is noted on slow paths, which a thread's attention makes it take, and is
 * judged when the orders are (detect/order_evidence.c).
 *
 * Created under a lock.  Who creates a thread while it holds a lock, for writing, and holds it on,
 * does what it does under it before that thread gets past its own first wait for that lock.  A held
 * lock counts the steps that its thread's order clock has made since; a thread knows the locks that
 * its creator held, and which of them it has had.
 *
 * Not yet known to others.  A thread that has initialised a lock, and then takes it for the first
 * time, is alone with it for as long as it releases no lock, creates no thread and wakes nobody:
 * others learn of an object under a lock, or by being told.  Of a lock that needs no initialisation
 * (std::mutex) only its first use is seen; how old its memory is then is not known. */
#ifndef SN_INTERPOSE_EVIDENCE_H
#define SN_INTERPOSE_EVIDENCE_H

#include "interpose/shim.h"

/* A lock has got a record of its own: it was initialised, or is used for the first time. */
SN_COLD void sn_evidence_new(struct sn_self *self, uint32_t lock);

/* The thread has taken `lock`: it stands on top of what it holds. */
SN_COLD void sn_evidence_acquired(struct sn_self *self, uint32_t lock, uint32_t mode);

/* Notes the evidence that there is, before an order is: most locks are given up without one. */
SN_COLD void sn_evidence_note(struct sn_self *self);

/* Another thread may have learnt of all that this one has made. */
SN_COLD void sn_evidence_over(struct sn_self *self);

/* Before an order is noted. Releases are not seen, but every acquisition is: where fewer locks are
 * held than after the last one, something was released. */
static inline void sn_evidence_look(struct sn_self *self)
{
	if (sn_unlikely(self->attention & SN_ATTENTION_NEW))
		sn_evidence_note(self);
}

/* The thread is about to tell another one something. */
static inline void sn_evidence_shared(struct sn_self *self)
{
	if (sn_unlikely(self->attention & SN_ATTENTION_NEW))
		sn_evidence_over(self);
}

/* The thread has to wait for the lock, so another one knows it. */
SN_COLD void sn_evidence_known(struct sn_self *self, uint32_t lock);

/* The thread creates another one. */
SN_COLD void sn_evidence_created(struct sn_self *self, struct sn_self *child);

/* Its order clock has moved on. */
SN_COLD void sn_evidence_tick(struct sn_self *self);

#endif
