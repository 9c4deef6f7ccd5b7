/* SPDX-License-Identifier: Apache-2.0
 *
 * Lack of progress, measured where a thread has waited, failed or blocked: blocking-under-lock,
 * starvation, priority-inversion, livelock.  All of it is suspect: a schedule or a loaded machine
 * can bring it about, so every finding says what was measured (see struct sn_part).  What can only
 * be judged at the end, or from the whole registry, is in detect/progress.c.
 *
 * Nothing here runs unless a thread has blocked or failed already.  A spin lock's word shows who
 * waits only until it is given up once; and a semaphore has no holder: of several threads that wait
 * for work one may never be needed. Neither can starve anybody here. */
#ifndef SN_INTERPOSE_PROGRESS_H
#define SN_INTERPOSE_PROGRESS_H

#include "interpose/sync.h"

/* A call that began at `since` took long while the thread held a lock: judges whether others waited
 * for it. They are asked now, since the lock has been held all the time and they cannot have gone
 * on. Keeps errno. */
SN_COLD void sn_progress_blocked(struct sn_self *self, uint64_t since, uint64_t now,
				 struct sn_part call);

SN_COLD void sn_progress_long_call(struct sn_self *self, uint64_t since, uint64_t now,
				   struct sn_site site);

static inline uint64_t sn_progress_ns(int milliseconds)
{
	return (uint64_t)milliseconds * 1000000u;
}

/* After a blocking call of a thread that holds a lock. */
static inline void sn_progress_called(struct sn_self *self, uint64_t since, struct sn_site site)
{
	uint64_t now = sn_now();
	if (sn_unlikely(now - since >= sn_progress_ns(sn_shim.options.blocking_ms)))
		sn_progress_long_call(self, since, now, site);
}

/* Adds what the thread has counted to the lock's record. */
SN_COLD void sn_progress_note_passes(struct sn_self *self, uint32_t stack);

/* A thread that passes a lock on so seldom keeps nothing back: between 10 and 100 ms. */
#define SN_PASSED_TICKS (1u << 27)

/* The calling thread has just unlocked `lock`, which others are waiting for; it had been its newest
 * or any held one, taken at `stack`. The lock may be gone by now: only its record is touched, and
 * if that serves another lock already, some counts of that are too high. The record is read by
 * those who contend for the lock: so that they do not fight for its cache line as well, a thread
 * counts for itself, and adds to the record what has come together. */
static inline void sn_progress_passed(struct sn_self *self, uint32_t lock, uint32_t stack)
{
	if (sn_unlikely(self->passed_lock != lock)) {
		self->passed_lock = lock;
		self->passed_count = 0;
	}
	if (sn_unlikely(++self->passed_count >= self->passed_most ||
			sn_ticks() - self->passed_ticks > SN_PASSED_TICKS))
		sn_progress_note_passes(self, stack);
}

/* A thread that has failed to get a lock has got one. */
SN_COLD void sn_progress_got(struct sn_self *self);

/* A try or timed call for `lock` failed. Keeps errno. */
SN_COLD void sn_progress_gave_up(struct sn_self *self, uint32_t lock, uint32_t mode,
				 struct sn_site site);

/* The same where it is not known yet whether it matters: one who holds nothing else keeps nobody
 * from going on. */
static inline void sn_progress_failed(struct sn_self *self, uint32_t lock, uint32_t mode,
				      struct sn_site site)
{
	if (lock && self->rec->held_count)
		sn_progress_gave_up(self, lock, mode, site);
}

/* A condition variable is destroyed: its herd is judged now, since its state is forgotten. */
SN_COLD void sn_progress_cond_gone(struct sn_self *self, const struct sn_sync_rec *sync);

#endif
