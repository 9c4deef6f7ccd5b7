/* SPDX-License-Identifier: Apache-2.0
 *
 * blocking-under-lock while it lasts: locks that a thread holds while another has waited for long.
 * The recording says who waits since when, who holds what, and whether the lock has been given up
 * meanwhile; of spin locks that is not known, and the caller looks twice.
 *
 * A holder that waits for a lock itself is not told: whoever keeps that one is. Nor is a thread
 * that runs a once routine: its result is what the others wait for. */
#include "base/names.h"
#include "detect/detect.h"

/* Slots of held locks looked at; in a larger process some holders stay unfound. */
#define WORK_MOST (1u << 20)

struct search {
	const struct sn_view *v;
	uint64_t latest; /* waits that began later are too young */
	struct sn_hold *holds;
	uint32_t room, count, work;
};

static int is_up(const struct sn_thread_rec *t)
{
	return t->state == SN_THREAD_RUNNING &&
	       !(t->flags & (SN_THREAD_GHOST | SN_THREAD_DEADLOCKED));
}

static int waits_for_lock(const struct search *s, uint32_t thread)
{
	const struct sn_thread_rec *t = sn_view_thread(s->v, thread);

	return is_up(t) && t->wait_kind == SN_WAIT_LOCK &&
	       sn_lock_kin(sn_view_lock(s->v, t->wait_object)->type) != SN_LOCK_ONCE;
}

/* Whether the thread keeps the lock from one who wants it in that mode; *slot says by which. */
static int keeps(struct search *s, uint32_t thread, uint32_t lock, uint32_t mode, uint32_t *slot)
{
	const struct sn_thread_rec *t = sn_view_thread(s->v, thread);

	if (!is_up(t) || t->wait_kind == SN_WAIT_LOCK)
		return 0;
	for (uint32_t i = 0; i < t->held_count && s->work; i++, s->work--) {
		const struct sn_held *h = sn_view_thread_held(s->v, t, i);

		if (h->lock == lock && !(mode & h->mode & SN_MODE_READ)) {
			*slot = i;
			return 1;
		}
	}
	return 0;
}

static uint32_t find_holder(struct search *s, uint32_t lock, uint32_t mode, uint32_t *slot)
{
	uint32_t hint = sn_view_lock(s->v, lock)->owner_hint;

	if (keeps(s, hint, lock, mode, slot))
		return hint;
	for (uint32_t i = 1; i < sn_view_count(s->v, SN_TABLE_THREAD) && s->work; i++, s->work--)
		if (keeps(s, i, lock, mode, slot))
			return i;
	return 0;
}

/* What is known already of this lock. */
static struct sn_hold *hold_of(struct search *s, uint32_t lock)
{
	for (uint32_t i = 0; i < s->count; i++)
		if (s->holds[i].lock == lock)
			return &s->holds[i];
	return NULL;
}

/* One more waits for it: the one that has waited longest is told. */
static void join(const struct search *s, struct sn_hold *hold, uint32_t waiter)
{
	const struct sn_thread_rec *t = sn_view_thread(s->v, waiter);

	hold->more++;
	if (t->wait_since_ns >= hold->wait_since_ns)
		return;
	hold->waiter = waiter;
	hold->wait_since_ns = t->wait_since_ns;
}

/* Whether somebody has given the lock up since the thread began to wait: then whoever holds it now
 * has not held it all the time, and the thread may be starved, which is another matter. */
static int was_given_up(const struct search *s, const struct sn_thread_rec *t)
{
	return sn_view_lock(s->v, t->wait_object)->passes != t->wait_passes;
}

static void look_at(struct search *s, uint32_t waiter)
{
	const struct sn_thread_rec *t = sn_view_thread(s->v, waiter);
	struct sn_hold *known = hold_of(s, t->wait_object);
	uint32_t slot, holder;

	if (known) {
		join(s, known, waiter);
		return;
	}
	if (t->wait_since_ns > s->latest || s->count == s->room || was_given_up(s, t))
		return;
	holder = find_holder(s, t->wait_object, t->wait_mode, &slot);
	if (!holder || holder == waiter)
		return;
	s->holds[s->count++] = (struct sn_hold){.holder = holder,
						.slot = slot,
						.lock = t->wait_object,
						.waiter = waiter,
						.wait_since_ns = t->wait_since_ns};
}

uint32_t sn_detect_held(const struct sn_view *v, uint64_t now_ns, uint64_t least_ns,
			struct sn_hold *holds, uint32_t room)
{
	struct search s = {v, now_ns - least_ns, holds, room, 0, WORK_MOST};

	for (uint32_t i = 1; i < sn_view_count(v, SN_TABLE_THREAD); i++)
		if (now_ns >= least_ns && waits_for_lock(&s, i))
			look_at(&s, i);
	return s.count;
}

static uint32_t in_ms(uint64_t from, uint64_t to)
{
	uint64_t ms = to > from ? (to - from) / 1000000u : 0;

	return ms < UINT32_MAX ? (uint32_t)ms : UINT32_MAX;
}

/* What the holder does, so far as the recording tells: it is in a wait, or in a call that it has
 * said it makes. */
static struct sn_part present(const struct sn_view *v, const struct sn_hold *hold, uint64_t now_ns)
{
	const struct sn_thread_rec *t = sn_view_thread(v, hold->holder);
	uint64_t call = t->call;
	struct sn_part p = {
		.role = SN_ROLE_BLOCKED, .flags = SN_PART_SO_FAR, .thread = hold->holder};

	if (t->wait_kind != SN_WAIT_NONE) {
		p.mode = (uint8_t)t->wait_mode;
		p.object_is_thread = t->wait_kind == SN_WAIT_JOIN;
		p.object = t->wait_object;
		p.stack = t->wait_stack;
		p.when_ns = t->wait_since_ns;
	} else if (call) {
		p.stack = sn_call_stack(call);
		p.when_ns = sn_call_since(v->header, call);
	}
	p.number = p.when_ns ? in_ms(p.when_ns, now_ns) : 0;
	return p;
}

void sn_hold_finding(const struct sn_view *v, const struct sn_hold *hold, uint64_t now_ns,
		     struct sn_finding *f)
{
	const struct sn_thread_rec *holder = sn_view_thread(v, hold->holder);
	const struct sn_thread_rec *waiter = sn_view_thread(v, hold->waiter);
	const struct sn_held *h = sn_view_thread_held(v, holder, hold->slot);

	sn_finding_start(f, SN_KIND_BLOCKING_UNDER_LOCK, SN_SUSPECT, SN_WHY_HELD_NOW);
	sn_finding_add(f, (struct sn_part){.role = SN_ROLE_HOLDS,
					   .mode = (uint8_t)h->mode,
					   .thread = hold->holder,
					   .object = hold->lock,
					   .stack = h->stack});
	sn_finding_add(f, present(v, hold, now_ns));
	sn_finding_add(f, (struct sn_part){.role = SN_ROLE_WAITS,
					   .mode = (uint8_t)waiter->wait_mode,
					   .thread = hold->waiter,
					   .object = hold->lock,
					   .stack = waiter->wait_stack,
					   .when_ns = hold->wait_since_ns,
					   .more = hold->more,
					   .number = in_ms(hold->wait_since_ns, now_ns)});
}
