/* SPDX-License-Identifier: Apache-2.0
 *
 * Steps of which the process knew, when they were made, why they can meet no others; what it noted
 * is told in interpose/evidence.h.
 *
 * Created under a lock.  C holds L for writing when it creates T, and holds it on until after its
 * step; T waited for L, and had it, before its own step.  In every schedule of what both did C's
 * step comes first, since T gets past L only when C has given it up.
 *
 * Not yet known.  A step that is made while its thread holds a lock that nobody else can know is
 * over before anybody can want that lock.  That rests on others learning of an object under a lock
 * (or from whoever creates or wakes them): one that is published by a plain or atomic store before
 * is taken for unknown.  A static variable is known to all by its name.
 *
 * Looks unknown.  Of a lock that needs no initialisation the first use is seen, not how long others
 * have known of its memory.  Where several locks were taken for the first time in their lives at
 * one place, and none there that had been used before, the place looks like that of a new object's
 * first use; that is not enough to rule anything out.
 *
 * Made by its first use.  GLib's GRecMutex and GRWLock are pointers to locks of the C library's,
 * which it makes for whoever uses them first: that such a lock is new says nothing of who knows the
 * pointer. */
#include <errno.h>
#include <string.h>
#include "detect/order_work.h"

/* Locks that must have been born at a place. */
#define BORN_LEAST 4u
#define OTHERS 0x80000000u /* locks that were not born there are taken there as well */

/* The evidence of large sets is that of the newest locks. */
static uint32_t newest(const struct sn_dep_rec *d)
{
	return d->held_count > 2 * SN_DEP_MANY ? d->held_count - 2 * SN_DEP_MANY : 0;
}

/* The lock that is gate i of the thread is held in the step, by the thread's creator, from before
 * the creation on. */
static int is_under(const struct sn_order *o, const struct sn_step *creator,
		    const struct sn_thread_rec *t, uint32_t gate)
{
	const struct sn_dep_rec *d = sn_view_dep(o->view, creator->dep);
	uint32_t end = sn_view_count(o->view, SN_TABLE_HELD);

	if (d->thread != creator->thread || d->epoch != creator->epoch || d->held_first >= end)
		return 0;
	for (uint32_t i = newest(d); i < d->held_count && i < end - d->held_first; i++) {
		const struct sn_held *h = sn_view_held(o->view, d->held_first + i);
		uint32_t over = (h->depth & SN_DEPTH_OVER) >> SN_DEPTH_OVER_SHIFT;

		if (h->lock == gate && !(h->mode & SN_MODE_READ) && over &&
		    creator->epoch - over <= t->creator_epoch)
			return 1;
	}
	return 0;
}

static int comes_after(const struct sn_order *o, const struct sn_step *creator,
		       const struct sn_step *created)
{
	const struct sn_thread_rec *t = sn_view_thread(o->view, created->thread);

	if (!created->passed || t->flags & SN_THREAD_TASK ||
	    sn_happens_creator(&o->happens, created->thread) != creator->thread ||
	    t->creator_epoch >= creator->epoch)
		return 0;
	for (uint32_t i = 0; i < SN_GATES; i++)
		if (created->passed >> i & 1 && t->gate[i] && is_under(o, creator, t, t->gate[i]))
			return 1;
	return 0;
}

int sn_order_created(const struct sn_order *o, const struct sn_step *a, const struct sn_step *b)
{
	return comes_after(o, a, b) || comes_after(o, b, a);
}

static int is_static(const struct sn_order *o, uint32_t lock)
{
	uint64_t address = sn_view_lock(o->view, lock)->address;

	for (uint32_t i = 1; i < sn_view_count(o->view, SN_TABLE_MODULE); i++) {
		const struct sn_module_rec *m = sn_view_module(o->view, i);

		if (address >= m->start && address < m->end)
			return 1;
	}
	return 0;
}

static void note_place(struct sn_order *o, const struct sn_held *h)
{
	uint32_t *place;

	if (!h->lock || h->stack >= o->place_count)
		return;
	place = &o->place[h->stack];
	if (!(h->depth & (SN_DEPTH_BORN | SN_DEPTH_MADE)))
		*place |= OTHERS;
	else if ((*place & ~OTHERS) < BORN_LEAST)
		++*place;
}

/* A lock that was born somewhere and is held in two orders counts twice: once for each lock that
 * was wanted under it. */
int sn_order_places(struct sn_order *o, uint32_t dep_count)
{
	uint32_t end = sn_view_count(o->view, SN_TABLE_HELD);

	o->place_count = sn_view_count(o->view, SN_TABLE_STACK);
	o->place =
		sn_order_room(o, SN_BLOCK_PLACES, (o->place_count + (size_t)1) * sizeof(*o->place));
	if (!o->place)
		return -ENOMEM;
	for (uint32_t i = 1; i < dep_count; i++) {
		const struct sn_dep_rec *d = sn_view_dep(o->view, i);

		for (uint32_t h = newest(d); h < d->held_count && d->held_first + (uint64_t)h < end;
		     h++)
			note_place(o, sn_view_held(o->view, d->held_first + h));
	}
	return 0;
}

static int is_in_glib(const struct sn_order *o, uint64_t pc)
{
	for (uint32_t i = 1; i < sn_view_count(o->view, SN_TABLE_MODULE); i++) {
		const struct sn_module_rec *m = sn_view_module(o->view, i);
		const char *path = sn_view_text(o->view, m->path), *slash = strrchr(path, '/');

		if (pc >= m->start && pc < m->end &&
		    !strncmp(slash ? slash + 1 : path, "libglib-2.0.", 12))
			return 1;
	}
	return 0;
}

/* The newest frame of a stack that is not GLib's, by its number; the depth where there is none. */
static uint32_t below_glib(const struct sn_order *o, uint32_t stack, uint64_t *pc)
{
	uint32_t depth, i = 0;
	const uint64_t *pcs = sn_view_stack_pcs(o->view, stack, &depth);

	while (i < depth && is_in_glib(o, pcs[i]))
		i++;
	*pc = i < depth ? pcs[i] : 0;
	return i;
}

/* By the call that also took it: GLib jumps to the C library's function, and is in no stack then.
 */
static int is_made_by_use(const struct sn_order *o, const struct sn_held *held)
{
	uint64_t made, taken;

	if (!below_glib(o, sn_view_lock(o->view, held->lock)->birth_stack, &made))
		return 0;
	below_glib(o, held->stack, &taken);
	return made && made == taken;
}

uint32_t sn_order_unknown(const struct sn_order *o, const struct sn_held *held)
{
	if (!(held->depth & (SN_DEPTH_MADE | SN_DEPTH_BORN)) || is_static(o, held->lock) ||
	    is_made_by_use(o, held))
		return 0;
	if (held->depth & SN_DEPTH_MADE)
		return SN_STEP_MADE;
	if (held->stack >= o->place_count || o->place[held->stack] != BORN_LEAST)
		return 0;
	return SN_STEP_BORN;
}
