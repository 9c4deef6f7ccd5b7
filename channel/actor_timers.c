/* SPDX-License-Identifier: Apache-2.0
 *
 * An actor's timers: a sorted list, since actors have few.  The loop looks at its head before each
 * message, and waits no longer than until it is due; setting a timer from outside kicks the loop,
 * so that it looks again. */
#include <errno.h>
#include "base/sys.h"
#include "channel/actor.h"
#include "channel/channel.h"
#include "channel/memory.h"

/* Lock held. */
static void insert(struct sn_actor_timers *t, struct sn_actor_timer *timer)
{
	struct sn_actor_timer **at = &t->first;

	while (*at && (*at)->due <= timer->due)
		at = &(*at)->next;
	timer->next = *at;
	*at = timer;
}

/* To the first of its times that is still to come. */
static void put_off(struct sn_actor_timers *t, struct sn_actor_timer *timer, int64_t now)
{
	int64_t missed = (now - timer->due) / timer->period;

	if (__builtin_add_overflow(timer->due + missed * timer->period, timer->period, &timer->due))
		timer->due = SNARL_FOREVER;
	insert(t, timer);
}

int sn_actor_take_due(struct snarl_actor *a, struct snarl_message *message)
{
	struct sn_actor_timers *t = &a->timers;
	struct sn_actor_timer *timer;
	int64_t now;

	sn_mutex_take(&t->lock);
	timer = t->first;
	now = timer ? (int64_t)sn_now() : 0;
	if (!timer || timer->due > now) {
		sn_mutex_give(&t->lock);
		return 0;
	}
	t->first = timer->next;
	*message = (struct snarl_message){timer->body, NULL, timer->number};
	if (timer->period) {
		put_off(t, timer, now);
		timer = NULL;
	}
	sn_mutex_give(&t->lock);
	sn_free(timer);
	return 1;
}

int64_t sn_actor_next_due(struct snarl_actor *a)
{
	int64_t due;

	sn_mutex_take(&a->timers.lock);
	due = a->timers.first ? a->timers.first->due : SNARL_FOREVER;
	sn_mutex_give(&a->timers.lock);
	return due;
}

void sn_actor_end_timers(struct snarl_actor *a)
{
	struct sn_actor_timer *timer, *next;

	sn_mutex_take(&a->timers.lock);
	a->timers.over = 1;
	timer = a->timers.first;
	a->timers.first = NULL;
	sn_mutex_give(&a->timers.lock);
	for (; timer; timer = next) {
		next = timer->next;
		sn_free(timer);
	}
}

/* The timer's number, or -EPIPE. */
static int64_t begin(struct sn_actor_timers *t, struct sn_actor_timer *timer)
{
	int64_t number = -EPIPE;

	sn_mutex_take(&t->lock);
	if (!t->over) {
		number = timer->number = ++t->last_number;
		insert(t, timer);
	}
	sn_mutex_give(&t->lock);
	return number;
}

static int64_t set(struct snarl_actor *a, int64_t first, int64_t period, void *body)
{
	struct sn_actor_timer *timer;
	int64_t number;

	if (sn_actor_is_stopping(a))
		return -EPIPE;
	timer = sn_zeroed(1, sizeof(*timer));
	if (!timer)
		return -ENOMEM;
	timer->body = body;
	timer->period = period;
	if (__builtin_add_overflow((int64_t)sn_now(), first, &timer->due))
		timer->due = SNARL_FOREVER;
	number = begin(&a->timers, timer);
	if (number < 0)
		sn_free(timer);
	else
		sn_send(a->kick, NULL, SN_TRY, NULL);
	return number;
}

int64_t snarl_actor_after(struct snarl_actor *actor, int64_t nanoseconds, void *body)
{
	return actor ? set(actor, nanoseconds > 0 ? nanoseconds : 0, 0, body) : -EINVAL;
}

int64_t snarl_actor_every(struct snarl_actor *actor, int64_t period, void *body)
{
	return actor && period > 0 ? set(actor, period, period, body) : -EINVAL;
}

int snarl_actor_forget(struct snarl_actor *actor, int64_t timer)
{
	struct sn_actor_timer **at, *found;

	if (!actor)
		return -EINVAL;
	sn_mutex_take(&actor->timers.lock);
	at = &actor->timers.first;
	while (*at && (*at)->number != timer)
		at = &(*at)->next;
	found = *at;
	if (found)
		*at = found->next;
	sn_mutex_give(&actor->timers.lock);
	sn_free(found);
	return found ? 0 : -ENOENT;
}
