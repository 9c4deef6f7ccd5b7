/* SPDX-License-Identifier: Apache-2.0
 *
 * How a knot is told: the cause first, then each thread, those that do the same once. */
#include "graph/knot.h"
#include "base/asleep.h"
#include "graph/result.h"
#include "graph/straight.h"

struct story {
	const struct sn_view *view;
	struct sn_finding *f;
	uint64_t now_ticks, now_ns;
};

static int is_live(const struct sn_thread_rec *t)
{
	return t->state == SN_THREAD_RUNNING && t->wait_kind != SN_WAIT_NONE;
}

static const struct sn_sync_rec *sync_of(const struct sn_view *v, const struct sn_thread_rec *t)
{
	return sn_view_sync(v, sn_view_lock(v, t->wait_object)->sync);
}

static struct sn_part wait_part(const struct story *s, uint32_t thread)
{
	const struct sn_thread_rec *t = sn_view_thread(s->view, thread);
	return (struct sn_part){.role = SN_ROLE_WAITS,
				.mode = (uint8_t)t->wait_mode,
				.object_is_thread = t->wait_kind == SN_WAIT_JOIN,
				.thread = thread,
				.object = t->wait_object,
				.stack = t->wait_stack,
				.when_ns = t->wait_since_ns};
}

/* When the signal was sent; 0 where it is not known, as of one that was sent again and again. */
static uint64_t time_of(const struct story *s, const struct sn_signal *signal)
{
	if (signal->flags & SN_SIGNAL_AGAIN)
		return 0;
	return sn_view_ticks_ns(s->view->header, signal->ticks, s->now_ticks, s->now_ns);
}

static struct sn_part signal_part(const struct story *s, uint32_t object,
				  const struct sn_signal *signal)
{
	return (struct sn_part){
		.role = SN_ROLE_SIGNALLED,
		.flags = sn_signal_part_flags(signal->flags),
		.thread = sn_view_thread_of(s->view, signal->serial),
		.object = object,
		.stack = signal->stack,
		.when_ns = time_of(s, signal),
	};
}

static struct sn_part checked_part(const struct story *s, uint32_t thread)
{
	const struct sn_thread_rec *t = sn_view_thread(s->view, thread);
	return (struct sn_part){.role = SN_ROLE_CHECKED,
				.thread = thread,
				.object = t->wait_mutex,
				.stack = t->wait_mutex_stack};
}

static void conclude(struct story *s, enum sn_kind kind, enum sn_why why)
{
	s->f->kind = kind;
	s->f->verdict = SN_CONFIRMED;
	s->f->why = why;
}

/* A stray signal fell between the thread's look at the state and its wait. */
static int tell_window(struct story *s, uint32_t thread)
{
	const struct sn_thread_rec *t = sn_view_thread(s->view, thread);
	const struct sn_sync_rec *sync = sync_of(s->view, t);
	struct sn_part stray;
	if (sync->lost_serial != t->serial || !sync->stray.serial)
		return 0;
	conclude(s, SN_KIND_LOST_WAKEUP, SN_WHY_IN_THE_WINDOW);
	sn_finding_add(s->f, checked_part(s, thread));
	stray = signal_part(s, sync->object, &sync->stray);
	stray.flags |= SN_PART_UNLOCKED;
	sn_finding_add(s->f, stray);
	sn_finding_add(s->f, wait_part(s, thread));
	return 1;
}

/* The last signal came while the thread slept, but woke another one, which is back in its wait at
 * another place without having woken anybody. */
static int tell_wrong_waiter(struct story *s, uint32_t thread)
{
	const struct sn_thread_rec *t = sn_view_thread(s->view, thread);
	const struct sn_sync_rec *sync = sync_of(s->view, t);
	if (!sync->back_serial || sync->back_serial != sync->woken_serial ||
	    sync->back_serial == t->serial || sync->heard.flags & SN_SIGNAL_BROADCAST)
		return 0;
	uint32_t back_thread = sn_view_thread_of(s->view, sync->back_serial);
	const struct sn_thread_rec *back = sn_view_thread(s->view, back_thread);
	struct sn_part signal = signal_part(s, sync->object, &sync->heard);
	if (!back_thread || !is_live(back) || back->wait_object != t->wait_object ||
	    back->wait_stack != sync->back_stack || back->wait_stack == t->wait_stack ||
	    signal.when_ns <= t->wait_since_ns)
		return 0;
	conclude(s, SN_KIND_LOST_WAKEUP, SN_WHY_WRONG_WAITER);
	sn_finding_add(s->f, wait_part(s, thread));
	sn_finding_add(s->f, signal);
	sn_finding_add(s->f, (struct sn_part){.role = SN_ROLE_WOKEN,
					      .thread = back_thread,
					      .object = sync->object,
					      .stack = sync->woken_stack});
	return 1;
}

