/* SPDX-License-Identifier: Apache-2.0
 *
 * What the parts that have tasks of their own share: starting one that a wait group counts, and
 * putting something into a bounded queue by a policy. */
#ifndef SN_CHANNEL_CREW_H
#define SN_CHANNEL_CREW_H

#include "channel/channel.h"
#include "channel/wait_group.h"
#include "include/snarl_channel/flow.h"

/* Runs function(argument) as a task that nobody joins; the group's count, which goes up here, is
 * the function's to take down again.  0 or a negative errno: then it has been taken down. */
int sn_crew_hire(struct sn_wait_group *crew, const char *name, void *(*function)(void *argument),
		 void *argument, struct snarl_context *context);

/* Sends by the policy.  0; 1 when the oldest element was taken out for it, to `oldest`; -EAGAIN
 * when the queue is full and the policy is not to wait, or this is a try; -EPIPE; or the error by
 * which the wait ended.  The queue's senders all have the same policy. */
int sn_offer(struct snarl_channel *queue, const void *value, enum snarl_when_full full,
	     void *oldest, int64_t deadline, struct snarl_context *context);

#endif
