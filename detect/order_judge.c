/* SPDX-License-Identifier: Apache-2.0
 *
 * The conditions on a cycle of lock orders, and its report.  Given shapes that close a ring, picks
 * one step for each such that the threads differ and no two steps are ordered by creation and join,
 * or by a barrier;
 * or, for what is ruled out, such that exactly one reason does it.  Each ring is told once per
 * reason, or with a few variants of its stacks when it stands. */
#include <string.h>
#include "detect/order_work.h"

/* Picks tried for one ring of shapes until the first that stands, and for further variants after
 * it. */
#define TRIES_MOST (1u << 20)
#define TRIES_LEAST 64u
#define TRIES_MORE 512u
/* These depend on the picked steps, the others on the shapes alone. */
#define BY_PICK                                                                                    \
	(SN_ORDER_SAME_THREAD | SN_ORDER_ORDERED | SN_ORDER_BARRIER | SN_ORDER_CREATED |           \
	 SN_ORDER_APART)

struct search {
	uint32_t n;
	uint32_t allowed; /* reasons by pick that may come up */
	uint32_t needed;  /* and that must have come up in the end */
	uint32_t tries;
	uint32_t shape_reasons;
	struct sn_ring *ring;
};

static uint32_t pair_reasons(struct sn_order *o, const struct sn_step *a, const struct sn_step *b)
{
	if (a->thread == b->thread)
		return SN_ORDER_SAME_THREAD;
	if (sn_happens_before(&o->happens, a->thread, a->epoch, b->thread, b->epoch) ||
	    sn_happens_before(&o->happens, b->thread, b->epoch, a->thread, a->epoch))
		return SN_ORDER_ORDERED;
	if ((a->phases.barrier[0] || b->phases.barrier[0]) && sn_order_barrier(o, a, b))
		return SN_ORDER_BARRIER;
	if ((a->passed || b->passed) && sn_order_created(o, a, b))
		return SN_ORDER_CREATED;
	if (a->reads && b->reads && sn_order_apart(o, a, b))
		return SN_ORDER_APART;
	return 0;
}

uint32_t sn_order_clash(struct sn_order *o, const struct sn_shape *a, const struct sn_shape *b)
{
	uint32_t reasons = sn_order_gate(o, a->set, b->set) ? SN_ORDER_GATE : 0;

	if (a->count == 1 && b->count == 1)
		reasons |= pair_reasons(o, &o->step[a->first], &o->step[b->first]);
	else if (a->thread && a->thread == b->thread)
		reasons |= SN_ORDER_SAME_THREAD;
	return reasons;
}

uint32_t sn_order_passes(struct sn_order *o, const struct sn_shape *a, const struct sn_shape *b)
{
	const struct sn_lock_rec *lock = sn_view_lock(o->view, b->from);

	if (!(a->mode & b->held_mode & SN_MODE_READ))
		return 0;
	/* A reader waits for a waiting writer, which waits for the readers. */
	if (lock->type == SN_LOCK_RWLOCK_WRITER && lock->flags & SN_LOCK_WRITER_SEEN)
		return 0;
	return SN_ORDER_READERS;
}

static enum sn_why why_of(uint32_t reason)
{
	switch (reason) {
	case SN_ORDER_SAME_THREAD:
		return SN_WHY_SAME_THREAD;
	case SN_ORDER_GATE:
		return SN_WHY_GATE;
	case SN_ORDER_ORDERED:
		return SN_WHY_ORDERED;
	case SN_ORDER_BARRIER:
		return SN_WHY_BARRIER;
	case SN_ORDER_TRYLOCK:
		return SN_WHY_TRYLOCK;
	case SN_ORDER_TIMED:
		return SN_WHY_TIMED;
	case SN_ORDER_CREATED:
		return SN_WHY_CREATED_UNDER;
	case SN_ORDER_UNKNOWN:
		return SN_WHY_NOT_YET_KNOWN;
	case SN_ORDER_READERS:
		return SN_WHY_READERS;
	case SN_ORDER_APART:
		return SN_WHY_WRITTEN_BETWEEN;
	default:
		return SN_WHY_NOTHING_RULES_IT_OUT;
	}
}

