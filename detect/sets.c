/* SPDX-License-Identifier: Apache-2.0
 *
 * Threads that were asleep together at the end of their process: in waits that nobody else could
 * have ended, which the process has asked itself (graph/sealed.h), or, of all others, at locks and
 * in joins of each other.  Each such set is one finding: why the one sleeps is what the other
 * holds.
 *
 * A sealed set with a lock that is held, or with threads that wait for each other in a circle, is a
 * deadlock; else its threads have just been left behind.  What is not sealed is a suspect: its
 * holders might have gone on. */
#include "detect/detect.h"
#include "graph/knot.h"
#include "graph/sealed.h"

#include <string.h>

/* Pairs of threads looked at; sets of what is beyond stay untold here. */
#define WORK_MOST (1u << 26)

struct sets {
	struct sn_view view; /* of the picture: only those of one set wait */
	const struct sn_view *whole;
	const struct sn_end *end;
	struct sn_thread_rec *thread; /* the picture's threads */
	uint32_t *set;                /* by thread: a thread of the same set, or itself */
	uint8_t *circle;              /* by thread: may be part of one */
	uint8_t *shared;              /* by a set's thread: whether it has others */
	uint32_t count, work;
};

static int works(struct sets *s)
{
	if (s->work)
		s->work--;
	return s->work != 0;
}

static int is_asleep(const struct sn_thread_rec *t)
{
	return t->state == SN_THREAD_RUNNING && t->wait_kind != SN_WAIT_NONE &&
	       !(t->wait_mode & (SN_MODE_TRY | SN_MODE_TIMED)) && !(t->flags & SN_THREAD_GHOST);
}

static const struct sn_thread_rec *thread_at(const struct sets *s, uint32_t i)
{
	return sn_view_thread(s->whole, i);
}

/* Whether `t` waits for `u`. Whoever may use an object might have come from anywhere, unless the
 * wait is sealed. */
static int is_behind(struct sets *s, uint32_t t, uint32_t u)
{
	const struct sn_thread_rec *a = thread_at(s, t), *b = thread_at(s, u);

	if (t == u || b->state < SN_THREAD_RUNNING || !works(s))
		return 0;
	if (a->flags & SN_THREAD_SEALED)
		return b->flags & SN_THREAD_SEALED && sn_sealed_blocks(s->whole, t, u);
	return (a->wait_kind == SN_WAIT_LOCK || (a->wait_kind == SN_WAIT_JOIN && is_asleep(b))) &&
	       sn_sealed_blocks(s->whole, t, u);
}

static uint32_t set_of(struct sets *s, uint32_t i)
{
	while (s->set[i] != i)
		i = s->set[i] = s->set[s->set[i]];
	return i;
}

static void make_sets(struct sets *s)
{
	for (uint32_t i = 0; i < s->count; i++)
		s->set[i] = i;
	for (uint32_t t = 1; t < s->count && s->work; t++)
		for (uint32_t u = 1; is_asleep(thread_at(s, t)) && u < s->count && s->work; u++)
			if (is_behind(s, t, u))
				s->set[set_of(s, t)] = set_of(s, u);
	for (uint32_t i = 1; i < s->count; i++)
		s->shared[set_of(s, i)] |= set_of(s, i) != i;
}

static int is_member(struct sets *s, uint32_t i, uint32_t set)
{
	return is_asleep(thread_at(s, i)) && set_of(s, i) == set;
}

/* Whether some member waits for a lock of which it is known who holds it. */
static int has_lock(struct sets *s, uint32_t set)
{
	for (uint32_t t = 1; t < s->count; t++) {
		if (!is_member(s, t, set) || thread_at(s, t)->wait_kind != SN_WAIT_LOCK)
			continue;
		for (uint32_t u = 1; u < s->count && s->work; u++)
			if (set_of(s, u) == set && is_behind(s, t, u))
				return 1;
	}
	return 0;
}

/* Takes out of the circle who waits for nobody in it; returns how many that were. */
static uint32_t open_circle(struct sets *s, uint32_t *left)
{
	uint32_t n = 0, u;

	*left = 0;
	for (uint32_t t = 1; t < s->count; t++) {
		if (!s->circle[t])
			continue;
		for (u = 1; u < s->count && !(s->circle[u] && is_behind(s, t, u)); u++)
			continue;
		s->circle[t] = u < s->count;
		*left += s->circle[t];
		n += !s->circle[t];
	}
	return n;
}

static int has_circle(struct sets *s, uint32_t set)
{
	uint32_t left;

	for (uint32_t i = 0; i < s->count; i++)
		s->circle[i] = (uint8_t)is_member(s, i, set);
	while (open_circle(s, &left) && s->work)
		continue;
	return left && s->work;
}

/* Makes the picture that of the set; returns its first thread, *size the number of them. */
static uint32_t show(struct sets *s, uint32_t set, uint32_t *size)
{
	uint32_t first = 0;

	*size = 0;
	for (uint32_t i = 1; i < s->count; i++) {
		int in = is_member(s, i, set);

		s->thread[i].wait_kind = in ? thread_at(s, i)->wait_kind : SN_WAIT_NONE;
		*size += in != 0;
		first = first || !in ? first : i;
	}
	return first;
}

