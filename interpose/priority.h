/* SPDX-License-Identifier: Apache-2.0
 *
 * Asks the kernel for threads' priorities, when a wait has lasted so long that it matters; and
 * remembers where the holder took the lock, which it has given up by then. */
#ifndef SN_INTERPOSE_PRIORITY_H
#define SN_INTERPOSE_PRIORITY_H

#include "interpose/shim.h"

/* How far thread `a` is below thread `b` (kernel thread ids): steps of real-time priority where
 * either has one, else steps of nice, fewer than five of which count for nothing. 0: it is not. */
SN_COLD uint32_t sn_priority_below(uint32_t a, uint32_t b);

/* The calling thread is about to wait for the lock: notes where its holder has taken it. */
SN_COLD void sn_priority_keeper(struct sn_self *self, uint32_t lock);

#endif
