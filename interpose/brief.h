/* SPDX-License-Identifier: Apache-2.0
 *
 * Objects that nobody initialises and nobody destroys: once controls, futex words.  Such an object
 * is known only while some thread is inside a call on it, so however many addresses serve for a
 * moment, the tables hold no more than there are threads.  Found by address in memory of the
 * process's own, which a fork child begins anew. */
#ifndef SN_INTERPOSE_BRIEF_H
#define SN_INTERPOSE_BRIEF_H

#include "interpose/shim.h"

/* A thread's stay at an object. */
struct sn_brief {
	const void *address;
	uint32_t lock; /* 0: it is not known, for want of room */
	uint32_t nonce;
};

/* The calling thread enters: the object gets a record (with a sn_sync_rec where its type is FUTEX)
 * if nobody is there yet. */
SN_COLD void sn_brief_enter(struct sn_self *self, struct sn_brief *b, const void *address,
			    uint32_t type, uint32_t stack);
/* It leaves; the last one takes the record with it, unless that is part of what is recorded. */
SN_COLD void sn_brief_leave(struct sn_self *self, struct sn_brief *b, uint32_t type);

/* The record of an object at which somebody is now; 0: there is none. Takes no lock: by the time it
 * returns they may have left. */
uint32_t sn_brief_find(const void *address, uint32_t type);

#endif
