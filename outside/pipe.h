/* SPDX-License-Identifier: Apache-2.0
 *
 * Pipes that threads are blocked in, and who could end that. */
#ifndef SN_OUTSIDE_PIPE_H
#define SN_OUTSIDE_PIPE_H

#include "outside/remote.h"

/* The pipe's inode that the thread's call reads from, or writes to; 0: it is in no such call. */
uint64_t sn_pipe_of(const struct sn_remote *r, int *writes);

/* Whether the process has the pipe's other end itself, and no other process has it: what is blocked
 * at this end waits for a thread of the process. 0 as well where that cannot be found out. */
int sn_pipe_is_own(uint32_t pid, uint64_t inode, int writes);

#endif
