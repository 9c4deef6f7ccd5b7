/* SPDX-License-Identifier: Apache-2.0
 *
 * Threads as the engine knows them: a vector clock (what of every other thread's past happens
 * before what this one does now), and a slot in those of the others.  Slots of threads that have
 * ended serve others when every living thread is ordered after them, so nothing is forgotten
 * thereby. */
#ifndef SN_RACE_THREAD_H
#define SN_RACE_THREAD_H

#include "race/loss.h"
#include "race/cell.h"
#include "race/memory.h"

/* A vector clock of its own; entries from `count` on are 0. */
struct sn_race_past {
	uint32_t count;
	uint32_t at[SN_SLOTS];
};

struct sn_race_thread {
	uint64_t stamp; /* its slot and clock, as they stand in a cell */
	uint32_t busy;  /* it holds a lock of ours: what a signal handler does meanwhile is passed
			   over */
	uint32_t slot;
	uint32_t clock;
	uint32_t serial; /* numbers all threads of the process */
	uint32_t number; /* of its block in the pool */
	uint32_t shares; /* its slot is another thread's, too */
	uint32_t ended;
	struct sn_race_thread *next, *previous; /* of those that live */
	struct sn_race_past past;
	/* For fences: what it has released by the last release fence, and what it has seen by
	 * relaxed loads and would acquire by an acquire fence. */
	struct sn_race_past fenced;
	struct sn_race_past seen;
};

/* Nothing is judged any more. */
extern int sn_race_off;
/* For want of memory for what happens before what. */
SN_RACE_COLD void sn_race_stop(void);

/* A thread that `creator` is about to create. One whose creator is not known (NULL) is taken to be
 * ordered after all that has been done so far, and that the others do until they next release
 * something. NULL where there is no memory. */
struct sn_race_thread *sn_race_thread_new(struct sn_race_thread *creator);
/* It does nothing any more. */
void sn_race_thread_end(struct sn_race_thread *t);
/* All that it has done happens before what `joiner` does from now on. */
void sn_race_thread_join(struct sn_race_thread *joiner, const struct sn_race_thread *t);
/* Nobody will join it (any more). It must have ended. */
void sn_race_thread_free(struct sn_race_thread *t);

/* What t does from now on is no longer what it has released so far. */
void sn_race_thread_tick(struct sn_race_thread *t);

/* Raises `to` to at least what `from` has. */
void sn_race_past_join(struct sn_race_past *to, const uint32_t *from, uint32_t count);

/* The serial of the thread that had the slot at that time. */
uint32_t sn_race_thread_who(uint32_t slot, uint32_t clock);

static inline int sn_race_ordered(const struct sn_race_thread *t, uint64_t entry)
{
	return sn_cell_clock(entry) <= t->past.at[sn_cell_slot(entry)];
}

#endif
