/* SPDX-License-Identifier: Apache-2.0
 *
 * What happens around every acquisition and release, whatever the lock's type. */
#ifndef SN_INTERPOSE_ACQUIRE_H
#define SN_INTERPOSE_ACQUIRE_H

#include "interpose/handler.h"
#include "interpose/identity.h"
#include "interpose/wait.h"

/* The calling thread now holds `lock`: its order against what was held, then the held set. */
SN_COLD void sn_acquired_slow(struct sn_self *self, uint32_t lock, uint32_t mode, uint64_t *hint,
			      struct sn_site site);

/* Whether all that there is to note of the next acquisition is known from last time, so that
 * sn_held_put is left to do: returns the stack, or 0. n: how many locks are held. */
static inline __attribute__((always_inline)) uint32_t sn_acquired_before(const struct sn_self *self,
									 uint32_t n, uint64_t print,
									 const uint64_t *hint,
									 struct sn_site site)
{
	if (sn_unlikely(self->attention || n >= self->held_quick))
		return 0;
	if (n && sn_unlikely(!hint || *hint != sn_order_key(self->prints[n], print, site.ra)))
		return 0;
	return sn_trace_first(self, site.ra, site.cfa);
}

/* By the lock's tag, for whoever has it at hand. */
static inline __attribute__((always_inline)) void sn_acquired_tag(struct sn_self *self,
								  uint64_t tag, uint32_t mode,
								  uint64_t *hint,
								  struct sn_site site)
{
	uint32_t n = self->rec->held_count;
	uint64_t print = sn_print(tag, mode);
	uint32_t stack = sn_acquired_before(self, n, print, hint, site);
	if (sn_likely(stack))
		sn_held_put(self, n, (uint32_t)tag, print, mode, stack);
	else
		sn_acquired_slow(self, (uint32_t)tag, mode, hint, site);
}

static inline void sn_acquired(struct sn_self *self, uint32_t lock, uint32_t mode, uint64_t *hint,
			       struct sn_site site)
{
	sn_acquired_tag(self, sn_tag_make(self, lock), mode, hint, site);
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

/* A try call failed on a lock that the calling thread may hold itself. */
SN_COLD void sn_tried_own(struct sn_self *self, uint32_t lock, uint32_t mode, struct sn_site site);

/* A lock is being destroyed: reports its holder, if there is one. Returns whether there was. */
SN_COLD int sn_destroying(struct sn_self *self, uint32_t lock, struct sn_site site);

/* Another thread's or this one's hold on a lock that is gone is forgotten. */
SN_COLD void sn_forget_holders(uint32_t lock);

#endif
