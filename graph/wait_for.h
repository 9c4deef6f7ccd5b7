/* SPDX-License-Identifier: Apache-2.0
 *
 * The wait-for graph: who waits for whom, read off the thread registry.  Vertices are threads; a
 * thread that is blocked on a lock has an edge to each holder, one in a join to its target.  Timed
 * waits have no edges: they end by themselves.  Threads in condition waits are never part of a
 * ring. Reads other threads' records without a lock: what it sees is a moment's picture, so every
 * ring is looked at twice and counts only when nothing in it has changed.
 *
 * Algorithm: depth-first search from one thread; a lock held by several readers has several edges,
 * and since a writer needs all of them to leave, any one ring is a deadlock. */
#ifndef SN_GRAPH_WAIT_FOR_H
#define SN_GRAPH_WAIT_FOR_H

#include "base/finding.h"

/* Looks for a ring through `thread`, which has published its wait. Fills `f` with kind DEADLOCK or
 * SELF_DEADLOCK and returns 1, or returns 0. Never blocks; bounded. */
int sn_wait_for_find(const struct sn_view *v, uint32_t thread, struct sn_finding *f);

/* Whether `thread` can never return given the finding: it is in the ring, or waits (through
 * joins and locks) for one that is. */
int sn_wait_for_stuck(const struct sn_view *v, uint32_t thread, const struct sn_finding *f);

#endif
