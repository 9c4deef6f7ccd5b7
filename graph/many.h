/* SPDX-License-Identifier: Apache-2.0
 *
 * Orders of a thread that holds more than SN_DEP_MANY locks.  A set of its own for each would cost
 * the square of what is held.  They share one: a run of the table HELD that grows with what the
 * thread holds, of which each order names as much as was held then.  How many such orders are
 * recorded, and how large the sets may get together, is bounded; the rest is counted.  A context is
 * told from others by the ends of its set, the oldest and the newest locks, and by its size. */
#ifndef SN_GRAPH_MANY_H
#define SN_GRAPH_MANY_H

#include "graph/registry.h"

/* How many locks at each end tell contexts apart. */
#define SN_MANY_ENDS 8u

/* A thread's set. What lies in it is never changed: orders name it. */
struct sn_many_set {
	uint32_t first; /* in table HELD; 0: none */
	uint32_t count;
	uint32_t capacity;
	uint32_t valid; /* of them are still held as they were then, as far as the thread knows */
};

/* As sn_registry_dep. */
uint32_t sn_many_order(struct sn_recorder *r, struct sn_many_set *set, uint32_t thread,
		       uint32_t lock, uint32_t mode, uint32_t stack, const struct sn_held *held,
		       uint32_t held_count);

/* Whether that would record nothing. Needs no lock. */
int sn_many_known(const struct sn_recorder *r, uint32_t thread, uint32_t lock, uint32_t mode,
		  uint32_t stack, const struct sn_held *held, uint32_t held_count);

/* Whether there is room for one more; counts it where there is none. Needs no lock. */
int sn_many_room(struct sn_recorder *r);

/* A number for the ends of what is held. */
uint64_t sn_many_key(const struct sn_held *held, uint32_t held_count);

#endif
