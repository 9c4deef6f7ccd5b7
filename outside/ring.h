/* SPDX-License-Identifier: Apache-2.0
 *
 * Threads of several processes that wait for each other, in locks that processes share.  Nobody of
 * them can see that from inside: who holds what is in as many recordings as there are processes.
 * The locks themselves say who owns them, and the kernel who waits for which.
 *
 * Each must sleep without a time limit on the word of a lock that lies in memory which its owner
 * has as well, and nobody must have moved between two looks.  Whether another process could help is
 * asked as for a lock whose owner has gone (owner.h); within these processes only the owner could. */
#ifndef SN_OUTSIDE_RING_H
#define SN_OUTSIDE_RING_H

#include "outside/owner.h"

/* Fills ring and gone of a thread that waits for a lock as is said, where it is the first of such a
 * ring: the one with the lowest numbers, so that of several pictures one tells of it. */
void sn_ring_look(struct sn_seen_thread *t, uint32_t pid, const struct sn_said *said);

#endif