/* Those who hold what members want, and are not asleep themselves. */
static void add_holders(struct sets *s, uint32_t set, struct sn_finding *f)
{
	for (uint32_t t = 1; t < s->count; t++) {
		const struct sn_thread_rec *h = thread_at(s, t);

		if (set_of(s, t) != set || is_asleep(h))
			continue;
		for (uint32_t i = 0; i < h->held_count && works(s); i++) {
			const struct sn_held *held = sn_view_thread_held(s->whole, h, i);

			if (sn_knot_wants(&s->view, held->lock))
				sn_finding_add(f, (struct sn_part){.role = SN_ROLE_HOLDS,
								   .mode = (uint8_t)held->mode,
								   .thread = t,
								   .object = held->lock,
								   .stack = held->stack});
		}
	}
}

static void emit_sealed(struct sets *s, uint32_t set, uint32_t first, struct sn_sink *sink)
{
	int is_knot = has_lock(s, set) || has_circle(s, set);
	struct sn_finding f = {.kind = is_knot ? SN_KIND_DEADLOCK : SN_KIND_LEAKED_WORKER,
			       .verdict = SN_CONFIRMED,
			       .why = SN_WHY_NOBODY_REACHES};

	if (!is_knot)
		sn_finding_add(&f, (struct sn_part){.role = SN_ROLE_SUBJECT, .thread = first});
	sn_knot_tell_threads(&s->view, &f);
	sink->emit(sink, &f);
}

static void emit_suspect(struct sets *s, uint32_t set, uint32_t first, struct sn_sink *sink)
{
	struct sn_finding f = {.kind = SN_KIND_LEAKED_WORKER,
			       .verdict = s->end->strict ? SN_CONFIRMED : SN_SUSPECT,
			       .why = s->end->strict ? SN_WHY_STRICT : SN_WHY_WHOLE_PROGRAM};

	sn_finding_add(&f, (struct sn_part){.role = SN_ROLE_SUBJECT, .thread = first});
	sn_knot_tell_threads(&s->view, &f);
	add_holders(s, set, &f);
	sink->emit(sink, &f);
}

/* Main and threads that were not seen being created are told only beside others; a task that went
 * on after its context had ended, and workers that only grew in number, are told as that. */
static int is_told_otherwise(struct sets *s, uint32_t i)
{
	const struct sn_thread_rec *t = thread_at(s, i);
	struct sn_finding f;

	return t->flags & (SN_THREAD_MAIN | SN_THREAD_FOREIGN) ||
	       sn_detect_orphan(s->whole, i, s->end->end_ns, s->end->orphan_ns, &f) ||
	       sn_detect_only_grew(s->whole, t->create_stack, s->end->end_ns);
}

static int is_sealed(const struct sets *s, uint32_t i)
{
	return (thread_at(s, i)->flags & SN_THREAD_SEALED) != 0;
}

/* Whether a set that is not sealed is to be told: its first thread stands for all. */
static int is_suspect(struct sets *s, uint32_t set, uint32_t first)
{
	return has_lock(s, set) && !is_told_otherwise(s, first);
}

static void tell(struct sets *s, uint32_t set, struct sn_sink *sink, uint8_t *told)
{
	uint32_t size, first = show(s, set, &size);

	if (!first || !s->work)
		return;
	if (is_sealed(s, first) && size > 1)
		emit_sealed(s, set, first, sink);
	else if (!is_sealed(s, first) && is_suspect(s, set, first))
		emit_suspect(s, set, first, sink);
	else
		return;
	for (uint32_t i = 1; i < s->count; i++)
		told[i] |= (uint8_t)is_member(s, i, set);
}

/* A damaged recording may say that a thread holds billions of locks. */
static void copy_threads(struct sets *s)
{
	uint32_t most = sn_view_count(s->whole, SN_TABLE_HELD) + SN_HELD_INLINE;

	memcpy(s->thread, s->whole->table[SN_TABLE_THREAD].base, s->count * sizeof(*s->thread));
	for (uint32_t i = 0; i < s->count; i++)
		if (s->thread[i].held_count > most)
			s->thread[i].held_count = 0;
	s->view.table[SN_TABLE_THREAD].base = s->thread;
}

void sn_detect_sets(const struct sn_view *v, const struct sn_end *end, struct sn_memory *m,
		    struct sn_sink *sink, uint8_t *told)
{
	struct sets s = {.view = *v, .whole = v, .end = end, .work = WORK_MOST};
	size_t each = sizeof(*s.thread) + sizeof(*s.set) + 2;

	s.count = sn_view_count(v, SN_TABLE_THREAD);
	s.thread = m->grow(m, NULL, 0, s.count * each);
	if (!s.thread)
		return;
	s.set = (uint32_t *)(s.thread + s.count);
	s.circle = (uint8_t *)(s.set + s.count);
	s.shared = s.circle + s.count;
	copy_threads(&s);
	make_sets(&s);
	for (uint32_t i = 1; i < s.count && s.work; i++)
		if (s.shared[i])
			tell(&s, i, sink, told);
	sink->cut += !s.work;
	m->release(m, s.thread, s.count * each);
}
