/* SPDX-License-Identifier: Apache-2.0
 *
 * What graph/straight.c and graph/straight_step.c share: a walk along a thread's code. */
#ifndef SN_GRAPH_STRAIGHT_WAY_H
#define SN_GRAPH_STRAIGHT_WAY_H

#include "graph/straight.h"

#define SN_WAY_DEPTH 128
#define SN_WAY_CELLS 32
#define SN_WAY_REGISTERS 16
#define SN_WAY_RSP 4
#define SN_WAY_RBP 5

/* A number that is not known, the base, and how far it is from there; base 0: a known number. */
struct sn_value {
	uint32_t base;
	int64_t offset;
};

struct sn_cell {
	struct sn_value at, value;
	uint32_t bytes; /* 0: not used */
};

enum sn_way_state { SN_WAY_ON, SN_WAY_THERE, SN_WAY_LOST };

struct sn_walk {
	const struct sn_way *way;
	uint64_t at;
	enum sn_way_state state;
	int called; /* the last instruction was a call */
	uint32_t symbols;
	uint32_t depth, next_cell;
	struct sn_value registers[SN_WAY_REGISTERS];
	struct sn_cell cells[SN_WAY_CELLS];
	/* What the flags tell of: a comparison of two numbers that are as far from the same base.
	 */
	int flags_known;
	uint32_t flag_base;
	int64_t flag_a, flag_b;
	uint64_t returns[SN_WAY_DEPTH]; /* outermost first */
};

/* One instruction; state LOST where it is not understood. */
void sn_way_step(struct sn_walk *w);

struct sn_value sn_way_fresh(struct sn_walk *w);
void sn_way_store(struct sn_walk *w, struct sn_value at, uint32_t bytes, struct sn_value value);
struct sn_value sn_way_load(struct sn_walk *w, struct sn_value at, uint32_t bytes);
int sn_way_condition(const struct sn_walk *w, uint32_t condition);
void sn_way_go(struct sn_walk *w, uint64_t target);
void sn_way_call(struct sn_walk *w, uint64_t target, uint64_t back);
void sn_way_return(struct sn_walk *w);

#endif
