/* SPDX-License-Identifier: Apache-2.0
 *
 * For tests, exported and in no public header. */
#include "channel/testing.h"
#include "include/snarl_channel/api.h"

SNARL_API size_t snarl_channel_test_waiters(struct snarl_channel *c, enum snarl_direction direction)
{
	size_t n = 0;

	sn_mutex_take(&c->lock);
	const struct sn_queue *q = direction == SNARL_SEND ? &c->senders : &c->receivers;
	for (const struct sn_node *node = q->first; node; node = node->next)
		n++;
	sn_mutex_give(&c->lock);
	return n;
}
