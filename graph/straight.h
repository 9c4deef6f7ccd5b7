/* SPDX-License-Identifier: Apache-2.0
 *
 * Whether a piece of machine code runs straight through.  A waiter that takes the mutex and waits
 * without a single compare or branch in between does not look at any state: a signal that came
 * before is lost to it.  Only plain moves are understood; whatever else is met (and any other
 * architecture) is "not known", which claims nothing. */
#ifndef SN_GRAPH_STRAIGHT_H
#define SN_GRAPH_STRAIGHT_H

#include <stdint.h>

/* 1 if the n bytes are plain moves of data that end, exactly, with the only call; else 0. */
int sn_straight(const uint8_t *code, uint32_t n);

#endif
