/* SPDX-License-Identifier: Apache-2.0
 *
 * Barriers put lock orders into phases: what two threads did in different phases cannot overlap.
 *
 * The argument.  Let every round of barrier B be made up of the same threads, as many as it takes,
 * T and U among them (interpose/barrier.c sees to that, and sets SN_SYNC_MEMBERS_VARY else).  T
 * does something after it has passed round r and before it arrives at the next, U after round s and
 * before its next, and s < r.  T is past round r, so U has arrived at it, and at every round
 * before; so it has arrived at round s + 1 <= r, and what it did before that is over.  Nothing is
 * said of s = r.  In a deadlock every thread of the ring stands at its wanted lock at the same
 * time, so one pair that cannot do so rules the ring out.  That a lock is held from an earlier
 * phase on makes no difference: it is the wanting that would have to coincide.
 *
 * What a thread has passed is known of its last two barriers (a common pair: start and end of a
 * round of work), and what was dropped is claimed nothing of.  A dependency that names fewer than
 * two was made before the thread passed any other: if by its record the thread is a member of B, it
 * was made before B's first round.
 *
 * A dependency stands for many phases, in a rhythm in which both barriers are in step.  Two of them
 * can overlap if there are two phases that every barrier agrees on, which is a small system of
 * linear equations in whole numbers: first_a + i * stride_a = first_b + j * stride_b for each. */
#include "detect/order_work.h"

#define EQUATIONS_MOST (2 * SN_BARRIERS)

/* a * i - b * j = c */
struct equation {
	int64_t a, b, c;
};

/* Whole numbers 0 <= i < a_count, 0 <= j < b_count. */
struct system {
	struct equation e[EQUATIONS_MOST];
	uint32_t count;
	int64_t a_count, b_count;
};

/* Rounds that a step was between, of one barrier. */
struct rhythm {
	int64_t first, stride;
};

static int is_named(uint32_t barrier)
{
	return barrier && barrier != SN_BARRIER_LOST;
}

static int slot_of(const uint32_t *barriers, uint32_t barrier)
{
	for (int i = 0; i < SN_BARRIERS; i++)
		if (barriers[i] == barrier)
			return i;
	return -1;
}

static const struct sn_sync_rec *fixed_barrier(const struct sn_order *o, uint32_t barrier)
{
	const struct sn_lock_rec *l = sn_view_lock(o->view, barrier);
	const struct sn_sync_rec *s = sn_view_sync(o->view, l->sync);

	if (l->type != SN_LOCK_BARRIER || !l->sync || s->object != barrier ||
	    s->flags & (SN_SYNC_MEMBERS_VARY | SN_SYNC_OUTSIDE))
		return NULL;
	return s;
}

/* Between which rounds of the barrier the step was made; 0 where that is not known. */
static int rhythm_of(const struct sn_order *o, const struct sn_step *s, uint32_t barrier,
		     const struct sn_sync_rec *sync, struct rhythm *r)
{
	const struct sn_phases *p = &s->phases;
	int i = slot_of(p->barrier, barrier);

	if (i >= 0) {
		*r = (struct rhythm){p->first[i], p->stride[i]};
		return 1;
	}
	if (slot_of(p->barrier, 0) < 0 ||
	    slot_of(sn_view_thread(o->view, s->thread)->barrier, barrier) < 0)
		return 0;
	*r = (struct rhythm){sync->first_round, 0};
	return 1;
}

static int64_t phase_count(const struct sn_phases *p)
{
	if (!p->stride[0] || p->last[0] <= p->first[0])
		return 1;
	return (int64_t)((p->last[0] - p->first[0]) / p->stride[0]) + 1;
}

/* What the barrier asks of the phases of both steps. */
static void add_equation(const struct sn_order *o, struct system *s, const struct sn_step *a,
			 const struct sn_step *b, uint32_t barrier)
{
	const struct sn_sync_rec *sync = fixed_barrier(o, barrier);
	struct rhythm x, y;

	if (sync && rhythm_of(o, a, barrier, sync, &x) && rhythm_of(o, b, barrier, sync, &y))
		s->e[s->count++] = (struct equation){x.stride, y.stride, y.first - x.first};
}

