/* SPDX-License-Identifier: Apache-2.0
 *
 * See knot.h: whether a knot is closed. How it is told is in knot_story.c. */
#include "graph/knot.h"
#include "base/asleep.h"
#include "base/memory.h"

/* Whether `t` keeps a waiter for the lock out. */
static int keeps_out(const struct sn_view *v, const struct sn_thread_rec *t, uint32_t lock,
		     uint32_t mode)
{
	for (uint32_t i = 0; i < t->held_count; i++) {
		const struct sn_held *h = sn_view_thread_held(v, t, i);
		if (h->lock == lock && !(mode & h->mode & SN_MODE_READ))
			return 1;
	}
	return 0;
}

/* A writer that waits before a reader keeps it out where the lock prefers writers. */
static int waits_before(const struct sn_view *v, const struct sn_thread_rec *t,
			const struct sn_thread_rec *reader)
{
	return t != reader && reader->wait_mode & SN_MODE_READ && t->wait_kind == SN_WAIT_LOCK &&
	       t->wait_object == reader->wait_object && !(t->wait_mode & SN_MODE_READ) &&
	       sn_view_lock(v, t->wait_object)->type == SN_LOCK_RWLOCK_WRITER;
}

static int is_kept_out(const struct sn_view *v, const struct sn_thread_rec *t)
{
	const struct sn_lock_rec *l = sn_view_lock(v, t->wait_object);
	if (l->flags & SN_LOCK_PSHARED)
		return 0;
	if (keeps_out(v, sn_view_thread(v, l->owner_hint), t->wait_object, t->wait_mode))
		return 1;
	for (uint32_t i = 1; i < sn_view_count(v, SN_TABLE_THREAD); i++) {
		const struct sn_thread_rec *other = sn_view_thread(v, i);
		if (other->state >= SN_THREAD_RUNNING &&
		    (keeps_out(v, other, t->wait_object, t->wait_mode) ||
		     waits_before(v, other, t)))
			return 1;
	}
	return 0;
}

/* A semaphore that could be taken now: its waiter is on its way. */
static int has_value(const struct sn_view *v, const struct sn_lock_rec *l)
{
	uint32_t value = 0;
	return !sn_peek(v->header->pid, l->address, &value, sizeof value) && value;
}

static int is_unheard(const struct sn_view *v, const struct sn_thread_rec *t)
{
	const struct sn_lock_rec *l = sn_view_lock(v, t->wait_object);
	const struct sn_sync_rec *s = sn_view_sync(v, l->sync);
	if (!l->sync || l->flags & SN_LOCK_PSHARED || s->flags & SN_SYNC_OUTSIDE ||
	    sn_sync_pending(s->waiters) || !sn_sync_waiting(s->waiters))
		return 0;
	if (s->flags & SN_SYNC_ASK_MEMORY && !sn_memory_is_private(v->header->pid, l->address))
		return 0;
	return t->wait_kind != SN_WAIT_SEMAPHORE || !has_value(v, l);
}

static int is_stuck(const struct sn_view *v, const struct sn_thread_rec *t)
{
	if (t->state != SN_THREAD_RUNNING || t->wait_mode & (SN_MODE_TRY | SN_MODE_TIMED))
		return 0;
	switch (t->wait_kind) {
	case SN_WAIT_LOCK:
		return is_kept_out(v, t);
	case SN_WAIT_JOIN:
		return sn_view_thread(v, t->wait_object)->state == SN_THREAD_RUNNING;
	case SN_WAIT_COND:
	case SN_WAIT_SEMAPHORE:
	case SN_WAIT_BARRIER:
	case SN_WAIT_FUTEX:
		return is_unheard(v, t);
	/* Whoever serves a waiter of the channel library wakes it in the same call, and until it
	 * runs the kernel tells: there is nothing that its object could add. */
	case SN_WAIT_SEND:
	case SN_WAIT_RECEIVE:
	case SN_WAIT_SELECT:
	case SN_WAIT_OBJECT:
		return 1;
	default:
		return 0;
	}
}

/* A thread of the channel library's own that is not in the program's code: what it waits for is
 * other threads' calls, or time, which the kernel tells of. */
static int is_quiet(const struct sn_thread_rec *t)
{
	return t->flags & SN_THREAD_LIBRARY && t->wait_kind == SN_WAIT_NONE;
}

int sn_knot_closed(const struct sn_view *v)
{
	uint32_t live = 0;
	for (uint32_t i = 1; i < sn_view_count(v, SN_TABLE_THREAD); i++) {
		const struct sn_thread_rec *t = sn_view_thread(v, i);
		if (t->state != SN_THREAD_CREATED && t->state != SN_THREAD_RUNNING)
			continue;
		if (is_quiet(t))
			continue;
		live++;
		if (!is_stuck(v, t))
			return 0;
	}
	return live != 0;
}

int sn_knot_is_parked(const struct sn_view *v)
{
	for (uint32_t i = 1; i < sn_view_count(v, SN_TABLE_THREAD); i++) {
		const struct sn_thread_rec *t = sn_view_thread(v, i);
		if (t->state == SN_THREAD_RUNNING && !is_quiet(t) && t->wait_kind != SN_WAIT_COND &&
		    t->wait_kind != SN_WAIT_JOIN)
			return 0;
	}
	return 1;
}

int sn_knot_rests(const struct sn_view *v)
{
	for (uint32_t i = 1; i < sn_view_count(v, SN_TABLE_THREAD); i++) {
		const struct sn_thread_rec *t = sn_view_thread(v, i);
		if (t->state == SN_THREAD_RUNNING && t->wait_kind == SN_WAIT_LOCK)
			return 0;
	}
	return 1;
}

int sn_knot_hears_handlers(const struct sn_view *v)
{
	for (uint32_t i = 1; i < sn_view_count(v, SN_TABLE_THREAD); i++) {
		const struct sn_thread_rec *t = sn_view_thread(v, i);
		if (t->state == SN_THREAD_RUNNING &&
		    (t->wait_kind == SN_WAIT_SEMAPHORE || t->wait_kind == SN_WAIT_FUTEX))
			return 1;
	}
	return 0;
}
