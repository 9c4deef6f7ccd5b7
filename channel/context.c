/* SPDX-License-Identifier: Apache-2.0
 *
 * How a context ends and how it is freed.  `source` is the ancestor with which it ends; its lock
 * guards the list that the context is on.  Ending walks the tree with a list of contexts that it
 * holds, never by recursion and with one lock at a time; a child is taken off its list before, so
 * each is ended by one walk only.
 *
 * A context is freed in the order: off its source's list, off the alarms, then gone.  Whoever finds
 * it in either place under the lock in question may therefore look at its count, and keep it alive
 * if that is not 0. */
#include "channel/context_tree.h"
#include "base/sys.h"
#include "channel/memory.h"
#include "channel/wait.h"

void sn_context_detach(struct snarl_context *c)
{
	if (!c->listed)
		return;
	c->listed = 0;
	*c->link = c->sibling;
	if (c->sibling)
		c->sibling->link = c->link;
}

int sn_context_attach(struct snarl_context *c)
{
	struct snarl_context *s = c->source;
	int error;

	sn_mutex_take(&s->lock);
	error = s->error;
	if (error) {
		c->cause = s->cause;
	} else {
		c->sibling = s->children;
		c->link = &s->children;
		if (s->children)
			s->children->link = &c->sibling;
		s->children = c;
		c->listed = 1;
	}
	sn_mutex_give(&s->lock);
	return error;
}

int sn_context_keep(struct snarl_context *c)
{
	uint32_t n = __atomic_load_n(&c->references, __ATOMIC_RELAXED);

	while (n)
		if (__atomic_compare_exchange_n(&c->references, &n, n + 1, 0, __ATOMIC_RELAXED,
						__ATOMIC_RELAXED))
			return 1;
	return 0;
}

/* Puts the children that are still held in front of `rest`.  Only after the context has ended, so
 * that no more can come. */
static struct snarl_context *take_children(struct snarl_context *c, struct snarl_context *rest)
{
	struct snarl_context *child;

	sn_mutex_take(&c->lock);
	while ((child = c->children)) {
		sn_context_detach(child);
		if (sn_context_keep(child)) {
			child->sibling = rest;
			rest = child;
		}
	}
	sn_mutex_give(&c->lock);
	return rest;
}

/* Ends this one alone: 1, or 0 when it had ended. */
static int end_one(struct snarl_context *c, int error, int cause)
{
	sn_mutex_take(&c->lock);
	if (c->error) {
		sn_mutex_give(&c->lock);
		return 0;
	}
	c->cause = cause;
	sn_order_release(&c->error);
	/* Release pairs with the acquire in the readers: cause is there when error is. */
	__atomic_store_n(&c->error, error, __ATOMIC_RELEASE);
	sn_mutex_give(&c->lock);
	sn_channel_close(c->done);
	return 1;
}

void sn_context_end(struct snarl_context *c, int error, int cause)
{
	struct snarl_context *next, *rest = NULL;

	if (end_one(c, error, cause))
		rest = take_children(c, rest);
	while (rest) {
		next = rest;
		rest = rest->sibling;
		if (end_one(next, error, cause))
			rest = take_children(next, rest);
		sn_context_release(next);
	}
}

static void free_one(struct snarl_context *c)
{
	if (c->source) {
		sn_mutex_take(&c->source->lock);
		sn_context_detach(c);
		sn_mutex_give(&c->source->lock);
	}
	if (c->alarm.ring)
		sn_alarm_drop(&c->alarm);
	if (c->destroy)
		c->destroy(c->value);
	sn_channel_release(c->done);
	sn_free(c);
}

struct snarl_context *sn_context_retain(struct snarl_context *c)
{
	if (c && c != &sn_context_root)
		sn_refer(&c->references);
	return c;
}

void sn_context_release(struct snarl_context *c)
{
	/* A loop, since the last child's end may be the last of its parent, and so on up. */
	while (c && c != &sn_context_root && sn_unrefer(&c->references)) {
		struct snarl_context *parent = c->parent;
		free_one(c);
		c = parent;
	}
}

int sn_context_cancel(struct snarl_context *c, int cause)
{
	if (!c || c == &sn_context_root)
		return -EINVAL;
	sn_context_end(c, -ECANCELED, cause ? cause : -ECANCELED);
	return 0;
}

struct snarl_channel *sn_context_done_channel(struct snarl_context *c)
{
	return c ? c->done : NULL;
}

int64_t sn_context_deadline(const struct snarl_context *c)
{
	return c ? c->deadline : SNARL_FOREVER;
}

int sn_context_error(struct snarl_context *c)
{
	int error = c ? __atomic_load_n(&c->error, __ATOMIC_ACQUIRE) : 0;

	if (error)
		sn_order_acquire(&c->error);
	if (error || !c || c->deadline == SNARL_FOREVER || (int64_t)sn_now() < c->deadline)
		return error;
	/* Nobody is to see a context go on past its deadline because the alarm is late. */
	sn_context_end(c, -ETIMEDOUT, -ETIMEDOUT);
	sn_order_acquire(&c->error);
	return __atomic_load_n(&c->error, __ATOMIC_ACQUIRE);
}

int sn_context_cause(struct snarl_context *c)
{
	return sn_context_error(c) ? c->cause : 0;
}
