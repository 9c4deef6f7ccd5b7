/* SPDX-License-Identifier: Apache-2.0
 *
 * Weighted semaphores from within the library; embeddable. */
#ifndef SN_CHANNEL_SEMAPHORE_H
#define SN_CHANNEL_SEMAPHORE_H

#include "channel/lock.h"
#include "channel/park.h"

/* Zeroed memory with a capacity is a semaphore of which nothing is taken. */
struct sn_semaphore {
	uint64_t capacity;
	struct sn_mutex lock;
	uint64_t taken;
	struct sn_queue waiters; /* node->amount: how much it wants */
};

/* As the exported functions. */
int sn_semaphore_acquire(struct sn_semaphore *s, uint64_t amount, int64_t deadline,
			 struct snarl_context *context);
int sn_semaphore_give(struct sn_semaphore *s, uint64_t amount);

#endif
