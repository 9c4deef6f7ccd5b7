/* SPDX-License-Identifier: Apache-2.0
 *
 * Pools whose every thread waits for work that only they themselves would do, while the rest of the
 * process goes on.  A job hands another one over to its own pool and waits for it; when all threads
 * are at this, nobody comes back for the queue.
 *
 * What is seen of it: the last signal on a condition came when nobody was waiting, and its sender
 * has slept since, or is main.  Whoever has waited on that condition was created where the sender was, or runs
 * the same; all of these that live sleep for long, without a time limit, at objects that have never
 * woken anybody, or at locks of each other.  No other thread runs but main: any might bring the
 * answer.  So might main, or a thread that is yet to come: it is a suspect.
 *
 * Workers that are idle wait at the condition.  Workers that have said that they are ready, and
 * wait for the start, have signalled a condition on which another one waits, or has waited.  Where
 * nobody has waited on it yet, all must be in futures of their own: who waits to be started sleeps
 * at one gate, or at a condition of its own. */
#include "detect/detect.h"
#include "graph/knot.h"

#include <string.h>

struct pool {
	const struct sn_view *v;
	uint64_t now_ns, least_ns;
	uint32_t site;  /* where its threads were created; or else: */
	uint64_t start; /* what they were to run */
	uint32_t queue; /* the condition */
	uint32_t members;
};

static int is_live(const struct sn_thread_rec *t)
{
	return t->state == SN_THREAD_CREATED || t->state == SN_THREAD_RUNNING;
}

static int sleeps(const struct sn_thread_rec *t)
{
	return t->state == SN_THREAD_RUNNING && t->wait_kind != SN_WAIT_NONE &&
	       !(t->wait_mode & (SN_MODE_TRY | SN_MODE_TIMED));
}

static int sleeps_long(const struct pool *p, const struct sn_thread_rec *t)
{
	return sleeps(t) && t->wait_since_ns + p->least_ns <= p->now_ns;
}

static int is_member(const struct pool *p, const struct sn_thread_rec *t)
{
	return is_live(t) && (p->site ? t->create_stack == p->site : t->start_routine == p->start);
}

static int holds(const struct sn_view *v, const struct sn_thread_rec *t, uint32_t lock)
{
	uint32_t most = sn_view_count(v, SN_TABLE_HELD) + SN_HELD_INLINE;

	for (uint32_t i = 0; i < t->held_count && i < most; i++)
		if (sn_view_thread_held(v, t, i)->lock == lock)
			return 1;
	return 0;
}

static int is_held_within(const struct pool *p, uint32_t lock)
{
	for (uint32_t i = 1; i < sn_view_count(p->v, SN_TABLE_THREAD); i++) {
		const struct sn_thread_rec *t = sn_view_thread(p->v, i);

		if (is_member(p, t) && holds(p->v, t, lock))
			return 1;
	}
	return 0;
}

/* Whether the thread waits for an answer: at what has never woken anybody. */
static int waits_for_answer(const struct pool *p, const struct sn_thread_rec *t)
{
	const struct sn_lock_rec *l = sn_view_lock(p->v, t->wait_object);
	const struct sn_sync_rec *s = sn_view_sync(p->v, l->sync);

	switch (t->wait_kind) {
	case SN_WAIT_LOCK:
		return !(l->flags & SN_LOCK_PSHARED) && is_held_within(p, t->wait_object);
	case SN_WAIT_COND:
	case SN_WAIT_SEMAPHORE:
	case SN_WAIT_FUTEX:
		return l->sync && !s->heard.serial && !sn_sync_pending(s->waiters) &&
		       !(s->flags & SN_SYNC_OUTSIDE) && t->wait_object != p->queue;
	default:
		return 0;
	}
}

/* All members sleep so, and of the others none but main is awake. */
static int is_stuck(struct pool *p)
{
	p->members = 0;
	for (uint32_t i = 1; i < sn_view_count(p->v, SN_TABLE_THREAD); i++) {
		const struct sn_thread_rec *t = sn_view_thread(p->v, i);
		int member = is_member(p, t);

		if (!is_live(t) || t->flags & SN_THREAD_MAIN)
			continue;
		if (member ? !sleeps_long(p, t) || !waits_for_answer(p, t) : !sleeps(t))
			return 0;
		p->members += member != 0;
	}
	return p->members != 0;
}

/* Two or more, each in a future of its own. */
static int in_futures(const struct pool *p)
{
	for (uint32_t i = 1; i < sn_view_count(p->v, SN_TABLE_THREAD); i++) {
		const struct sn_thread_rec *t = sn_view_thread(p->v, i);
		const struct sn_lock_rec *l = sn_view_lock(p->v, t->wait_object);

		if (is_member(p, t) && (t->wait_kind != SN_WAIT_FUTEX ||
					sn_sync_waiting(sn_view_sync(p->v, l->sync)->waiters) != 1))
			return 0;
	}
	return p->members > 1;
}

