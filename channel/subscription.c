/* SPDX-License-Identifier: Apache-2.0
 *
 * Subscriptions: a channel each, which the topic sends on by the subscription's policy. */
#include "channel/channel.h"
#include "channel/memory.h"
#include "channel/topic.h"
#include "channel/wait.h"

void sn_subscription_release(struct snarl_subscription *s)
{
	if (!sn_unrefer(&s->references))
		return;
	sn_channel_release(s->queue);
	sn_topic_release(s->topic);
	sn_free(s);
}

int sn_subscription_close(struct snarl_subscription *s)
{
	int e = sn_channel_close(s->queue);

	sn_topic_strike(s->topic, s);
	return e;
}

static struct snarl_subscription *make(struct snarl_topic *t, size_t capacity,
				       enum snarl_when_full full)
{
	struct snarl_channel *queue = sn_channel_new(t->element, capacity);
	struct snarl_subscription *s;

	if (!queue)
		return NULL;
	s = sn_zeroed(1, sizeof(*s));
	if (!s) {
		sn_channel_release(queue);
		errno = ENOMEM;
		return NULL;
	}
	s->handles = s->references = 1;
	s->queue = queue;
	s->full = full;
	s->topic = t;
	sn_refer(&t->references);
	return s;
}

static int is_policy(enum snarl_when_full full)
{
	return full == SNARL_FULL_BLOCK || full == SNARL_FULL_DROP_NEWEST ||
	       full == SNARL_FULL_DROP_OLDEST || full == SNARL_FULL_CLOSE;
}

struct snarl_subscription *snarl_topic_subscribe(struct snarl_topic *topic, size_t capacity,
						 enum snarl_when_full full)
{
	struct snarl_subscription *s;
	int e;

	if (!topic || !capacity || !is_policy(full)) {
		errno = EINVAL;
		return NULL;
	}
	s = make(topic, capacity, full);
	if (!s)
		return NULL;
	e = sn_topic_enlist(topic, s);
	if (!e)
		return s;
	sn_subscription_release(s);
	errno = -e;
	return NULL;
}

struct snarl_subscription *snarl_subscription_retain(struct snarl_subscription *s)
{
	if (s)
		sn_refer(&s->handles);
	return s;
}

void snarl_subscription_release(struct snarl_subscription *s)
{
	if (!s || !sn_unrefer(&s->handles))
		return;
	sn_subscription_close(s);
	sn_subscription_release(s);
}

static int receive(struct snarl_subscription *s, void *element, int64_t deadline,
		   struct snarl_context *context)
{
	int e;

	if (!s)
		return -EINVAL;
	e = sn_receive(s->queue, element, deadline, context);
	return e == -EPIPE && __atomic_load_n(&s->slow, __ATOMIC_ACQUIRE) ? -EOVERFLOW : e;
}

SN_FORMS(snarl_subscription_receive, snarl_subscription_try_receive,
	 snarl_subscription_receive_until, snarl_subscription_receive_with, receive,
	 (struct snarl_subscription * s, void *element), (s, element))

struct snarl_channel *snarl_subscription_channel(struct snarl_subscription *s)
{
	return s ? s->queue : NULL;
}

uint64_t snarl_subscription_dropped(struct snarl_subscription *s)
{
	return s ? __atomic_load_n(&s->dropped, __ATOMIC_RELAXED) : 0;
}

int snarl_subscription_close(struct snarl_subscription *s)
{
	return s ? sn_subscription_close(s) : -EINVAL;
}
