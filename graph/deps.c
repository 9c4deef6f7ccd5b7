/* SPDX-License-Identifier: Apache-2.0
 *
 * Contexts (a set of held locks and a lock wanted) and the dependencies kept of each: who took the
 * lock in that context, in which phases of the program.  How many are kept is bounded, whatever the
 * program does and for however long; nothing that is kept says more than what happened. */
#include <string.h>
#include "graph/deps.h"
#include "graph/reclaim.h"
#include "graph/sections.h"
#include "graph/trie.h"

static uint32_t *context_slot(const struct sn_recorder *r, uint64_t key)
{
	uint32_t *slot = &sn_registry.context_root;
	for (uint64_t h = sn_trie_mix(2, key); sn_trie_load(slot); h = h << 2 | h >> 62) {
		struct sn_context_rec *c = sn_rec_context(r, *slot);
		if (c->key == key)
			break;
		slot = &c->child[h >> 62];
	}
	return slot;
}

/* Puts a new context among those of the lock wanted, and of the lock held if that is one. */
static void chain(struct sn_recorder *r, uint32_t context, uint32_t lock, uint32_t only)
{
	struct sn_context_rec *c = sn_rec_context(r, context);
	struct sn_lock_rec *wanted = sn_rec_lock(r, lock);
	c->next_wanted = wanted->wanted_context;
	wanted->wanted_context = context;
	if (only) {
		c->next_held = sn_rec_lock(r, only)->held_context;
		sn_rec_lock(r, only)->held_context = context;
	}
}

/* The context of (held set, lock, mode), made if need be; 0 where there is no room. `only`: the
 * lock held, where that is one, else 0. */
static uint32_t context_of(struct sn_recorder *r, uint64_t key, uint32_t lock, uint32_t only)
{
	uint32_t *slot = context_slot(r, key), i = *slot;
	if (i)
		return i;
	i = sn_recorder_append(r, SN_TABLE_CONTEXT, 1);
	if (i) {
		sn_rec_context(r, i)->key = key;
		chain(r, i, lock, only);
		sn_trie_publish(slot, i);
	}
	return i;
}

/* How many dependencies of one context are kept. Trades memory against orders that stand only in a
 * later phase of the program (another thread, or past a join that ordered the first ones). Phases
 * between the rounds of a barrier that come in a rhythm, be it every round or every seventh, are
 * one dependency however many they are; of those without one the first ones and the newest are
 * kept. */
#define DEPS_PER_CONTEXT 8
#define DEPS_PER_THREAD 3 /* of one place */

/* A round that the thread has passed, if that barrier is still the one that it was: rounds are
 * numbered so that those of a barrier that had this record before are not above first_round. */
static int is_round(const struct sn_recorder *r, uint32_t barrier, uint32_t round)
{
	const struct sn_lock_rec *l = sn_rec_lock(r, barrier);
	if (barrier >= r->header->tables[SN_TABLE_LOCK].used || l->type != SN_LOCK_BARRIER ||
	    !l->sync)
		return 0;
	return round > sn_rec_sync(r, l->sync)->first_round;
}

static struct sn_phases phase_of(const struct sn_recorder *r, const struct sn_thread_rec *t)
{
	struct sn_phases p = {.barrier = {0}};
	for (int i = 0; i < SN_BARRIERS && t->barrier[i]; i++) {
		p.barrier[i] = SN_BARRIER_LOST;
		if (!is_round(r, t->barrier[i], t->barrier_round[i]))
			continue;
		p.barrier[i] = t->barrier[i];
		p.first[i] = p.last[i] = t->barrier_round[i];
	}
	return p;
}

static int same_barriers(const struct sn_phases *a, const struct sn_phases *b)
{
	return !memcmp(a->barrier, b->barrier, sizeof a->barrier);
}

/* What the dependency names is where its thread is now. A thread only ever moves on, so of all that
 * is named only the last can be that. */
static int is_here(const struct sn_dep_rec *d, uint32_t epoch, const struct sn_phases *now)
{
	return d->epoch == epoch && same_barriers(&d->phases, now) &&
	       !memcmp(d->phases.last, now->last, sizeof now->last);
}

