/* SPDX-License-Identifier: Apache-2.0
 *
 * Threads' states: where they come from and go to. */
#ifndef SN_INTERPOSE_SELF_H
#define SN_INTERPOSE_SELF_H

#include "interpose/shim.h"

/* A zeroed state for a thread with record `thread`, from the pool; NULL where memory is out. */
struct sn_self *sn_self_new(uint32_t thread);
/* Memory for a thread's state, wiped in a fork child; NULL where there is none. To be given back
 * with munmap. */
void *sn_self_memory(size_t bytes);

/* Gives a state back, when the thread never started or has ended. */
void sn_self_free(struct sn_self *self);

/* Makes `self` the calling thread's and marks its record as running. */
void sn_self_adopt(struct sn_self *self);

/* The order clock has changed: contexts seen so far count no more. */
void sn_self_salt(struct sn_self *self);

/* Moves the thread's order clock on by one and returns the new value. */
uint32_t sn_self_tick(struct sn_self *self);

/* The calling thread has ended: nothing of the program runs in it any more. */
void sn_self_ended(struct sn_self *self);
/* The same where destructors of the program may follow, unseen: they may release what it holds, and
 * wake others. */
void sn_self_left(struct sn_self *self);

/* A thread record, from those given back or new; also takes back the records of detached threads
 * whose kernel thread is gone. Called by a busy thread without the shim's lock. */
uint32_t sn_thread_record(void);

/* What a fork child must know of the thread that forked: taken before, used after. */
void sn_self_before_fork(void);
void sn_self_after_fork(void);

/* After dropping the pools of the parent: for sn_start_child. */
void sn_self_reset(void);

#endif