static int read_code(void *context, uint64_t address, void *to, uint32_t n)
{
	const struct sn_view *v = context;
	return sn_peek(v->header->pid, address, to, n);
}

int sn_knot_never_looks(const struct sn_view *v, uint32_t lock_stack, uint32_t wait_stack)
{
	struct sn_way way = {.read = read_code,
			     .context = (void *)(uintptr_t)v,
			     .shim_start = v->header->shim_start,
			     .shim_end = v->header->shim_end};
	way.from = sn_view_stack_pcs(v, lock_stack, &way.from_depth);
	way.to = sn_view_stack_pcs(v, wait_stack, &way.to_depth);
	return sn_straight(&way);
}

int sn_knot_looks_at_result(const struct sn_view *v, uint32_t wait_stack)
{
	uint32_t depth;
	const uint64_t *pcs = sn_view_stack_pcs(v, wait_stack, &depth);
	return depth && sn_result_is_looked_at(read_code, (void *)(uintptr_t)v, pcs[0]);
}

/* A signal came when nobody was waiting, and the waiter sleeps without having looked at anything.
 */
static int tell_no_look(struct story *s, uint32_t thread)
{
	const struct sn_thread_rec *t = sn_view_thread(s->view, thread);
	const struct sn_sync_rec *sync = sync_of(s->view, t);
	if (!sync->unheard.serial || sync->unheard.serial == t->serial ||
	    sync->unheard.ticks <= sync->heard.ticks ||
	    !sn_knot_never_looks(s->view, t->wait_mutex_stack, t->wait_stack))
		return 0;
	conclude(s, SN_KIND_LOST_WAKEUP, SN_WHY_NO_LOOK);
	sn_finding_add(s->f, signal_part(s, sync->object, &sync->unheard));
	sn_finding_add(s->f, checked_part(s, thread));
	sn_finding_add(s->f, wait_part(s, thread));
	return 1;
}

static int tell_cause(struct story *s)
{
	uint32_t count = sn_view_count(s->view, SN_TABLE_THREAD);
	for (uint32_t i = 1; i < count; i++) {
		const struct sn_thread_rec *t = sn_view_thread(s->view, i);
		if (is_live(t) && t->wait_kind == SN_WAIT_COND &&
		    (tell_window(s, i) || tell_wrong_waiter(s, i) || tell_no_look(s, i)))
			return 1;
	}
	return 0;
}

int sn_knot_wants(const struct sn_view *v, uint32_t lock)
{
	for (uint32_t i = 1; i < sn_view_count(v, SN_TABLE_THREAD); i++) {
		const struct sn_thread_rec *t = sn_view_thread(v, i);
		if (is_live(t) && t->wait_kind == SN_WAIT_LOCK && t->wait_object == lock)
			return 1;
	}
	return 0;
}

static int is_joined(const struct sn_view *v, uint32_t thread)
{
	for (uint32_t i = 1; i < sn_view_count(v, SN_TABLE_THREAD); i++) {
		const struct sn_thread_rec *t = sn_view_thread(v, i);
		if (is_live(t) && t->wait_kind == SN_WAIT_JOIN && t->wait_object == thread)
			return 1;
	}
	return 0;
}

/* Adds what the thread holds and others want; returns how many. */
static uint32_t add_held(struct story *s, uint32_t thread)
{
	const struct sn_thread_rec *t = sn_view_thread(s->view, thread);
	uint32_t n = 0;
	for (uint32_t i = 0; i < t->held_count; i++) {
		const struct sn_held *h = sn_view_thread_held(s->view, t, i);
		if (!h->lock || !sn_knot_wants(s->view, h->lock))
			continue;
		n++;
		sn_finding_add(s->f, (struct sn_part){.role = SN_ROLE_HOLDS,
						      .mode = (uint8_t)h->mode,
						      .thread = thread,
						      .object = h->lock,
						      .stack = h->stack});
	}
	return n;
}

