/* SPDX-License-Identifier: Apache-2.0
 *
 * The topic: its list of subscriptions, and publishing.  Publishers take turns, so one at a time
 * goes along the list, and every subscriber sees the elements in the order of the turns.  The
 * publisher's place is a cursor that whoever leaves the list moves on; nobody waits, and nothing is
 * sent, with the lock held. */
#include "channel/topic.h"
#include "channel/crew.h"
#include "channel/memory.h"
#include "channel/wait.h"

struct snarl_topic *snarl_topic_new(size_t element_size)
{
	struct snarl_topic *t;

	if (element_size > UINT32_MAX) {
		errno = EINVAL;
		return NULL;
	}
	t = sn_zeroed(1, sizeof(*t));
	if (!t)
		return NULL;
	t->handles = t->references = 1;
	t->element = element_size;
	t->turn.capacity = 1;
	return t;
}

void sn_topic_release(struct snarl_topic *t)
{
	if (sn_unrefer(&t->references))
		sn_free(t);
}

/* With the lock held.  The list's reference is the caller's now. */
static void unlink_one(struct snarl_topic *t, struct snarl_subscription *s)
{
	s->listed = 0;
	if (t->cursor == s)
		t->cursor = s->next;
	*(s->previous ? &s->previous->next : &t->first) = s->next;
	*(s->next ? &s->next->previous : &t->last) = s->previous;
}

int sn_topic_enlist(struct snarl_topic *t, struct snarl_subscription *s)
{
	int e = -EPIPE;

	sn_mutex_take(&t->lock);
	if (!t->closed) {
		sn_refer(&s->references);
		s->listed = 1;
		s->previous = t->last;
		*(t->last ? &t->last->next : &t->first) = s;
		t->last = s;
		e = 0;
	}
	sn_mutex_give(&t->lock);
	return e;
}

void sn_topic_strike(struct snarl_topic *t, struct snarl_subscription *s)
{
	int was_listed;

	sn_mutex_take(&t->lock);
	was_listed = s->listed;
	if (was_listed)
		unlink_one(t, s);
	sn_mutex_give(&t->lock);
	if (was_listed)
		sn_subscription_release(s);
}

/* 0 or -EPIPE. */
static int start_at_first(struct snarl_topic *t)
{
	int closed;

	sn_mutex_take(&t->lock);
	closed = t->closed;
	if (!closed)
		t->cursor = t->first;
	sn_mutex_give(&t->lock);
	return closed ? -EPIPE : 0;
}

/* A reference to the next subscription, or NULL at the end. */
static struct snarl_subscription *next(struct snarl_topic *t)
{
	struct snarl_subscription *s;

	sn_mutex_take(&t->lock);
	s = t->cursor;
	if (s) {
		t->cursor = s->next;
		sn_refer(&s->references);
	}
	sn_mutex_give(&t->lock);
	return s;
}

static void miss(struct snarl_subscription *s)
{
	__atomic_fetch_add(&s->dropped, 1, __ATOMIC_RELAXED);
}

/* One publication, on its way along the list. */
struct round {
	const void *element;
	int64_t deadline; /* SN_TRY once the wait for one subscriber has failed */
	struct snarl_context *context;
};

static void fall_behind(struct snarl_subscription *s)
{
	/* Release pairs with the acquire in the receivers: who finds it closed finds out why. */
	__atomic_store_n(&s->slow, 1, __ATOMIC_RELEASE);
	sn_subscription_close(s);
}

/* Whether the subscriber got it.  Nobody waits twice for a subscriber's sake when the first wait
 * has used up the publisher's time. */
static int give(struct round *r, struct snarl_subscription *s)
{
	int e = sn_offer(s->queue, r->element, s->full, NULL, r->deadline, r->context);

	if (e && e != -EPIPE)
		miss(s);
	if (e == -EAGAIN && s->full == SNARL_FULL_CLOSE)
		fall_behind(s);
	if (e == -ETIMEDOUT || e == -ECANCELED) {
		r->deadline = SN_TRY;
		r->context = NULL;
	}
	return e >= 0;
}

static int go_along(struct snarl_topic *t, struct round *r)
{
	struct snarl_subscription *s;
	int served = start_at_first(t);

	while (served >= 0 && (s = next(t))) {
		served += give(r, s);
		sn_subscription_release(s);
	}
	return served;
}

static int publish(struct snarl_topic *t, const void *element, int64_t deadline,
		   struct snarl_context *context)
{
	struct round r = {element, deadline, context};
	int e;

	if (!t || (!element && t->element))
		return -EINVAL;
	e = sn_semaphore_acquire(&t->turn, 1, deadline, context);
	if (e)
		return e;
	e = go_along(t, &r);
	sn_semaphore_give(&t->turn, 1);
	return e;
}

SN_FORMS(snarl_topic_publish, snarl_topic_try_publish, snarl_topic_publish_until,
	 snarl_topic_publish_with, publish, (struct snarl_topic * topic, const void *element),
	 (topic, element))

/* Off the list, so that its reference is the caller's; NULL when the list is empty. */
static struct snarl_subscription *pop(struct snarl_topic *t)
{
	struct snarl_subscription *s;

	sn_mutex_take(&t->lock);
	s = t->first;
	if (s)
		unlink_one(t, s);
	sn_mutex_give(&t->lock);
	return s;
}

/* A publisher who is on its way comes to nobody any more, so that what one subscriber does not get
 * because of the close none of those after it gets. */
static int close_topic(struct snarl_topic *t)
{
	struct snarl_subscription *s;
	int was_closed;

	sn_mutex_take(&t->lock);
	was_closed = t->closed;
	t->closed = 1;
	t->cursor = NULL;
	sn_mutex_give(&t->lock);
	if (was_closed)
		return -EALREADY;
	while ((s = pop(t))) {
		sn_channel_close(s->queue);
		sn_subscription_release(s);
	}
	return 0;
}

int snarl_topic_close(struct snarl_topic *topic)
{
	return topic ? close_topic(topic) : -EINVAL;
}

struct snarl_topic *snarl_topic_retain(struct snarl_topic *topic)
{
	if (topic)
		sn_refer(&topic->handles);
	return topic;
}

void snarl_topic_release(struct snarl_topic *topic)
{
	if (!topic || !sn_unrefer(&topic->handles))
		return;
	close_topic(topic);
	sn_topic_release(topic);
}
