/* SPDX-License-Identifier: Apache-2.0
 *
 * Topics: what is published is copied to everybody who subscribed.  Each subscription has a bounded
 * queue of its own, and says what is to happen when that is full: the publisher waits
 * (SNARL_FULL_BLOCK), the new element or the oldest is dropped for this subscriber
 * (SNARL_FULL_DROP_NEWEST, SNARL_FULL_DROP_OLDEST), or the subscription is closed
 * (SNARL_FULL_CLOSE), so that one that is too slow learns of it.  All subscribers see the elements
 * in one order.
 *
 * Every blocking call comes in the four forms that channel.h describes.  All functions may be
 * called by any thread at any time, but not by a signal handler. */
#ifndef SNARL_CHANNEL_TOPIC_H
#define SNARL_CHANNEL_TOPIC_H

#include "flow.h"

SNARL_BEGIN

struct snarl_topic;
struct snarl_subscription;

/* A topic of elements of `element_size` bytes.  NULL with errno ENOMEM or EINVAL. */
SNARL_API struct snarl_topic *snarl_topic_new(size_t element_size);

/* Takes, gives up a reference.  When the last one goes the topic is closed; its subscriptions may
 * be used on. */
SNARL_API struct snarl_topic *snarl_topic_retain(struct snarl_topic *topic);
SNARL_API void snarl_topic_release(struct snarl_topic *topic);

/* Copies the element to each subscriber, waiting for those with SNARL_FULL_BLOCK: the number of
 * those who got it.  When the deadline passes or the context ends while it waits for one, that one
 * misses the element, the rest get it if they have room, and the call still succeeds.  Publishers
 * take turns.  Negative: nobody got it: -EPIPE closed, -EINVAL; or what the form of the call says,
 * while another publisher had its turn. */
SNARL_API int snarl_topic_publish(struct snarl_topic *topic, const void *element);
SNARL_API int snarl_topic_try_publish(struct snarl_topic *topic, const void *element);
SNARL_API int snarl_topic_publish_until(struct snarl_topic *topic, const void *element,
					int64_t deadline);
SNARL_API int snarl_topic_publish_with(struct snarl_topic *topic, const void *element,
				       struct snarl_context *context);

/* No more elements; subscribers get what is in their queues and then -EPIPE.  An element that is
 * being published gets no further down the list.  0 or -EALREADY. */
SNARL_API int snarl_topic_close(struct snarl_topic *topic);

/* A subscription to what is published from now on (perhaps including what is being published), with
 * room for `capacity` elements, at least 1.  The caller owns it.  NULL with errno ENOMEM, EINVAL,
 * or EPIPE: the topic is closed. */
SNARL_API struct snarl_subscription *
snarl_topic_subscribe(struct snarl_topic *topic, size_t capacity, enum snarl_when_full full);

/* Takes, gives up a reference.  When the last one goes the subscription is closed. */
SNARL_API struct snarl_subscription *snarl_subscription_retain(struct snarl_subscription *s);
SNARL_API void snarl_subscription_release(struct snarl_subscription *s);

/* The next element.  0; -EPIPE when the topic or the subscription was closed and the queue is
 * empty, -EOVERFLOW when it was closed for being too slow; or what the form of the call says. */
SNARL_API int snarl_subscription_receive(struct snarl_subscription *s, void *element);
SNARL_API int snarl_subscription_try_receive(struct snarl_subscription *s, void *element);
SNARL_API int snarl_subscription_receive_until(struct snarl_subscription *s, void *element,
					       int64_t deadline);
SNARL_API int snarl_subscription_receive_with(struct snarl_subscription *s, void *element,
					      struct snarl_context *context);

/* Its queue, for a select: receive from it and nothing else.  Borrowed. */
SNARL_API struct snarl_channel *snarl_subscription_channel(struct snarl_subscription *s);

/* How many elements it missed because its queue was full. */
SNARL_API uint64_t snarl_subscription_dropped(struct snarl_subscription *s);

/* No more elements; a publisher that waits for it goes on.  0 or -EALREADY. */
SNARL_API int snarl_subscription_close(struct snarl_subscription *s);

SNARL_END

#endif
