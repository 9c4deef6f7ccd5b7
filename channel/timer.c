/* SPDX-License-Identifier: Apache-2.0
 *
 * Clock, deadlines and timers.  A timer is a channel without elements: its tick is there from its
 * due time on, which its receivers see on the clock and wait for by their own deadline.  So no
 * thread is needed, a timer that nobody waits on costs nothing, and one that is given up needs no
 * clean-up. Waiters of one timer all wake when it is due; one gets the tick. */
#include "include/snarl_channel/time.h"
#include <errno.h>
#include "base/sys.h"
#include "channel/channel.h"

SNARL_API int64_t snarl_now(void)
{
	return (int64_t)sn_now();
}

static int64_t in(int64_t nanoseconds)
{
	int64_t sum;

	return __builtin_add_overflow((int64_t)sn_now(), nanoseconds, &sum) ? SNARL_FOREVER : sum;
}

SNARL_API int64_t snarl_in(int64_t nanoseconds)
{
	return in(nanoseconds);
}

static struct snarl_channel *new_timer(int64_t first, int64_t period)
{
	struct snarl_channel *c = sn_channel_new(sizeof(int64_t), 1);

	if (c) {
		c->timer = 1;
		c->due = in(first);
		c->period = period;
	}
	return c;
}

SNARL_API struct snarl_channel *snarl_after(int64_t nanoseconds)
{
	return new_timer(nanoseconds, 0);
}

SNARL_API struct snarl_channel *snarl_ticker_new(int64_t period)
{
	if (period <= 0) {
		errno = EINVAL;
		return NULL;
	}
	return new_timer(period, period);
}

/* The first planned time after now; what lies between is dropped. */
static int64_t next_due(const struct snarl_channel *c, int64_t now)
{
	int64_t steps = (now - c->due) / c->period + 1;
	int64_t next;

	if (__builtin_mul_overflow(steps, c->period, &next) ||
	    __builtin_add_overflow(next, c->due, &next))
		return SNARL_FOREVER;
	return next;
}

int sn_timer_receive_locked(struct snarl_channel *c, void *value)
{
	int64_t now;

	if (c->due == SNARL_FOREVER)
		return -EAGAIN;
	now = (int64_t)sn_now();
	if (c->due > now)
		return -EAGAIN;
	if (value)
		sn_copy_element(value, &c->due, sizeof(c->due));
	c->due = c->period ? next_due(c, now) : SNARL_FOREVER;
	sn_order_acquire(&c->lock); /* of whoever has set it */
	return 0;
}

SNARL_API int snarl_timer_stop(struct snarl_channel *c)
{
	int e;

	if (!c || !c->timer)
		return -EINVAL;
	sn_mutex_take(&c->lock);
	e = c->due == SNARL_FOREVER || c->closed ? -EALREADY : 0;
	c->due = SNARL_FOREVER;
	sn_mutex_give(&c->lock);
	return e;
}

SNARL_API int snarl_timer_reset(struct snarl_channel *c, int64_t first, int64_t period)
{
	struct sn_node *waiters;

	if (!c || !c->timer || first < 0 || period < 0)
		return -EINVAL;
	sn_mutex_take(&c->lock);
	if (c->closed) {
		sn_mutex_give(&c->lock);
		return -EPIPE;
	}
	c->due = in(first);
	c->period = period;
	/* They wait for the time as it was. */
	waiters = sn_queue_claim_all(&c->receivers, -EAGAIN);
	sn_mutex_give(&c->lock);
	sn_unpark_all(waiters);
	return 0;
}

static int sleep_until(int64_t deadline, struct snarl_context *context)
{
	int e = sn_receive(NULL, NULL, deadline > 0 ? deadline : 0, context);

	/* Whose deadline it was that passed tells the clock. */
	return e == -ETIMEDOUT && (int64_t)sn_now() >= deadline ? 0 : e;
}

SNARL_API int snarl_sleep_until(int64_t deadline)
{
	return sleep_until(deadline, NULL);
}

SNARL_API int snarl_sleep_with(int64_t deadline, struct snarl_context *context)
{
	return sleep_until(deadline, context);
}
