/* SPDX-License-Identifier: Apache-2.0
 *
 * Futures made of others: then, all, any, all-settled.  Each is a reaction to one source's being
 * settled; the first that decides settles the target, later ones find that done. */
#include "channel/future.h"
#include "channel/wait.h"

/* Whether this was the last source.  Acquire and release: whoever is last sees what came before
 * the others were settled. */
static int was_last(struct snarl_future *target)
{
	int last;

	sn_order_release(&target->pending);
	last = __atomic_sub_fetch(&target->pending, 1, __ATOMIC_ACQ_REL) == 0;
	if (last)
		sn_order_acquire(&target->pending);
	return last;
}

static void react_then(struct sn_link *link)
{
	struct snarl_future *t = link->target, *s = link->source;
	void *result = NULL;
	int error = t->function(s->error, s->value, t->argument, &result);

	sn_future_settle(t, error > 0 ? -EINVAL : error, result);
}

static void react_all(struct sn_link *link)
{
	int error = link->source->error;

	if (error)
		sn_future_settle(link->target, error, NULL);
	if (was_last(link->target))
		sn_future_settle(link->target, 0, NULL);
}

/* The index must be there before the future is settled, and the first one's must stay. */
static void react_any(struct sn_link *link)
{
	struct snarl_future *t = link->target, *s = link->source;
	int64_t none = -1, index = link - t->links;
	int last = was_last(t);

	if ((s->error && !last) || !__atomic_compare_exchange_n(&t->index, &none, index, 0,
								__ATOMIC_RELEASE, __ATOMIC_RELAXED))
		return;
	sn_future_settle(t, s->error, s->value);
}

static void react_settled(struct sn_link *link)
{
	if (was_last(link->target))
		sn_future_settle(link->target, 0, NULL);
}

/* All references are taken before the first link can react. */
static void follow_all(struct snarl_future *t, struct snarl_future *const *sources)
{
	for (size_t i = 0; i < t->count; i++) {
		sn_refer(&t->references);
		sn_refer(&sources[i]->references);
		t->links[i] = (struct sn_link){NULL, sources[i], t};
	}
	for (size_t i = 0; i < t->count; i++)
		sn_future_follow(&t->links[i]);
}

static int are_valid(struct snarl_future *const *sources, size_t count)
{
	if (count && !sources)
		return 0;
	for (size_t i = 0; i < count; i++)
		if (!sources[i])
			return 0;
	return 1;
}

static struct snarl_future *make(struct snarl_future *const *sources, size_t count,
				 void (*react)(struct sn_link *))
{
	struct snarl_future *t;

	if (!are_valid(sources, count)) {
		errno = EINVAL;
		return NULL;
	}
	t = sn_future_new(count, NULL);
	if (!t)
		return NULL;
	t->react = react;
	if (!count)
		sn_future_settle(t, 0, NULL);
	follow_all(t, sources);
	return t;
}

struct snarl_future *snarl_future_all(struct snarl_future *const *futures, size_t count)
{
	return make(futures, count, react_all);
}

struct snarl_future *snarl_future_any(struct snarl_future *const *futures, size_t count)
{
	return make(count ? futures : NULL, count ? count : 1, react_any);
}

struct snarl_future *snarl_future_all_settled(struct snarl_future *const *futures, size_t count)
{
	return make(futures, count, react_settled);
}

struct snarl_future *snarl_future_then(struct snarl_future *future,
				       int (*function)(int, void *, void *, void **),
				       void *argument, void (*destroy)(void *))
{
	struct snarl_future *t;

	if (!future || !function) {
		errno = EINVAL;
		return NULL;
	}
	t = sn_future_new(1, destroy);
	if (!t)
		return NULL;
	t->react = react_then;
	t->function = function;
	t->argument = argument;
	follow_all(t, &future);
	return t;
}

int64_t snarl_future_any_index(struct snarl_future *future)
{
	if (!future || future->react != react_any)
		return -EINVAL;
	return sn_future_is_settled(future) ? future->index : -EAGAIN;
}