/* Whether each member has handed over work; not all that do so may be known. */
static int all_hand_over(const struct pool *p, const struct sn_sync_rec *s)
{
	for (uint32_t i = 1, j; i < sn_view_count(p->v, SN_TABLE_THREAD); i++) {
		const struct sn_thread_rec *t = sn_view_thread(p->v, i);

		if (!is_member(p, t) || s->flags & SN_SYNC_MANY_WAKERS)
			continue;
		for (j = 0; j < SN_WAKERS && s->waker_serial[j] != t->serial; j++)
			continue;
		if (j == SN_WAKERS && t->wait_kind != SN_WAIT_LOCK)
			return 0;
	}
	return 1;
}

/* The thread of that serial, if it has slept for long; or a record of zeros. */
static const struct sn_thread_rec *asleep(const struct pool *p, uint32_t serial)
{
	uint32_t i = serial ? sn_view_thread_of(p->v, serial) : 0;

	return sn_view_thread(p->v, sleeps_long(p, sn_view_thread(p->v, i)) ? i : 0);
}

/* Whether the last signal on the condition was heard by nobody. */
static int is_unheard(const struct sn_lock_rec *l, const struct sn_sync_rec *s)
{
	return l->type == SN_LOCK_COND && !(l->flags & (SN_LOCK_DESTROYED | SN_LOCK_PSHARED)) &&
	       s->unheard.serial && s->unheard.ticks > s->heard.ticks &&
	       !sn_sync_waiting(s->waiters);
}

/* A thread that has signalled such a condition and sleeps: the last one, or, where main handed
 * over the last job to a pool that was stuck by then, one that did so before. */
static const struct sn_thread_rec *sender_of(const struct pool *p, const struct sn_lock_rec *l)
{
	const struct sn_sync_rec *s = sn_view_sync(p->v, l->sync);
	const struct sn_thread_rec *t = sn_view_thread(p->v, 0);
	uint32_t last;

	if (!is_unheard(l, s))
		return t;
	last = sn_view_thread_of(p->v, s->unheard.serial);
	if (!(sn_view_thread(p->v, last)->flags & SN_THREAD_MAIN))
		return asleep(p, s->unheard.serial);
	for (uint32_t i = 0; i < SN_WAKERS && !t->create_stack; i++)
		t = asleep(p, s->waker_serial[i]);
	return t;
}

static int is_pool_of(struct pool *p, const struct sn_sync_rec *s, uint32_t site, uint64_t start)
{
	p->site = site;
	p->start = start;
	return is_stuck(p) && all_hand_over(p, s) && (s->waiter_site || in_futures(p));
}

/* Whether the condition is the queue of a pool that is stuck.  A compiler may have made one place
 * that creates threads into several: then what they run must do. */
static int is_queue(struct pool *p, uint32_t lock)
{
	const struct sn_lock_rec *l = sn_view_lock(p->v, lock);
	const struct sn_sync_rec *s = sn_view_sync(p->v, l->sync);
	const struct sn_thread_rec *sender = sender_of(p, l);

	p->queue = lock;
	if (!sender->create_stack || !sender->start_routine)
		return 0;
	if (!s->waiter_site || s->waiter_site == sender->create_stack)
		return is_pool_of(p, s, sender->create_stack, 0);
	return sn_sync_waiter_start(s) == sender->start_routine &&
	       is_pool_of(p, s, 0, sender->start_routine);
}

/* The picture in which only the pool's threads wait. */
static void tell(const struct pool *p, struct sn_thread_rec *threads, struct sn_sink *sink)
{
	uint32_t count = sn_view_count(p->v, SN_TABLE_THREAD);
	const struct sn_signal *last =
		&sn_view_sync(p->v, sn_view_lock(p->v, p->queue)->sync)->unheard;
	struct sn_view picture = *p->v;
	struct sn_finding f;

	memcpy(threads, p->v->table[SN_TABLE_THREAD].base, count * sizeof(*threads));
	picture.table[SN_TABLE_THREAD].base = threads;
	for (uint32_t i = 1; i < count; i++)
		if (!is_member(p, &threads[i]))
			threads[i].wait_kind = SN_WAIT_NONE;
	sn_finding_start(&f, SN_KIND_DEADLOCK, SN_SUSPECT, SN_WHY_NOBODY_TAKES);
	sn_knot_tell_threads(&picture, &f);
	sn_finding_add(
		&f, (struct sn_part){.role = SN_ROLE_SIGNALLED,
				     .flags = sn_signal_part_flags(last->flags) | SN_PART_UNHEARD,
				     .thread = sn_view_thread_of(p->v, last->serial),
				     .object = p->queue,
				     .stack = last->stack});
	sink->emit(sink, &f);
}

void sn_detect_pools(const struct sn_view *v, uint64_t now_ns, uint64_t least_ns,
		     struct sn_memory *m, struct sn_sink *sink)
{
	struct pool p = {.v = v, .now_ns = now_ns, .least_ns = least_ns};
	size_t size = sn_view_count(v, SN_TABLE_THREAD) * sizeof(struct sn_thread_rec);
	struct sn_thread_rec *threads;

	for (uint32_t i = 1; size && i < sn_view_count(v, SN_TABLE_LOCK); i++) {
		if (!is_queue(&p, i) || !(threads = m->grow(m, NULL, 0, size)))
			continue;
		tell(&p, threads, sink);
		m->release(m, threads, size);
		return;
	}
}
