/* SPDX-License-Identifier: Apache-2.0
 *
 * How the end of a thread is seen: by the destructor of a thread-specific key that each known
 * thread sets, in the last round of destructors, so that what the program's own destructors lock is
 * seen as well.  A program may create PTHREAD_KEYS_MAX keys, so ours is lent: when the program
 * needs the last one it gets ours. A thread that is created from then on counts as ended when its
 * start routine is left; of those that are there already the end is not seen, and none is told to
 * have leaked. */
#ifndef SN_INTERPOSE_ENDING_H
#define SN_INTERPOSE_ENDING_H

#include "interpose/shim.h"

/* At the start of the shim: takes the key, if there is one. */
void sn_ending_start(void);
/* For a fork child. */
void sn_ending_reset(void);

/* The calling thread's end is to be seen. */
void sn_ending_watch(struct sn_self *self);

/* Whether the end of a thread that begins now is seen by the key alone. Otherwise its start routine
 * is called in a block of this, at whose end, be it by return, pthread_exit or cancellation, the
 * thread counts as ended. (Without it the call is the last act, and no frame of ours is in every
 * stack.) */
int sn_ending_by_key(void);
void sn_ending_left(int *unused);
#define SN_ENDING_SCOPE int left __attribute__((cleanup(sn_ending_left), unused)) = 0

#endif