/* The next step of the rhythm, or the second one, which sets it. Nothing that did not happen is
 * ever named: a phase that was left out ends the rhythm. */
static int is_next(const struct sn_dep_rec *d, uint32_t epoch, uint32_t stack,
		   const struct sn_phases *now)
{
	const struct sn_phases *p = &d->phases;
	int second = !memcmp(p->first, p->last, sizeof p->last);
	if (d->epoch != epoch || d->stack != stack || !same_barriers(p, now) ||
	    now->last[0] == p->last[0])
		return 0;
	for (int i = 0; i < SN_BARRIERS; i++)
		if (!second && now->last[i] - p->last[i] != p->stride[i])
			return 0;
	return 1;
}

static void go_on(struct sn_dep_rec *d, const struct sn_phases *now)
{
	uint32_t thread = d->thread;
	__atomic_store_n(&d->thread, 0, __ATOMIC_RELAXED); /* see sn_registry_dep */
	__atomic_thread_fence(__ATOMIC_RELEASE);
	for (int i = 0; i < SN_BARRIERS; i++) {
		d->phases.stride[i] = now->last[i] - d->phases.last[i];
		d->phases.last[i] = now->last[i];
	}
	__atomic_store_n(&d->thread, thread, __ATOMIC_RELEASE);
}

enum placing { KNOWN, NEXT, OVERWRITE, APPEND };

struct place {
	enum placing how;
	uint32_t dep; /* for NEXT and OVERWRITE the one to change, for KNOWN what it is, or 0 */
};

static int counts(const struct sn_held *h)
{
	return h->lock && !(h->mode & SN_MODE_UNORDERED);
}

/* Of what is held for reading the clock's steps tell nothing: sections stand there. */
static uint32_t evidence_of(const struct sn_held *h)
{
	return h->depth & (h->mode & SN_MODE_READ ? SN_DEPTH_MADE | SN_DEPTH_BORN
						  : (uint32_t)SN_DEPTH_EVIDENCE);
}

/* The evidence that a lock was held with both times. */
static uint32_t common_evidence(uint32_t a, uint32_t b)
{
	uint32_t x = a & SN_DEPTH_OVER, y = b & SN_DEPTH_OVER;
	return (a & b & (SN_DEPTH_MADE | SN_DEPTH_BORN)) | (x < y ? x : y);
}

/* What has come up again without the evidence that it had the first time has none: takes it from
 * the dependency, or says only whether there is some to take (`change` 0). In the same way the
 * sections in which it comes up are noted. */
static int weaken(const struct sn_recorder *r, uint32_t d, const struct sn_held *held,
		  uint32_t held_count, int change)
{
	const struct sn_dep_rec *dep = sn_rec_dep(r, d);
	int weaker = 0;
	for (uint32_t i = 0; i < dep->held_count; i++) {
		struct sn_held *kept = sn_rec_held(r, dep->held_first + i);
		uint32_t had = evidence_of(kept), left = had;
		for (uint32_t j = 0; had && j < held_count; j++)
			if (counts(&held[j]) && held[j].lock == kept->lock)
				left = common_evidence(left, held[j].depth);
		weaker |= left != had;
		if (change && left != had)
			kept->depth = (kept->depth & ~had) | left;
		if (kept->mode & SN_MODE_READ)
			weaker |= sn_sections_note(r, kept, change);
	}
	return weaker;
}

/* What becomes of a dependency that has come up in its context. */
static struct place place(const struct sn_recorder *r, const struct sn_context_rec *c,
			  uint32_t thread, uint32_t stack, const struct sn_phases *now)
{
	uint32_t epoch = sn_rec_thread(r, thread)->epoch;
	uint32_t mine = 0, newest = 0, here = 0, next = 0, last = 0;
	for (uint32_t d = sn_trie_load(&c->first_dep); d; d = sn_rec_dep(r, d)->next) {
		const struct sn_dep_rec *dep = sn_rec_dep(r, d);
		if (dep->thread != thread)
			continue;
		if (is_here(dep, epoch, now)) {
			if (dep->stack == stack)
				return (struct place){KNOWN, d};
			here++;
		}
		if (is_next(dep, epoch, stack, now) && !next)
			next = d;
		last = last ? last : d;
		if (dep->stack == stack)
			newest = mine++ ? newest : d;
	}
	if (next)
		return (struct place){NEXT, next};
	if (c->dep_count >= DEPS_PER_CONTEXT)
		return here ? (struct place){KNOWN, 0}
			    : (struct place){OVERWRITE, last ? last : c->first_dep};
	/* The newest makes room for the still newer phase of the same thread. */
	return mine >= DEPS_PER_THREAD ? (struct place){OVERWRITE, newest}
				       : (struct place){APPEND, 0};
}