static int64_t floor_div(int64_t a, int64_t b)
{
	return a / b - (a % b < 0);
}

/* Returns the greatest common divisor of a and b, and in *x a number with a * x = it modulo b. */
static int64_t divisor(int64_t a, int64_t b, int64_t *x)
{
	int64_t next = 0;

	for (*x = 1; b;) {
		int64_t q = a / b, r = a % b, t = *x - q * next;

		*x = next;
		next = t;
		a = b;
		b = r;
	}
	return a;
}

static int in_range(const struct system *s, int64_t i, int64_t j)
{
	return i >= 0 && i < s->a_count && j >= 0 && j < s->b_count;
}

static int solve_one(const struct system *s, const struct equation *e)
{
	int64_t x, g, step, i, low, high;

	if (!e->a)
		return e->c % e->b == 0 && in_range(s, 0, -e->c / e->b);
	if (!e->b)
		return e->c % e->a == 0 && in_range(s, e->c / e->a, 0);
	g = divisor(e->a, e->b, &x);
	if (e->c % g)
		return 0;
	/* i is fixed modulo `step`; the smallest one for which j is not negative must do. */
	step = e->b / g;
	i = (int64_t)((__int128)(e->c / g) * x % step);
	low = e->c > 0 ? floor_div(e->c - 1, e->a) + 1 : 0;
	high = floor_div(e->c + e->b * (s->b_count - 1), e->a);
	i += (floor_div(low - i - 1, step) + 1) * step;
	return i <= high && i < s->a_count;
}

static __int128 cross(int64_t a, int64_t b, int64_t c, int64_t d)
{
	return (__int128)a * d - (__int128)b * c;
}

/* Two equations that are not multiples of each other have one solution, which all must agree on. */
static int solve_two(const struct system *s, const struct equation *e, const struct equation *f)
{
	__int128 d = cross(e->a, e->b, f->a, f->b);
	__int128 i = cross(e->c, e->b, f->c, f->b), j = cross(e->c, e->a, f->c, f->a);

	if (i % d || j % d)
		return 0;
	i /= d;
	j /= d;
	if (i < 0 || i >= s->a_count || j < 0 || j >= s->b_count)
		return 0;
	for (uint32_t k = 0; k < s->count; k++)
		if (s->e[k].a * i - s->e[k].b * j != s->e[k].c)
			return 0;
	return 1;
}

/* Whether some pair of phases fits every equation. */
static int solve(const struct system *s)
{
	const struct equation *main = NULL;

	for (uint32_t k = 0; k < s->count; k++) {
		const struct equation *e = &s->e[k];

		if (!e->a && !e->b && e->c)
			return 0;
		if ((e->a || e->b) && !main)
			main = e;
		if (main && cross(main->a, main->b, e->a, e->b))
			return solve_two(s, main, e);
		if (main &&
		    (cross(main->a, main->c, e->a, e->c) || cross(main->b, main->c, e->b, e->c)))
			return 0;
	}
	return !main || solve_one(s, main);
}

int sn_order_barrier(const struct sn_order *o, const struct sn_step *a, const struct sn_step *b)
{
	const uint32_t *x = a->phases.barrier, *y = b->phases.barrier;
	struct system s = {.a_count = phase_count(&a->phases), .b_count = phase_count(&b->phases)};

	for (int i = 0; i < SN_BARRIERS; i++)
		if (is_named(x[i]))
			add_equation(o, &s, a, b, x[i]);
	for (int i = 0; i < SN_BARRIERS; i++)
		if (is_named(y[i]) && slot_of(x, y[i]) < 0)
			add_equation(o, &s, a, b, y[i]);
	return !solve(&s);
}
