/* SPDX-License-Identifier: Apache-2.0
 *
 * Steps that were made under read locks of one rwlock, never between the same two of its write
 * locks.  A program may take two locks in one order while a pointer or a flag says so, under a read
 * lock, and in the other order when a writer has changed that: such steps cannot meet.  Or the
 * writer has nothing to do with it, and they can.  Which of both it is nobody can see, so the ring
 * is a suspect.  Where both orders came up between the same two write locks no writer orders them. */
#include "detect/order_work.h"
#include "graph/sections.h"

/* The dependency of a step; NULL where its held set is not its own, or it has changed since. */
static const struct sn_dep_rec *dep_of(const struct sn_order *o, const struct sn_step *s)
{
	const struct sn_dep_rec *d = sn_view_dep(o->view, s->dep);
	uint32_t end = sn_view_count(o->view, SN_TABLE_HELD);

	if (d->thread != s->thread || d->epoch != s->epoch || d->held_count > SN_DEP_MANY ||
	    !d->held_first || d->held_first >= end || d->held_count > end - d->held_first)
		return NULL;
	return d;
}

static int is_written(const struct sn_order *o, const struct sn_held *h)
{
	return h->lock && h->mode & SN_MODE_READ &&
	       sn_view_sync(o->view, sn_view_lock(o->view, h->lock)->sync)->sections;
}

int sn_order_reads(const struct sn_order *o, const struct sn_step *s)
{
	const struct sn_dep_rec *d = dep_of(o, s);

	for (uint32_t i = 0; d && i < d->held_count; i++)
		if (is_written(o, sn_view_held(o->view, d->held_first + i)))
			return 1;
	return 0;
}

static const struct sn_held *reads_lock(const struct sn_order *o, const struct sn_dep_rec *d,
					uint32_t lock)
{
	for (uint32_t i = 0; i < d->held_count; i++) {
		const struct sn_held *h = sn_view_held(o->view, d->held_first + i);

		if (h->lock == lock && h->mode & SN_MODE_READ)
			return h;
	}
	return NULL;
}

uint32_t sn_order_apart(const struct sn_order *o, const struct sn_step *a, const struct sn_step *b)
{
	const struct sn_dep_rec *x = dep_of(o, a), *y = dep_of(o, b);

	if (!x || !y)
		return 0;
	for (uint32_t i = 0; i < x->held_count; i++) {
		const struct sn_held *h = sn_view_held(o->view, x->held_first + i), *other;

		if (!is_written(o, h))
			continue;
		other = reads_lock(o, y, h->lock);
		if (other && sn_sections_apart(h, other))
			return h->lock;
	}
	return 0;
}
