/* SPDX-License-Identifier: Apache-2.0
 *
 * What deps.c and registry.c need of reclaim.c.  Called with the shim's lock held. */
#ifndef SN_GRAPH_RECLAIM_H
#define SN_GRAPH_RECLAIM_H

#include "graph/registry.h"

/* The chain of unused dependencies with room for so many locks held; NULL where none is kept. */
uint32_t *sn_registry_free_deps(uint32_t held_count);

/* One dependency less that names the thread. The record of one that has been joined is given back
 * with the last of them. */
void sn_registry_dep_less(struct sn_recorder *r, uint32_t thread);

/* Gives the record back, without a look at those that become idle by it. */
void sn_registry_lock_drop(struct sn_recorder *r, uint32_t lock);

#endif