static enum sn_verdict verdict_of(uint32_t reason)
{
	if (!reason)
		return SN_PREDICTED;
	return reason == SN_ORDER_APART ? SN_SUSPECT : SN_REFUTED;
}

static const struct sn_shape *shape_at(const struct sn_order *o, uint32_t i)
{
	return &o->shape[o->path[i].shape];
}

/* The step picked for place i: the cursor stands behind it. */
static const struct sn_step *step_at(const struct sn_order *o, uint32_t i)
{
	return &o->step[shape_at(o, i)->first + o->pick[i].cursor - 1];
}

static void add_gate(struct sn_order *o, uint32_t n, uint32_t reason)
{
	for (uint32_t i = 1; i < n; i++) {
		for (uint32_t j = 0; j < i; j++) {
			uint32_t lock = reason == SN_ORDER_APART
						? sn_order_apart(o, step_at(o, j), step_at(o, i))
						: sn_order_gate(o, shape_at(o, j)->set,
								shape_at(o, i)->set);

			if (!lock)
				continue;
			sn_finding_add(&o->finding,
				       (struct sn_part){.role = SN_ROLE_GATE, .object = lock});
			return;
		}
	}
}

static int looks_unknown(const struct sn_order *o, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++)
		if (step_at(o, i)->held_mode & SN_STEP_BORN)
			return 1;
	return 0;
}

static void emit(struct sn_order *o, uint32_t n, uint32_t reason)
{
	struct sn_finding *f = &o->finding;

	if (!reason && looks_unknown(o, n))
		sn_finding_start(f, SN_KIND_LOCK_ORDER_INVERSION, SN_SUSPECT, SN_WHY_FIRST_HOLD);
	else
		sn_finding_start(f, SN_KIND_LOCK_ORDER_INVERSION, verdict_of(reason),
				 why_of(reason));
	for (uint32_t i = 0; i < n; i++) {
		const struct sn_step *s = step_at(o, i);

		sn_finding_add(f,
			       (struct sn_part){.role = SN_ROLE_HOLDS,
						.mode = s->held_mode & (uint8_t)~SN_STEP_EVIDENCE,
						.thread = s->thread,
						.object = s->from,
						.stack = s->held_stack});
		sn_finding_add(f, (struct sn_part){.role = SN_ROLE_WANTS,
						   .mode = s->mode,
						   .thread = s->thread,
						   .object = s->to,
						   .stack = s->want_stack});
	}
	if (reason == SN_ORDER_GATE || reason == SN_ORDER_APART)
		add_gate(o, n, reason);
	o->sink->emit(o->sink, f);
}

static uint64_t stacks_hash(const struct sn_order *o, uint32_t n)
{
	uint64_t hash = sn_order_hash(n);

	for (uint32_t i = 0; i < n; i++) {
		hash = sn_order_mix(hash, step_at(o, i)->held_stack);
		hash = sn_order_mix(hash, step_at(o, i)->want_stack);
	}
	return hash;
}

/* A pick that stands: tells it unless these stacks have been told. */
static void tell_variant(struct sn_order *o, struct search *s)
{
	uint64_t hash = stacks_hash(o, s->n);

	for (uint32_t i = 0; i < s->ring->variant_count; i++)
		if (s->ring->variant[i] == hash)
			return;
	s->ring->variant[s->ring->variant_count++] = hash;
	emit(o, s->n, 0);
}

/* A pick has been found. Returns 1 when no further one is wanted. */
static int found(struct sn_order *o, struct search *s)
{
	uint32_t reason = s->shape_reasons | s->needed;

	if (reason) {
		s->ring->refuted |= reason;
		emit(o, s->n, reason);
		return 1;
	}
	tell_variant(o, s);
	if (s->tries > TRIES_MORE)
		s->tries = TRIES_MORE;
	return s->ring->variant_count == SN_ORDER_VARIANTS;
}

