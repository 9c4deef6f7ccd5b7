/* SPDX-License-Identifier: Apache-2.0
 *
 * Whether a thread looked at any state between taking a mutex and its wait: its code is followed
 * from where the lock call returned (with 0) to where the wait call was made.  A branch that the
 * lock call's result decides, or a constant, is no look; one that anything else decides may be one,
 * and so may whatever is not understood (and any other architecture): then nothing is claimed.
 * Memory that is only loaded, stored or handed on decides nothing. */
#ifndef SN_GRAPH_STRAIGHT_H
#define SN_GRAPH_STRAIGHT_H

#include <stdint.h>

struct sn_way {
	/* Copies n bytes of the program's memory; returns 0, or another number where it cannot. */
	int (*read)(void *context, uint64_t address, void *to, uint32_t n);
	void *context;
	/* The return addresses on the stack at the lock call and at the wait call, innermost first.
	 */
	const uint64_t *from, *to;
	uint32_t from_depth, to_depth;
	/* Where the detector's own code lies: the wait call ends there. 0: not known; then the
	 * first call that would return to to[0] is taken for it. */
	uint64_t shim_start, shim_end;
};

/* 1 if the way runs straight from one to the other; else 0. */
int sn_straight(const struct sn_way *way);

#endif