static uint32_t copy_held(struct sn_recorder *r, uint32_t first, const struct sn_held *held,
			  uint32_t held_count)
{
	uint32_t n = 0;
	for (uint32_t i = 0; i < held_count; i++) {
		struct sn_held *kept = sn_rec_held(r, first + n);
		if (!counts(&held[i]))
			continue;
		*kept = held[i];
		if (kept->mode & SN_MODE_READ)
			sn_sections_begin(r, kept);
		n++;
	}
	return n;
}

/* One dependency more that names these locks. */
static void count_in(struct sn_recorder *r, const struct sn_dep_rec *d)
{
	struct sn_lock_rec *wanted = sn_rec_lock(r, d->lock);
	wanted->wanted_deps++;
	wanted->flags |= SN_LOCK_ORDERED;
	/* Those of shared sets stay for ever: see many.c. */
	for (uint32_t i = 0; i < d->held_count && d->held_count <= SN_DEP_MANY; i++) {
		struct sn_lock_rec *held = sn_rec_lock(r, sn_rec_held(r, d->held_first + i)->lock);
		held->held_deps++;
		held->flags |= SN_LOCK_ORDERED;
	}
}

static uint32_t count_held(const struct sn_held *held, uint32_t held_count)
{
	uint32_t n = 0;
	for (uint32_t i = 0; i < held_count; i++)
		n += (uint32_t)counts(&held[i]);
	return n;
}

static uint64_t context_key(uint32_t lock, uint32_t mode, const struct sn_held *held,
			    uint32_t held_count)
{
	uint64_t set = 0;
	for (uint32_t i = 0; i < held_count; i++)
		if (counts(&held[i]))
			set += sn_held_mix(held[i].lock, held[i].mode);
	return sn_trie_mix(sn_trie_mix(set, lock), mode);
}

int sn_deps_known(const struct sn_recorder *r, const struct sn_dep_order *o, uint64_t key)
{
	uint32_t context = sn_trie_load(context_slot(r, key));
	struct sn_phases now = phase_of(r, sn_rec_thread(r, o->thread));
	if (!context)
		return 0;
	struct place at = place(r, sn_rec_context(r, context), o->thread, o->stack, &now);
	return at.how == KNOWN && (o->held_count > SN_DEP_MANY || !at.dep ||
				   !weaken(r, at.dep, o->held, o->held_count, 0));
}

int sn_registry_dep_known(const struct sn_recorder *r, uint32_t thread, uint32_t lock,
			  uint32_t mode, uint32_t stack, const struct sn_held *held,
			  uint32_t held_count)
{
	struct sn_dep_order o = {thread, lock, mode, stack, held, held_count, 0, 0};
	return !r->header || sn_deps_known(r, &o, context_key(lock, mode, held, held_count));
}

/* The barriers that a dependency names must stay what they are. */
static void pin_barriers(struct sn_recorder *r, const struct sn_phases *p)
{
	for (int i = 0; i < SN_BARRIERS; i++)
		if (p->barrier[i] && p->barrier[i] != SN_BARRIER_LOST)
			sn_rec_lock(r, p->barrier[i])->flags |= SN_LOCK_PINNED;
}

static uint32_t append_dep(struct sn_recorder *r, uint32_t first, uint32_t held_count)
{
	uint32_t d = first ? sn_recorder_append(r, SN_TABLE_DEP, 1) : 0;
	if (d) {
		sn_rec_dep(r, d)->held_first = first;
		sn_rec_dep(r, d)->held_count = held_count;
	}
	return d;
}