static uint32_t pick_reasons(struct sn_order *o, const struct search *s, uint32_t depth)
{
	uint32_t reasons = depth ? o->pick[depth - 1].reasons : 0;
	uint32_t i;

	for (i = 0; i < depth && !(reasons & ~s->allowed); i++)
		reasons |= pair_reasons(o, step_at(o, i), step_at(o, depth));
	o->work += 1 + i / 8;
	return reasons;
}

/* Picks that may be tried: no more than the component has work left. */
static uint32_t tries_left(const struct sn_order *o)
{
	uint64_t left = o->component_end > o->work ? o->component_end - o->work : 0;

	if (left > TRIES_MOST)
		return TRIES_MOST;
	return left > TRIES_LEAST ? (uint32_t)left : TRIES_LEAST;
}

static void pick_steps(struct sn_order *o, struct search *s)
{
	uint32_t depth = 0;

	for (s->tries = tries_left(o), o->pick[0].cursor = 0; s->tries; s->tries--) {
		struct sn_pick *pick = &o->pick[depth];

		if (pick->cursor == shape_at(o, depth)->count) {
			if (!depth--)
				return;
			continue;
		}
		pick->cursor++;
		pick->reasons = pick_reasons(o, s, depth);
		if (pick->reasons & ~s->allowed)
			continue;
		if (depth + 1 < s->n)
			o->pick[++depth].cursor = 0;
		else if (pick->reasons == s->needed && found(o, s))
			return;
	}
	/* Only a search that found nothing has lost something worth telling. */
	if (!s->ring->variant_count && !s->needed && !s->shape_reasons)
		o->cut++;
}

/* The ring of the path, added when it is new; NULL where there is no memory. */
static struct sn_ring *find_ring(struct sn_order *o, uint32_t n)
{
	struct sn_ring *ring;
	uint64_t hash = sn_order_hash(n);
	uint32_t at, mask;

	for (uint32_t i = 0; i < n; i++)
		hash = sn_order_mix(hash, shape_at(o, i)->from);
	if (sn_order_index_room(o, &o->ring_index, SN_BLOCK_RING_INDEX, o->ring, sizeof(*o->ring),
				o->ring_count))
		return NULL;
	mask = o->ring_index.size - 1;
	for (at = (uint32_t)hash & mask; o->ring_index.slot[at]; at = (at + 1) & mask)
		if (o->ring[o->ring_index.slot[at]].hash == hash)
			return &o->ring[o->ring_index.slot[at]];
	ring = sn_order_room(o, SN_BLOCK_RING, (o->ring_count + (size_t)2) * sizeof(*ring));
	if (!ring)
		return NULL;
	o->ring = ring;
	o->ring_index.slot[at] = ++o->ring_count;
	ring += o->ring_count;
	memset(ring, 0, sizeof(*ring));
	ring->hash = hash;
	return ring;
}

static void judge_refuted(struct sn_order *o, struct search *s)
{
	static const uint32_t by_pick[] = {SN_ORDER_SAME_THREAD, SN_ORDER_ORDERED, SN_ORDER_BARRIER,
					   SN_ORDER_CREATED, SN_ORDER_APART};

	if (s->ring->variant_count)
		return;
	if (s->shape_reasons) {
		if (!(s->ring->refuted & s->shape_reasons))
			pick_steps(o, s);
		return;
	}
	for (size_t i = 0; i < sizeof by_pick / sizeof *by_pick; i++) {
		s->allowed = s->needed = by_pick[i];
		if (!(s->ring->refuted & by_pick[i]))
			pick_steps(o, s);
	}
}

void sn_order_judge(struct sn_order *o, uint32_t n, uint32_t reasons, int refuted)
{
	struct search s = {
		.n = n, .shape_reasons = reasons & ~(uint32_t)BY_PICK, .ring = find_ring(o, n)};

	if (!s.ring)
		o->cut++;
	else if (refuted)
		judge_refuted(o, &s);
	else if (s.ring->variant_count < SN_ORDER_VARIANTS)
		pick_steps(o, &s);
}
