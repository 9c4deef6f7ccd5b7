/* SPDX-License-Identifier: Apache-2.0
 *
 * What many.c shares with deps.c: an order that is to be recorded. */
#ifndef SN_GRAPH_DEPS_H
#define SN_GRAPH_DEPS_H

#include "graph/registry.h"

struct sn_dep_order {
	uint32_t thread, lock, mode, stack;
	const struct sn_held *held; /* as the thread holds them */
	uint32_t held_count;
	uint32_t count;  /* of those that count */
	uint32_t shared; /* where the held set is in the table already; 0: it is to be copied */
};

/* Records it in the context of that key, unless it is known well enough there. `only`: the lock
 * held, where that is one. Returns the dependency's index or 0. */
uint32_t sn_deps_record(struct sn_recorder *r, const struct sn_dep_order *o, uint64_t key,
			uint32_t only);

/* Whether that would record nothing; needs no lock. */
int sn_deps_known(const struct sn_recorder *r, const struct sn_dep_order *o, uint64_t key);

#endif
