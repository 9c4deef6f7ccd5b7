/* SPDX-License-Identifier: Apache-2.0
 *
 * Who has which slot, and who had it before.  Called with the threads' lock (thread.c) held. */
#ifndef SN_RACE_SLOT_H
#define SN_RACE_SLOT_H

#include <stdint.h>

struct sn_slot {
	uint32_t clock; /* the last of the thread that gave it up; 0: it is new */
	uint32_t slot;
};

/* A slot that nobody has, for the thread with this serial. `is_known(slot, clock)` says whether
 * every living thread is ordered after what the slot's last thread did until then. Returns 0, or
 * -EAGAIN where all slots are taken by the living: then it is one that another thread has. */
int sn_slot_take(struct sn_slot *s, uint32_t serial,
		 int (*is_known)(uint32_t slot, uint32_t clock));

/* Its thread has ended, or moves to another. */
void sn_slot_give(uint32_t slot, uint32_t clock);

/* The last clocks of the slots that nobody has, and 0 for the others; how many those are. */
uint32_t sn_slot_ended(const uint32_t **clocks);

/* Needs no lock held by the caller's thread; see sn_race_thread_who. */
uint32_t sn_slot_who(uint32_t slot, uint32_t clock);

#endif
