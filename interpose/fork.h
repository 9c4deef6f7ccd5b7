/* SPDX-License-Identifier: Apache-2.0
 *
 * What a fork child must know of its parent: the locks that the forking thread holds, which it
 * holds in the child too, and those that other threads held, which nobody will ever unlock there.
 * The parent's recording is gone in the child, so they are copied to memory that stays. */
#ifndef SN_INTERPOSE_FORK_H
#define SN_INTERPOSE_FORK_H

#include "interpose/shim.h"

/* Before the fork, by the thread that forks. */
void sn_fork_snapshot(const struct sn_self *self);
/* In the parent, after it. */
void sn_fork_drop(void);
/* In the child, by its only thread; `self` may be NULL. */
void sn_fork_restore(struct sn_self *self);

/* In a child: locks that other threads of the parent held, and that nobody has asked for yet. */
extern uint32_t sn_fork_ghosts;

/* The lock at `address`, held by the ghost of the thread that held it at the fork; 0 where none
 * held it. `born`: it is being initialised, so whoever held it does so no more. Called with the
 * shim's lock held. Nothing is written to the lock's own memory, which may be gone. */
SN_COLD uint32_t sn_fork_ghost_lock(const void *address, int born);

#endif
