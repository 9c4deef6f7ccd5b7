/* SPDX-License-Identifier: Apache-2.0
 *
 * The wait in one queue: see wait.h. */
#include "channel/wait.h"

int sn_wait_in(struct sn_mutex *lock, struct sn_queue *q, struct sn_node *node, int64_t deadline,
	       struct snarl_context *context)
{
	int e;

	if (deadline == SN_TRY) {
		sn_mutex_give(lock);
		return -EAGAIN;
	}
	node->parker = sn_parker_self();
	node->which = 1;
	sn_parker_arm(node->parker);
	sn_queue_add(q, node);
	sn_mutex_give(lock);
	e = sn_park_with(node->parker, deadline, context);
	if (!e)
		return node->result;
	sn_mutex_take(lock);
	sn_queue_drop(q, node);
	sn_mutex_give(lock);
	return e;
}
