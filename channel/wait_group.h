/* SPDX-License-Identifier: Apache-2.0
 *
 * Wait groups from within the library; embeddable. */
#ifndef SN_CHANNEL_WAIT_GROUP_H
#define SN_CHANNEL_WAIT_GROUP_H

#include "channel/lock.h"
#include "channel/park.h"

/* Zeroed memory is a group with count 0. */
struct sn_wait_group {
	int64_t count; /* gets 0, and is waited for, under the lock only */
	struct sn_mutex lock;
	struct sn_queue waiters;
};

/* As the exported functions. */
int sn_wait_group_add(struct sn_wait_group *g, int64_t delta);
int sn_wait_group_wait(struct sn_wait_group *g, int64_t deadline, struct snarl_context *context);

#endif
