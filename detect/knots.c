/* SPDX-License-Identifier: Apache-2.0
 *
 * Knots after the fact, or seen from outside the process.  Where every thread sleeps, graph/knot.h
 * says whether that is for good.  Where some run, threads are taken out of the picture one after
 * the other as long as somebody outside may end their wait; what is left is a knot of those that
 * have ever woken each other.  Somebody who never did so before may still come: so it is a suspect.
 *
 * The picture is a copy of the thread table in which those that may go on do not wait: the judges
 * and tellers of graph/ work on it as they do on the original. */
#include "detect/detect.h"
#include "graph/knot.h"

#include <string.h>

/* Younger waits may be the way of a process that is at work. */
#define OLD_NS 1000000000u
/* Records looked at; a larger hang (10,000 threads that wait for each other) stays untold. */
#define WORK_MOST (1u << 28)

struct picture {
	struct sn_view view;
	struct sn_thread_rec *thread;
	uint32_t count;
	uint32_t work;
	const struct sn_hang *hang;
};

static int is_live(const struct sn_thread_rec *t)
{
	return t->state == SN_THREAD_CREATED || t->state == SN_THREAD_RUNNING;
}

static int waits(const struct sn_thread_rec *t)
{
	return t->state == SN_THREAD_RUNNING && t->wait_kind != SN_WAIT_NONE;
}

static int is_old(const struct sn_thread_rec *t, const struct sn_hang *hang)
{
	return t->wait_since_ns + OLD_NS <= hang->end_ns;
}

static void tell(const struct sn_view *v, const struct sn_hang *hang, struct sn_finding *f)
{
	/* With the beginning as the present no time stamp can be converted, and none is. */
	uint64_t ticks = hang->now_ticks ? hang->now_ticks : v->header->started_ticks;

	sn_knot_tell(v, ticks, hang->now_ns, f);
}

static int all_old(const struct sn_view *v, const struct sn_hang *hang)
{
	for (uint32_t i = 1; i < sn_view_count(v, SN_TABLE_THREAD); i++)
		if (is_live(sn_view_thread(v, i)) && !is_old(sn_view_thread(v, i), hang))
			return 0;
	return hang->end_known;
}

/* Every known thread sleeps. Without the kernel's word there may be threads that are not known (a
 * timer's, a runtime's) and that would have come: then only a signal that is known to be lost
 * proves anything. */
static void tell_closed(const struct sn_view *v, const struct sn_hang *hang, struct sn_sink *sink)
{
	struct sn_finding f;

	tell(v, hang, &f);
	if (!hang->asleep && f.kind == SN_KIND_DEADLOCK) {
		f.verdict = SN_SUSPECT;
		f.why = SN_WHY_ALL_WERE_ASLEEP;
	} else if (!hang->asleep && !all_old(v, hang)) {
		f.verdict = SN_SUSPECT;
	}
	sink->emit(sink, &f);
}

static int keeps_out(struct picture *p, const struct sn_thread_rec *holder,
		     const struct sn_thread_rec *t)
{
	if (holder == t || !waits(holder))
		return 0;
	for (uint32_t i = 0; i < holder->held_count && p->work; i++, p->work--) {
		const struct sn_held *h = sn_view_thread_held(&p->view, holder, i);

		if (h->lock == t->wait_object && !(t->wait_mode & h->mode & SN_MODE_READ))
			return 1;
	}
	return 0;
}

/* Whether a sleeper holds what the thread wants. */
static int is_kept_out(struct picture *p, const struct sn_thread_rec *t)
{
	const struct sn_lock_rec *l = sn_view_lock(&p->view, t->wait_object);

	if (l->flags & (SN_LOCK_PSHARED | SN_LOCK_ROBUST))
		return 0;
	if (keeps_out(p, sn_view_thread(&p->view, l->owner_hint), t))
		return 1;
	for (uint32_t i = 1; i < p->count && p->work; i++, p->work--)
		if (keeps_out(p, &p->thread[i], t))
			return 1;
	return 0;
}

/* The thread that is waker i; a record of zeros where it has ended. */
static const struct sn_thread_rec *waker(const struct picture *p, const struct sn_sync_rec *s,
					 uint32_t i)
{
	const struct sn_thread_rec *t = sn_view_thread(&p->view, s->wakers[i]);

	/* No serial: it has released an object of the channel library. */
	return !s->waker_serial[i] || s->waker_serial[i] == t->serial ? t
								      : sn_view_thread(&p->view, 0);
}

/* Whether each thread that ever woke a waiter of the object sleeps itself. */
static int wakers_sleep(struct picture *p, const struct sn_thread_rec *t)
{
	const struct sn_lock_rec *l = sn_view_lock(&p->view, t->wait_object);
	const struct sn_sync_rec *s = sn_view_sync(&p->view, l->sync);
	uint32_t known = 0;

	if (!l->sync || l->flags & SN_LOCK_PSHARED || sn_sync_pending(s->waiters) ||
	    s->flags & (SN_SYNC_MANY_WAKERS | SN_SYNC_OUTSIDE))
		return 0;
	for (uint32_t i = 0; i < SN_WAKERS; i++) {
		if (!s->wakers[i])
			continue;
		known++;
		if (!waits(waker(p, s, i)))
			return 0;
	}
	return known != 0;
}

