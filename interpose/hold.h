/* SPDX-License-Identifier: Apache-2.0
 *
 * Locks that are held for long while others wait, as far as the process looks itself.  Under `snarl
 * run` the command looks from outside and nothing is done here while the wait lasts.  In a process
 * of its own (a bare LD_PRELOAD) whoever would block without a time limit blocks with one first, in
 * glibc's own timed call, and looks when it has passed.  In both the waiter tells when it has got
 * the lock at last, if nobody has before. */
#ifndef SN_INTERPOSE_HOLD_H
#define SN_INTERPOSE_HOLD_H

#include "interpose/shim.h"

/* Whether a wait that begins now is to be looked at after a while; *until gets CLOCK_MONOTONIC. */
SN_COLD int sn_hold_until(struct timespec *until);

/* The calling thread has waited that long, and waits on: looks who holds the lock, and prints what
 * has not been told. Keeps errno. */
SN_COLD void sn_hold_look(struct sn_self *self);

/* The calling thread is about to end a wait for a lock in which it was given up `passes` times. */
SN_COLD void sn_hold_waited(struct sn_self *self, uint64_t now, uint32_t passes);

/* Whether something was told of a hold that began at this stack; it is now. */
SN_COLD int sn_hold_told(uint32_t stack);

#endif