/* Room for a new dependency and its held set: its index, or 0. */
static uint32_t new_dep(struct sn_recorder *r, const struct sn_dep_order *o)
{
	uint32_t *unused = sn_registry_free_deps(o->count), d = unused ? *unused : 0;
	if (o->shared)
		return append_dep(r, o->shared, o->count);
	if (!d)
		return append_dep(r, sn_recorder_append(r, SN_TABLE_HELD, o->count), o->count);
	*unused = sn_rec_dep(r, d)->next;
	return d;
}

/* The lock that is held, where that is one, else 0. */
static uint32_t only_held(const struct sn_held *held, uint32_t held_count)
{
	uint32_t only = 0;
	for (uint32_t i = 0; i < held_count; i++) {
		if (!counts(&held[i]))
			continue;
		if (only)
			return 0;
		only = held[i].lock;
	}
	return only;
}

static uint32_t gates_passed(const struct sn_thread_rec *t)
{
	return t->flags & SN_THREAD_TASK ? 0 : t->gates_passed;
}

/* Whether there is room in the dependency for the held set, which is put there. */
static int put_held(struct sn_recorder *r, uint32_t d, const struct sn_dep_order *o)
{
	struct sn_dep_rec *dep = sn_rec_dep(r, d);
	if (!d || (!o->shared && dep->held_count != o->count)) {
		sn_recorder_count(r, SN_COUNTER_DEPS_FULL);
		return 0;
	}
	/* While it changes a reader takes it for none. */
	__atomic_store_n(&dep->thread, 0, __ATOMIC_RELAXED);
	__atomic_thread_fence(__ATOMIC_RELEASE);
	if (o->shared) {
		dep->held_first = o->shared;
		dep->held_count = o->count;
	} else {
		copy_held(r, dep->held_first, o->held, o->held_count);
	}
	return 1;
}

static void fill(struct sn_recorder *r, struct sn_dep_rec *dep, const struct sn_dep_order *o,
		 const struct sn_phases *now)
{
	struct sn_thread_rec *t = sn_rec_thread(r, o->thread);
	dep->epoch = t->epoch;
	dep->lock = o->lock;
	dep->mode = o->mode | gates_passed(t) << SN_DEP_PASSED_SHIFT;
	dep->stack = o->stack;
	dep->phases = *now;
	pin_barriers(r, now);
	__atomic_store_n(&dep->thread, o->thread, __ATOMIC_RELEASE);
	t->dep_count++;
}

uint32_t sn_deps_record(struct sn_recorder *r, const struct sn_dep_order *o, uint64_t key,
			uint32_t only)
{
	struct sn_phases now = phase_of(r, sn_rec_thread(r, o->thread));
	uint32_t context = context_of(r, key, o->lock, only);
	struct sn_context_rec *c = sn_rec_context(r, context);
	struct place at = {APPEND, 0};
	if (context)
		at = place(r, c, o->thread, o->stack, &now);
	if (at.dep && at.how != OVERWRITE && !o->shared)
		weaken(r, at.dep, o->held, o->held_count, 1);
	if (at.how == KNOWN)
		return 0;
	if (at.how == NEXT) {
		go_on(sn_rec_dep(r, at.dep), &now);
		return at.dep;
	}
	uint32_t d = at.how == APPEND && context ? new_dep(r, o) : at.dep;
	struct sn_dep_rec *dep = sn_rec_dep(r, d);
	uint32_t before = dep->thread;
	if (!put_held(r, d, o))
		return 0;
	fill(r, dep, o, &now);
	if (at.how == APPEND) {
		dep->next = c->first_dep;
		count_in(r, dep);
		sn_trie_publish(&c->first_dep, d);
		c->dep_count++;
	} else {
		sn_registry_dep_less(r, before);
	}
	return d;
}

uint32_t sn_registry_dep(struct sn_recorder *r, uint32_t thread, uint32_t lock, uint32_t mode,
			 uint32_t stack, const struct sn_held *held, uint32_t held_count)
{
	struct sn_dep_order o = {thread, lock, mode, stack, held, held_count, 0, 0};
	o.count = count_held(held, held_count);
	if (!r->header || !o.count)
		return 0;
	return sn_deps_record(r, &o, context_key(lock, mode, held, held_count),
			      only_held(held, held_count));
}
