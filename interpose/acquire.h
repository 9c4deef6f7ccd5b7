/* SPDX-License-Identifier: Apache-2.0
 *
 * What happens around every acquisition and release, whatever the lock's type. */
#ifndef SN_INTERPOSE_ACQUIRE_H
#define SN_INTERPOSE_ACQUIRE_H

#include "interpose/handler.h"
#include "interpose/identity.h"
#include "interpose/wait.h"

/* A place in the program: where it called us. */
struct sn_site {
	uintptr_t ra;
	uintptr_t cfa;
};
#define SN_SITE ((struct sn_site){SN_CALLER_RA, SN_CALLER_CFA})

/* The same as sn_held_push where something is to be noted besides. */
SN_COLD void sn_push_attentively(struct sn_self *self, uint32_t lock, uint32_t mode,
				 uint32_t stack);

/* The calling thread now holds `lock`: its order against what was held, then the held set. */
static inline __attribute__((always_inline)) void
sn_acquired(struct sn_self *self, uint32_t lock, uint32_t mode, uint64_t *hint, struct sn_site site)
{
	uint32_t stack = sn_trace(self, site.ra, site.cfa);
	sn_order(self, lock, mode, stack, hint, site.ra, site.cfa);
	if (sn_likely(!self->attention))
		sn_held_push(self, lock, mode, stack);
	else
		sn_push_attentively(self, lock, mode, stack);
}

/* The calling thread will block for `lock`, which `owner` (a kernel thread id, 0 unknown) holds.
 * The order counts from here, since a thread that never gets the lock has wanted it all the same.
 */
SN_COLD void sn_blocking(struct sn_self *self, struct sn_wait_scope *outer, uint32_t lock,
			 uint32_t mode, uint32_t owner, struct sn_site site);

/* Takes `lock` out of what the calling thread holds; 0 where it does not hold it. */
SN_COLD int sn_release_slow(struct sn_self *self, uint32_t lock);

static inline int sn_release(struct sn_self *self, uint32_t lock)
{
	return sn_likely(sn_held_pop_newest(self, lock)) || sn_release_slow(self, lock);
}

/* A lock is unlocked that the calling thread does not hold. `owner`: the kernel's id of the thread
 * that the lock itself names, 0 if it names none; `locked`: whether it is locked at all. Judges,
 * records, and takes the lock from its holder's held set if the unlock is going to succeed. */
SN_COLD void sn_unlock_unheld(struct sn_self *self, uint32_t lock, uint32_t owner, int locked,
			      struct sn_site site);

/* The same for a read lock, which names nobody: `readers` holds it has, and if those that are known
 * are as many the calling thread has none. */
SN_COLD void sn_unlock_unread(struct sn_self *self, uint32_t lock, uint32_t readers,
			      struct sn_site site);

/* A call returned EDEADLK because the calling thread would have waited for itself: for `lock`, or
 * for its own end (0). */
SN_COLD void sn_told_edeadlk(struct sn_self *self, uint32_t lock, uint32_t mode,
			     struct sn_site site);

/* A lock is being destroyed: reports its holder, if there is one. Returns whether there was. */
SN_COLD int sn_destroying(struct sn_self *self, uint32_t lock, struct sn_site site);

/* Another thread's or this one's hold on a lock that is gone is forgotten. */
SN_COLD void sn_forget_holders(uint32_t lock);

#endif
