/* SPDX-License-Identifier: Apache-2.0
 *
 * Sealed sets: threads asleep without a time limit in waits that only members of the set could end,
 * whatever the other threads of the process do.  It is for good that such a set has been found, and
 * the rest of the process may run on.
 *
 * Whether somebody else could end a wait:
 *  - for a lock: it is held by a member, or by a thread that has ended (a reader that prefers
 *    writers may also wait behind a member that wants to write);
 *  - a join: the thread is a member;
 *  - a counted object of libsnarl-channel (channel, context, wait group, weighted semaphore,
 *    rendezvous) that was seen being made: its maker has given it up, and there are no more
 * references than members that have it, by that library's rule that whoever has a handle owns a
 * reference.  A context may be borrowed, so there only those count that were spawned with it; and
 * those above it must be sealed as well;
 *  - a select, and a wait that a context ends: all of its objects;
 *  - anything else (conditions, semaphores, futures, …): anybody.
 *
 * Algorithm: the greatest such set is found by taking out, again and again, whose wait others could
 * end, until nothing changes.  Reads the registry as it is, so in a process that runs what is found
 * counts only if the kernel says that the members sleep and a second look finds the same. */
#ifndef SN_GRAPH_SEALED_H
#define SN_GRAPH_SEALED_H

#include "base/view.h"

struct sn_sealed {
	const struct sn_view *view;
	uint8_t *in;    /* one for each thread record: whether it is a member */
	uint32_t count; /* thread records */
	uint32_t work;  /* records that may still be looked at */
};

/* Makes every thread a candidate that is in a wait without a time limit. `in` has room for `count`
 * records. */
void sn_sealed_begin(struct sn_sealed *s, const struct sn_view *v, uint8_t *in, uint32_t count);

/* Takes out of the set who does not belong there; returns how many are left. Where that would be
 * too much work none is. */
uint32_t sn_sealed_find(struct sn_sealed *s);

/* Whether thread `u` keeps thread `t` waiting: it holds the lock, it is joined, or it has the
 * object and does not itself wait for the other side of it. Both are asleep. */
int sn_sealed_blocks(const struct sn_view *v, uint32_t t, uint32_t u);

#endif
