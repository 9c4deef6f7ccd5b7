/* SPDX-License-Identifier: Apache-2.0
 *
 * What topics and subscriptions are, for topic.c, which publishes, and subscription.c, which
 * receives.
 *
 * The topic's list has a reference to each subscription that is on it, and each subscription has
 * one to its topic; so both are kept alive until the subscription leaves the list, which its own
 * close and that of the topic bring about.  The program's handles are counted apart. */
#ifndef SN_CHANNEL_TOPIC_H
#define SN_CHANNEL_TOPIC_H

#include "channel/lock.h"
#include "channel/semaphore.h"
#include "include/snarl_channel/topic.h"

struct snarl_topic {
	uint32_t handles;
	uint32_t references;
	size_t element;
	struct sn_semaphore turn; /* of the publishers; held while one goes along the list */

	struct sn_mutex lock; /* of what follows */
	int closed;
	struct snarl_subscription *first;
	struct snarl_subscription *last;
	struct snarl_subscription *cursor; /* whom the publisher comes to next */
};

struct snarl_subscription {
	uint32_t handles;
	uint32_t references;
	struct snarl_topic *topic; /* a reference */
	struct snarl_channel *queue;
	enum snarl_when_full full;
	int slow; /* it was closed for that */
	uint64_t dropped;

	int listed; /* this and the links are guarded by the topic's lock */
	struct snarl_subscription *next;
	struct snarl_subscription *previous;
};

void sn_topic_release(struct snarl_topic *t);

/* Puts it on the list, with a reference: 0, or -EPIPE when the topic is closed. */
int sn_topic_enlist(struct snarl_topic *t, struct snarl_subscription *s);

/* Takes it off the list; nothing when it is not on it. */
void sn_topic_strike(struct snarl_topic *t, struct snarl_subscription *s);

void sn_subscription_release(struct snarl_subscription *s);
int sn_subscription_close(struct snarl_subscription *s);

#endif