/* The part of a thread that waits for the same at the same place, if one is told already. */
static struct sn_part *told_alike(const struct story *s, const struct sn_part *wait)
{
	for (uint32_t i = 0; i < s->f->part_count; i++) {
		struct sn_part *p = &s->f->parts[i];
		if (p->role == SN_ROLE_WAITS && p->object == wait->object &&
		    p->object_is_thread == wait->object_is_thread && p->stack == wait->stack)
			return p;
	}
	return NULL;
}

static int is_told(const struct story *s, uint32_t thread)
{
	for (uint32_t i = 0; i < s->f->part_count; i++)
		if (s->f->parts[i].role == SN_ROLE_WAITS && s->f->parts[i].thread == thread)
			return 1;
	return 0;
}

static void add_thread(struct story *s, uint32_t thread, int special)
{
	struct sn_part wait = wait_part(s, thread), *alike;
	if (is_told(s, thread))
		return;
	alike = add_held(s, thread) || special ? NULL : told_alike(s, &wait);
	if (alike)
		alike->more++;
	else
		sn_finding_add(s->f, wait);
}

/* Those that others depend on, and the main thread, are told by name. */
static void add_threads(struct story *s)
{
	uint32_t count = sn_view_count(s->view, SN_TABLE_THREAD);
	for (int special = 1; special >= 0; special--)
		for (uint32_t i = 1; i < count; i++) {
			const struct sn_thread_rec *t = sn_view_thread(s->view, i);
			if (!is_live(t))
				continue;
			if (special == (t->flags & SN_THREAD_MAIN || is_joined(s->view, i)))
				add_thread(s, i, special);
		}
}

static int is_told_signal(const struct story *s, uint32_t object)
{
	for (uint32_t i = 0; i < s->f->part_count; i++)
		if (s->f->parts[i].role == SN_ROLE_SIGNALLED && s->f->parts[i].object == object)
			return 1;
	return 0;
}

/* The wakeup that a waiter may be waiting for: of a condition the last that nobody heard, of a
 * semaphore a post that shows who does so: posts are not all noted; of what belongs to the channel
 * library the last call from the other side. */
static const struct sn_signal *last_wakeup(const struct sn_sync_rec *sync, uint32_t kind)
{
	if (kind == SN_WAIT_SEND)
		return &sync->unheard;
	if (kind == SN_WAIT_RECEIVE || kind == SN_WAIT_OBJECT)
		return &sync->heard;
	if (kind == SN_WAIT_SEMAPHORE && sync->heard.ticks > sync->unheard.ticks)
		return &sync->heard;
	return kind == SN_WAIT_COND || kind == SN_WAIT_SEMAPHORE ? &sync->unheard : NULL;
}

static void add_wakeups(struct story *s)
{
	uint32_t waits = s->f->part_count;
	for (uint32_t i = 0; i < waits; i++) {
		const struct sn_part *p = &s->f->parts[i];
		const struct sn_thread_rec *t = sn_view_thread(s->view, p->thread);
		if (p->role != SN_ROLE_WAITS)
			continue;
		const struct sn_sync_rec *sync = sync_of(s->view, t);
		const struct sn_signal *last = last_wakeup(sync, t->wait_kind);
		if (!last || !last->serial || is_told_signal(s, sync->object))
			continue;
		struct sn_part wakeup = signal_part(s, sync->object, last);
		if (t->wait_kind == SN_WAIT_COND)
			wakeup.flags |= SN_PART_UNHEARD;
		sn_finding_add(s->f, wakeup);
	}
}

void sn_knot_tell(const struct sn_view *v, uint64_t now_ticks, uint64_t now_ns,
		  struct sn_finding *f)
{
	struct story s = {v, f, now_ticks, now_ns};
	f->part_count = 0;
	conclude(&s, SN_KIND_DEADLOCK, SN_WHY_NOBODY_LEFT);
	int explained = tell_cause(&s);
	add_threads(&s);
	if (!explained)
		add_wakeups(&s);
}

/* With the beginning as the present no time stamp can be converted, and none is. */
void sn_knot_tell_threads(const struct sn_view *v, struct sn_finding *f)
{
	struct story s = {v, f, v->header->started_ticks, 0};
	add_threads(&s);
	add_wakeups(&s);
}

int sn_knot_tell_window(const struct sn_view *v, uint32_t thread, struct sn_finding *f)
{
	struct story s = {.view = v, .f = f};
	const struct sn_thread_rec *t = sn_view_thread(v, thread);
	f->part_count = 0;
	return is_live(t) && t->wait_kind == SN_WAIT_COND && tell_window(&s, thread);
}
