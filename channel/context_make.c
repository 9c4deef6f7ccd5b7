/* SPDX-License-Identifier: Apache-2.0
 *
 * Making contexts, and their exported functions. */
#include "base/sys.h"
#include "channel/context_tree.h"
#include "channel/memory.h"
#include "channel/wait.h"

struct snarl_context sn_context_root = {.references = 1, .deadline = SNARL_FOREVER};

static struct snarl_context *of_alarm(struct sn_alarm *a)
{
	return (struct snarl_context *)((char *)a - offsetof(struct snarl_context, alarm));
}

static int hold(struct sn_alarm *a)
{
	return sn_context_keep(of_alarm(a));
}

static void ring(struct sn_alarm *a)
{
	struct snarl_context *c = of_alarm(a);

	sn_context_end(c, -ETIMEDOUT, -ETIMEDOUT);
	sn_context_release(c);
}

/* Whether a parent can end at all; without a source there is no list to be on. */
static int can_end(const struct snarl_context *c)
{
	return c != &sn_context_root;
}

/* A context that is on no list and has no alarm yet. */
static struct snarl_context *make(struct snarl_context *parent, int with_source)
{
	struct snarl_context *c = sn_zeroed(1, sizeof(*c));

	if (!c)
		return NULL;
	c->done = sn_channel_new(0, 0);
	if (!c->done) {
		sn_free(c);
		return NULL;
	}
	c->references = 1;
	c->parent = sn_context_retain(parent ? parent : &sn_context_root);
	c->source = with_source && can_end(c->parent) ? c->parent : NULL;
	c->deadline = c->source ? c->source->deadline : SNARL_FOREVER;
	return c;
}

/* Lets it end with its source.  If that has ended, it ends here and now. */
static void join_source(struct snarl_context *c)
{
	int error = c->source ? sn_context_attach(c) : 0;

	if (error)
		sn_context_end(c, error, c->cause);
}

/* 0, or a negative errno when no alarm could be set. */
static int set_deadline(struct snarl_context *c, int64_t deadline)
{
	if (deadline >= c->deadline)
		return 0;
	c->deadline = deadline;
	if (deadline <= (int64_t)sn_now()) {
		sn_context_end(c, -ETIMEDOUT, -ETIMEDOUT);
		return 0;
	}
	c->alarm.due = deadline;
	c->alarm.hold = hold;
	c->alarm.ring = ring;
	return sn_alarm_set(&c->alarm);
}

struct snarl_context *sn_context_with_cancel(struct snarl_context *parent)
{
	struct snarl_context *c = make(parent, 1);

	if (c)
		join_source(c);
	return c;
}

static struct snarl_context *with_deadline(struct snarl_context *parent, int64_t deadline)
{
	struct snarl_context *c = make(parent, 1);
	int e;

	if (!c)
		return NULL;
	join_source(c);
	e = set_deadline(c, deadline);
	if (!e)
		return c;
	sn_context_release(c);
	errno = -e;
	return NULL;
}

struct snarl_context *snarl_context_background(void)
{
	return &sn_context_root;
}

struct snarl_context *snarl_context_with_cancel(struct snarl_context *parent)
{
	return sn_context_with_cancel(parent);
}

struct snarl_context *snarl_context_with_deadline(struct snarl_context *parent, int64_t deadline)
{
	return with_deadline(parent, deadline);
}

struct snarl_context *snarl_context_with_timeout(struct snarl_context *parent, int64_t nanoseconds)
{
	int64_t deadline;

	if (__builtin_add_overflow((int64_t)sn_now(), nanoseconds, &deadline))
		deadline = nanoseconds < 0 ? INT64_MIN : SNARL_FOREVER;
	return with_deadline(parent, deadline);
}

struct snarl_context *snarl_context_with_value(struct snarl_context *parent, const void *key,
					       void *value, void (*destroy)(void *value))
{
	struct snarl_context *c;

	if (!key) {
		errno = EINVAL;
		return NULL;
	}
	c = make(parent, 1);
	if (!c)
		return NULL;
	c->key = key;
	c->value = value;
	c->destroy = destroy;
	join_source(c);
	return c;
}

struct snarl_context *snarl_context_without_cancel(struct snarl_context *parent)
{
	return make(parent, 0);
}

struct snarl_context *snarl_context_retain(struct snarl_context *context)
{
	return sn_context_retain(context);
}

void snarl_context_release(struct snarl_context *context)
{
	sn_context_release(context);
}

int snarl_context_cancel(struct snarl_context *context)
{
	return sn_context_cancel(context, 0);
}

int snarl_context_cancel_with(struct snarl_context *context, int cause)
{
	return sn_context_cancel(context, cause);
}

struct snarl_channel *snarl_context_done(struct snarl_context *context)
{
	return sn_context_done_channel(context);
}

int snarl_context_error(struct snarl_context *context)
{
	return sn_context_error(context);
}

int snarl_context_cause(struct snarl_context *context)
{
	return sn_context_cause(context);
}

int64_t snarl_context_deadline(struct snarl_context *context)
{
	return sn_context_deadline(context);
}

int64_t snarl_context_remaining(struct snarl_context *context)
{
	int64_t deadline = sn_context_deadline(context), now = (int64_t)sn_now();

	if (sn_context_error(context) || (deadline != SNARL_FOREVER && deadline <= now))
		return 0;
	return deadline == SNARL_FOREVER ? SNARL_FOREVER : deadline - now;
}

void *snarl_context_value(struct snarl_context *context, const void *key)
{
	for (struct snarl_context *c = context; c && key; c = c->parent)
		if (c->key == key)
			return c->value;
	return NULL;
}
