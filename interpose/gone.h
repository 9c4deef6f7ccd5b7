/* SPDX-License-Identifier: Apache-2.0
 *
 * Locks whose memory went away, or began to serve something else, while a thread held them.  Calls
 * of free are not looked at: that would cost every program, and each allocator has its own.  A
 * thread looks itself at the locks that it holds, at its next calls:
 * - at every acquisition that is not quite like the one before: whether one lies in its own stack
 *   below its present frames, so that the function whose variable it is has been left;
 * - before it sleeps, and when it has a new lock order to record: what the memory of its newest
 *   locks holds now;
 * and the first thread looks when main returns.  munmap is asked before it is done.
 * What is gone is forgotten: nobody can give it up any more. */
#ifndef SN_INTERPOSE_GONE_H
#define SN_INTERPOSE_GONE_H

#include "interpose/acquire.h"

/* Whether an address in the thread's own stack lies below the frame at `cfa`, in no frame at all.
 */
static inline int sn_gone_is_left(const struct sn_self *self, uint64_t address, uintptr_t cfa)
{
	return address - self->stack_low < cfa - self->stack_low && cfa < self->stack_high &&
	       cfa >= self->stack_low;
}

SN_COLD void sn_gone_tell_left(struct sn_self *self, uint32_t slot, struct sn_site site);

/* Looks for locks in frames that have been left. `site`: where the program called. */
static inline void sn_gone_frames(struct sn_self *self, struct sn_site site)
{
	uint32_t n = self->rec->held_count, low = n > SN_HELD_MANY ? n - SN_HELD_MANY : 0;
	for (uint32_t i = n; i-- > low;) {
		uint32_t lock = self->held[i].lock;
		if (sn_unlikely(lock && sn_gone_is_left(self, self->locks[lock].address, site.cfa)))
			sn_gone_tell_left(self, i, site);
	}
}

/* Looks into the memory of the newest locks that the thread holds. Returns whether any is gone;
 * they are forgotten. */
SN_COLD int sn_gone_memory(struct sn_self *self, struct sn_site site);

/* Whether main has returned, and nobody called exit, when the end of the process came to that
 * stack.
 */
SN_COLD int sn_main_has_returned(uint32_t stack);

/* The process ends. Where main has returned, and nobody called exit, its thread looks what it still
 * holds. */
SN_COLD void sn_gone_at_exit(struct sn_self *self, struct sn_site site);

#endif
