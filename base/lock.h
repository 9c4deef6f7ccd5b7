/* SPDX-License-Identifier: Apache-2.0
 *
 * The shim's own lock: a futex that no program can see.  It is held for bounded work only, and
 * waiting for it is bounded too: a holder that was cancelled asynchronously must not hang the
 * program, so sn_lock_take gives up after two seconds and the caller leaves its work undone and
 * counted.  While the holder stays away (a collector may have stopped its thread by a signal)
 * nobody else waits at all. */
#ifndef SN_BASE_LOCK_H
#define SN_BASE_LOCK_H

#include <stdint.h>

struct sn_lock {
	uint32_t word;  /* 0 free, 1 held, 2 held and waited for */
	uint32_t stuck; /* somebody gave up waiting, and it has not been released since */
};

/* Returns 0 with the lock held, or -ETIMEDOUT. Not recursive; never call it from a signal handler
 * that may have interrupted a holder (the busy state of a thread sees to that). */
int sn_lock_take(struct sn_lock *l);
void sn_lock_give(struct sn_lock *l);

#endif
