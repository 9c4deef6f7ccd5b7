/* SPDX-License-Identifier: Apache-2.0
 *
 * Locks that come and go in lock orders, for ever.  A cycle through a lock needs an order in which
 * it is wanted and one in which it is held, and a lock that is gone gets no more of either.  So
 * when a lock that was wanted but never held, or held but never wanted, is gone, its orders can be
 * part of no cycle, now or later, and they and its record serve others.  What is in the middle of a
 * chain of locks is kept, since it may be in a cycle; so is the order of a set of several locks
 * when one of them is gone, since it tells what guards the others. */
#include "graph/reclaim.h"

/* Contexts of one lock that are looked at; a lock with more is kept rather than looked through. */
#define CONTEXTS_MAX 64
#define FREE_DEPS (sizeof sn_registry.free_dep / sizeof sn_registry.free_dep[0])

/* Gone, but still named by an order. */
static int is_kept(const struct sn_lock_rec *rec)
{
	return rec->flags & SN_LOCK_DESTROYED && rec->flags & SN_LOCK_ORDERED;
}

uint32_t *sn_registry_free_deps(uint32_t held_count)
{
	return held_count && held_count <= FREE_DEPS ? &sn_registry.free_dep[held_count - 1] : NULL;
}

void sn_registry_dep_less(struct sn_recorder *r, uint32_t thread)
{
	struct sn_thread_rec *t = sn_rec_thread(r, thread);
	if (thread && !--t->dep_count && t->state == SN_THREAD_JOINED)
		sn_registry_thread_free(r, thread);
}

/* A lock that is gone and was in the middle may be an end now. They are noted and looked at one
 * after the other, since a whole chain may follow; where there are too many the rest is kept. */
static void lock_less(struct sn_recorder *r, uint32_t lock, uint32_t *count)
{
	struct sn_registry *g = &sn_registry;
	--*count;
	if (is_kept(sn_rec_lock(r, lock)) && g->idle_count < sizeof g->idle / sizeof g->idle[0])
		g->idle[g->idle_count++] = lock;
}

void sn_registry_lock_free(struct sn_recorder *r, uint32_t lock)
{
	struct sn_registry *g = &sn_registry;
	sn_registry_lock_drop(r, lock);
	while (g->idle_count) {
		uint32_t idle = g->idle[--g->idle_count];
		struct sn_lock_rec *rec = sn_rec_lock(r, idle);
		if (!is_kept(rec))
			continue; /* noted twice */
		rec->flags &= ~SN_LOCK_DESTROYED;
		sn_registry_lock_drop(r, idle);
	}
}

static void dep_free(struct sn_recorder *r, uint32_t d)
{
	struct sn_dep_rec *dep = sn_rec_dep(r, d);
	uint32_t thread = dep->thread, *unused = sn_registry_free_deps(dep->held_count);
	/* No reader takes it for one from here on. */
	__atomic_store_n(&dep->thread, 0, __ATOMIC_RELEASE);
	lock_less(r, dep->lock, &sn_rec_lock(r, dep->lock)->wanted_deps);
	for (uint32_t i = 0; i < dep->held_count && dep->held_count <= SN_DEP_MANY; i++) {
		uint32_t held = sn_rec_held(r, dep->held_first + i)->lock;
		lock_less(r, held, &sn_rec_lock(r, held)->held_deps);
	}
	sn_registry_dep_less(r, thread);
	dep->next = unused ? *unused : 0;
	if (unused)
		*unused = d;
}

/* The context stays: it is found again when the same numbers serve other locks. */
static void empty(struct sn_recorder *r, struct sn_context_rec *c)
{
	uint32_t next;
	for (uint32_t d = c->first_dep; d; d = next) {
		next = sn_rec_dep(r, d)->next;
		dep_free(r, d);
	}
	c->dep_count = 0;
	__atomic_store_n(&c->first_dep, 0, __ATOMIC_RELEASE);
}

static uint32_t next_of(const struct sn_context_rec *c, int wanted)
{
	return wanted ? c->next_wanted : c->next_held;
}

/* The dependencies in a chain of contexts; UINT32_MAX where it is too long. */
static uint32_t count_deps(const struct sn_recorder *r, uint32_t context, int wanted)
{
	uint32_t n = 0;
	for (uint32_t i = 0; context; i++) {
		const struct sn_context_rec *c = sn_rec_context(r, context);
		if (i == CONTEXTS_MAX)
			return UINT32_MAX;
		n += c->dep_count;
		context = next_of(c, wanted);
	}
	return n;
}

int sn_registry_unorder(struct sn_recorder *r, uint32_t lock)
{
	struct sn_lock_rec *rec = sn_rec_lock(r, lock);
	if (rec->flags & SN_LOCK_PINNED)
		return 0;
	if (rec->flags & SN_LOCK_ORDERED) {
		int wanted = rec->wanted_deps != 0;
		uint32_t first = wanted ? rec->wanted_context : rec->held_context;
		uint32_t all = wanted ? rec->wanted_deps : rec->held_deps;
		if ((rec->wanted_deps && rec->held_deps) ||
		    (all && count_deps(r, first, wanted) != all))
			return 0;
		/* What becomes empty is not to be given back in the middle of this. */
		rec->flags &= ~SN_LOCK_ORDERED;
		while (all && first) {
			struct sn_context_rec *c = sn_rec_context(r, first);
			empty(r, c);
			first = next_of(c, wanted);
		}
	}
	return 1;
}