/* Whether each thread that ever used the object of the channel library sleeps, or has ended. */
static int users_sleep(struct picture *p, uint32_t object)
{
	const struct sn_lock_rec *l = sn_view_lock(&p->view, object);
	const struct sn_sync_rec *s = sn_view_sync(&p->view, l->sync);

	if (!l->sync || s->flags & SN_SYNC_MANY_WAKERS || s->deadline_ns)
		return 0;
	for (uint32_t i = 0; i < SN_WAKERS; i++)
		if (s->wakers[i] && is_live(waker(p, s, i)) && !waits(waker(p, s, i)))
			return 0;
	return 1;
}

static int cases_sleep(struct picture *p, const struct sn_thread_rec *t)
{
	for (uint32_t i = 0; i < t->case_count && p->work; i++, p->work--)
		if (t->cases + i >= sn_view_count(&p->view, SN_TABLE_HELD) ||
		    !users_sleep(p, sn_view_held(&p->view, t->cases + i)->lock))
			return 0;
	return t->case_count != 0;
}

/* A semaphore's value cannot be asked for where the process is gone: its posts are told by
 * `pending`. */
static int is_stuck(struct picture *p, const struct sn_thread_rec *t)
{
	if (t->wait_mode & (SN_MODE_TRY | SN_MODE_TIMED) ||
	    (p->hang->end_known && !is_old(t, p->hang)))
		return 0;
	switch (t->wait_kind) {
	case SN_WAIT_LOCK:
		return is_kept_out(p, t);
	case SN_WAIT_JOIN:
		return waits(sn_view_thread(&p->view, t->wait_object));
	case SN_WAIT_COND:
	case SN_WAIT_SEMAPHORE:
	case SN_WAIT_BARRIER:
		return wakers_sleep(p, t);
	case SN_WAIT_SEND:
	case SN_WAIT_RECEIVE:
	case SN_WAIT_OBJECT:
		return users_sleep(p, t->wait_object);
	case SN_WAIT_SELECT:
		return cases_sleep(p, t);
	default:
		return 0;
	}
}

/* Takes out who may go on; returns how many that were. */
static uint32_t take_out(struct picture *p)
{
	uint32_t n = 0;

	for (uint32_t i = 1; i < p->count && p->work; i++, p->work--)
		if (waits(&p->thread[i]) && !is_stuck(p, &p->thread[i])) {
			p->thread[i].wait_kind = SN_WAIT_NONE;
			n++;
		}
	return n;
}

/* Whether what is left is more than one idle thread: with a wait that any of several could end, and
 * with a second thread or a held lock. */
static int is_worth_telling(const struct picture *p)
{
	uint32_t threads = 0, any = 0, held = 0;

	for (uint32_t i = 1; i < p->count; i++) {
		const struct sn_thread_rec *t = &p->thread[i];

		if (!waits(t))
			continue;
		threads++;
		any += t->wait_kind != SN_WAIT_LOCK && t->wait_kind != SN_WAIT_JOIN;
		for (uint32_t j = 0; j < t->held_count && j < SN_HELD_INLINE; j++)
			held += sn_view_thread_held(&p->view, t, j)->lock != 0;
	}
	return any && (threads > 1 || held);
}

static void look_for_partial(struct picture *p, struct sn_sink *sink)
{
	struct sn_finding f;

	while (take_out(p) && p->work)
		continue;
	if (!p->work || !is_worth_telling(p))
		return;
	tell(&p->view, p->hang, &f);
	if (!f.part_count)
		return;
	f.verdict = SN_SUSPECT;
	if (f.kind == SN_KIND_DEADLOCK)
		f.why = SN_WHY_WAKERS_ASLEEP;
	sink->emit(sink, &f);
}

/* A damaged recording may say that a thread holds billions of locks. */
static void copy_threads(struct picture *p, const struct sn_view *v)
{
	uint32_t most = sn_view_count(v, SN_TABLE_HELD) + SN_HELD_INLINE;

	memcpy(p->thread, v->table[SN_TABLE_THREAD].base, p->count * sizeof(*p->thread));
	for (uint32_t i = 0; i < p->count; i++)
		if (p->thread[i].held_count > most)
			p->thread[i].held_count = 0;
	p->view.table[SN_TABLE_THREAD].base = p->thread;
}

void sn_detect_knots(const struct sn_view *v, const struct sn_hang *hang, struct sn_memory *m,
		     struct sn_sink *sink)
{
	struct picture p = {.view = *v, .work = WORK_MOST, .hang = hang};
	size_t size;

	p.count = sn_view_count(v, SN_TABLE_THREAD);
	size = p.count * sizeof(*p.thread);
	p.thread = p.count ? m->grow(m, NULL, 0, size) : NULL;
	if (!p.thread)
		return;
	copy_threads(&p, v);
	if (!sn_knot_closed(&p.view))
		look_for_partial(&p, sink);
	else if (!hang->runs)
		tell_closed(&p.view, hang, sink);
	sink->cut += !p.work;
	m->release(m, p.thread, size);
}
