/* SPDX-License-Identifier: Apache-2.0
 *
 * See sealed.h. */
#include "graph/sealed.h"

/* A set that takes more is left unfound. */
#define WORK_MOST (1u << 26)
/* Contexts above one another; a deeper one is taken to be open. */
#define DEPTH_MAX 64

static int is_live(const struct sn_thread_rec *t)
{
	return t->state == SN_THREAD_CREATED || t->state == SN_THREAD_RUNNING;
}

static int works(struct sn_sealed *s)
{
	if (s->work)
		s->work--;
	return s->work != 0;
}

void sn_sealed_begin(struct sn_sealed *s, const struct sn_view *v, uint8_t *in, uint32_t count)
{
	*s = (struct sn_sealed){.view = v, .in = in, .count = count, .work = WORK_MOST};
	for (uint32_t i = 0; i < count; i++) {
		const struct sn_thread_rec *t = sn_view_thread(v, i);
		in[i] = t->state == SN_THREAD_RUNNING && t->wait_kind != SN_WAIT_NONE &&
			!(t->wait_mode & (SN_MODE_TRY | SN_MODE_TIMED));
	}
}

/* Whether `t` holds the lock in a way that keeps a waiter of that mode out. */
static int holds(const struct sn_view *v, const struct sn_thread_rec *t, uint32_t lock,
		 uint32_t mode)
{
	uint32_t most = sn_view_count(v, SN_TABLE_HELD) + SN_HELD_INLINE;
	for (uint32_t i = 0; i < t->held_count && i < most; i++) {
		const struct sn_held *h = sn_view_thread_held(v, t, i);
		if (h->lock == lock && !(mode & h->mode & SN_MODE_READ))
			return 1;
	}
	return 0;
}

/* A writer that waits keeps a reader out where the lock prefers writers. */
static int waits_before(const struct sn_view *v, const struct sn_thread_rec *u,
			const struct sn_thread_rec *reader)
{
	return u != reader && reader->wait_mode & SN_MODE_READ && u->wait_kind == SN_WAIT_LOCK &&
	       u->wait_object == reader->wait_object && !(u->wait_mode & SN_MODE_READ) &&
	       sn_view_lock(v, u->wait_object)->type == SN_LOCK_RWLOCK_WRITER;
}

static int keeps_out(const struct sn_view *v, const struct sn_thread_rec *u,
		     const struct sn_thread_rec *t)
{
	return holds(v, u, t->wait_object, t->wait_mode) || waits_before(v, u, t);
}

static int is_ended_holder(const struct sn_view *v, const struct sn_thread_rec *u,
			   const struct sn_thread_rec *t)
{
	return (u->state == SN_THREAD_ENDED || u->state == SN_THREAD_JOINED) &&
	       holds(v, u, t->wait_object, t->wait_mode);
}

static int keeps_out_for_good(const struct sn_sealed *s, uint32_t u, const struct sn_thread_rec *t)
{
	const struct sn_thread_rec *other = sn_view_thread(s->view, u);
	if (u >= s->count)
		return 0;
	return s->in[u] ? keeps_out(s->view, other, t) : is_ended_holder(s->view, other, t);
}

/* The next owner of a robust mutex is told that its holder has ended, and may come from another
 * process, as of every lock that processes share. */
static int is_kept_out(struct sn_sealed *s, const struct sn_thread_rec *t)
{
	const struct sn_lock_rec *l = sn_view_lock(s->view, t->wait_object);
	if (l->flags & (SN_LOCK_PSHARED | SN_LOCK_ROBUST))
		return 0;
	if (keeps_out_for_good(s, l->owner_hint, t))
		return 1;
	for (uint32_t i = 1; i < s->count && works(s); i++)
		if (keeps_out_for_good(s, i, t))
			return 1;
	return 0;
}

/* Whether the thread waits for the object, and which way: bit 0 receives, bit 1 sends. */
static uint32_t waits_for(const struct sn_view *v, const struct sn_thread_rec *t, uint32_t object)
{
	uint32_t ways = 0, most = sn_view_count(v, SN_TABLE_HELD);
	if (t->wait_kind == SN_WAIT_SELECT) {
		for (uint32_t i = 0; i < t->case_count && i < most; i++) {
			const struct sn_held *c = sn_view_held(v, t->cases + i);
			if (c->lock == object)
				ways |= c->mode & SN_MODE_SEND ? 2 : 1;
		}
		return ways;
	}
	if (t->wait_object != object)
		return 0;
	if (t->wait_kind == SN_WAIT_SEND)
		return 2;
	return t->wait_kind == SN_WAIT_RECEIVE || t->wait_kind == SN_WAIT_OBJECT;
}

/* The thread of an entry of the object's holders; 0 where it is none (any more). */
static uint32_t holder(const struct sn_view *v, const struct sn_sync_rec *o, uint32_t i)
{
	const struct sn_thread_rec *t = sn_view_thread(v, o->wakers[i]);
	return o->waker_serial[i] && o->waker_serial[i] == t->serial && is_live(t) ? o->wakers[i]
										   : 0;
}

static int is_holder(const struct sn_view *v, const struct sn_sync_rec *o, uint32_t thread)
{
	for (uint32_t i = 0; i < SN_WAKERS; i++)
		if (holder(v, o, i) == thread)
			return 1;
	return 0;
}

static int is_counted(uint32_t type)
{
	return type == SN_LOCK_CHANNEL || type == SN_LOCK_CONTEXT || type == SN_LOCK_WAIT_GROUP ||
	       type == SN_LOCK_WEIGHTED || type == SN_LOCK_RENDEZVOUS;
}

static int has_member(const struct sn_sealed *s, uint32_t thread)
{
	return thread && thread < s->count && s->in[thread];
}

/* Whether the maker has no reference that others could come by. */
static int is_given_up(const struct sn_sealed *s, const struct sn_lock_rec *l,
		       const struct sn_sync_rec *o)
{
	const struct sn_thread_rec *maker = sn_view_thread(s->view, l->birth_thread);
	if (o->flags & SN_SYNC_GIVEN_UP)
		return 1;
	return has_member(s, l->birth_thread) && maker->serial == l->birth_serial &&
	       waits_for(s->view, maker, o->object);
}

/* Members that wait for the object, each of which has a reference for as long as it waits. */
static uint32_t waiting_members(struct sn_sealed *s, uint32_t object)
{
	uint32_t n = 0;
	for (uint32_t i = 1; i < s->count && works(s); i++)
		n += s->in[i] && waits_for(s->view, sn_view_thread(s->view, i), object);
	return n;
}

/* Members that have the object and wait for something else. */
static uint32_t other_members(const struct sn_sealed *s, const struct sn_sync_rec *o)
{
	uint32_t n = 0;
	for (uint32_t i = 0; i < SN_WAKERS; i++) {
		uint32_t t = holder(s->view, o, i);
		n += has_member(s, t) && !waits_for(s->view, sn_view_thread(s->view, t), o->object);
	}
	return n;
}

/* A task's own context is kept by the library, so the task needs no reference. */
static uint32_t declared_members(const struct sn_sealed *s, const struct sn_sync_rec *o)
{
	uint32_t n = 0;
	for (uint32_t i = 0; i < SN_WAKERS; i++) {
		uint32_t t = holder(s->view, o, i);
		n += o->declared >> i & 1 && has_member(s, t) &&
		     sn_view_thread(s->view, t)->context != o->object;
	}
	return n;
}

/* Whether some live thread that has it is no member. */
static int has_outsider(const struct sn_sealed *s, const struct sn_sync_rec *o)
{
	for (uint32_t i = 0; i < SN_WAKERS; i++) {
		uint32_t t = holder(s->view, o, i);
		if (t && !has_member(s, t))
			return 1;
	}
	return 0;
}

/* No reference at all means that the record is out of date: the memory serves as something else. */
static int is_sealed_object(struct sn_sealed *s, const struct sn_sync_rec *o)
{
	uint32_t owners;
	if (!o->count || has_outsider(s, o))
		return 0;
	owners = waiting_members(s, o->object);
	if (!(o->flags & SN_SYNC_MANY_WAKERS))
		owners += other_members(s, o);
	return o->count <= owners;
}

/* Whether a task runs in the context that is, or is not, a member. */
static int has_task(struct sn_sealed *s, uint32_t context, int member)
{
	for (uint32_t i = 1; i < s->count && works(s); i++) {
		const struct sn_thread_rec *t = sn_view_thread(s->view, i);
		if (is_live(t) && t->flags & SN_THREAD_TASK && t->context == context &&
		    s->in[i] == member)
			return 1;
	}
	return 0;
}

/* Tasks in the context may cancel it without a reference of their own, and like a context that ends
 * with it (`below`) they show that the context lives though there is no reference. */
static int is_sealed_context(struct sn_sealed *s, const struct sn_sync_rec *o, int below)
{
	if (o->flags & SN_SYNC_MANY_WAKERS || has_outsider(s, o) || has_task(s, o->object, 0) ||
	    (!o->count && !below && !has_task(s, o->object, 1)))
		return 0;
	return o->count <= declared_members(s, o);
}

/* Whether only members could act on the object. */
static int is_sealed(struct sn_sealed *s, uint32_t object)
{
	for (int below = 0; below < DEPTH_MAX; below++) {
		const struct sn_lock_rec *l = sn_view_lock(s->view, object);
		const struct sn_sync_rec *o = sn_view_sync(s->view, l->sync);
		if (!is_counted(l->type) || !(l->flags & SN_LOCK_INIT_SEEN) || !l->sync ||
		    o->object != object || o->stray.stack || o->deadline_ns || o->ended_ns ||
		    o->flags & SN_SYNC_OUTSIDE || !is_given_up(s, l, o))
			return 0;
		if (l->type != SN_LOCK_CONTEXT)
			return is_sealed_object(s, o);
		if (!is_sealed_context(s, o, below))
			return 0;
		if (!o->parent)
			return 1;
		object = o->parent;
	}
	return 0;
}

static int are_cases_sealed(struct sn_sealed *s, const struct sn_thread_rec *t)
{
	for (uint32_t i = 0; i < t->case_count && works(s); i++)
		if (t->cases + i >= sn_view_count(s->view, SN_TABLE_HELD) ||
		    !is_sealed(s, sn_view_held(s->view, t->cases + i)->lock))
			return 0;
	return t->case_count != 0;
}

static int belongs(struct sn_sealed *s, const struct sn_thread_rec *t)
{
	if (t->wait_context && !is_sealed(s, t->wait_context))
		return 0;
	switch (t->wait_kind) {
	case SN_WAIT_LOCK:
		return is_kept_out(s, t);
	case SN_WAIT_JOIN:
		return has_member(s, t->wait_object);
	case SN_WAIT_SEND:
	case SN_WAIT_RECEIVE:
	case SN_WAIT_OBJECT:
		return is_sealed(s, t->wait_object);
	case SN_WAIT_SELECT:
		return are_cases_sealed(s, t);
	default:
		return 0;
	}
}

/* Returns how many were taken out. */
static uint32_t take_out(struct sn_sealed *s)
{
	uint32_t n = 0;
	for (uint32_t i = 1; i < s->count && works(s); i++)
		if (s->in[i] && !belongs(s, sn_view_thread(s->view, i))) {
			s->in[i] = 0;
			n++;
		}
	return n;
}

uint32_t sn_sealed_find(struct sn_sealed *s)
{
	uint32_t n = 0;
	while (take_out(s) && s->work)
		continue;
	for (uint32_t i = 0; i < s->count; i++) {
		s->in[i] = s->in[i] && s->work;
		n += s->in[i];
	}
	return n;
}

/* Whether `u` has the object and could serve those who wait for it, did it not wait elsewhere. */
static int could_serve(const struct sn_view *v, uint32_t u, uint32_t object)
{
	const struct sn_sync_rec *o = sn_view_sync(v, sn_view_lock(v, object)->sync);
	return object && !waits_for(v, sn_view_thread(v, u), object) && is_holder(v, o, u);
}

int sn_sealed_blocks(const struct sn_view *v, uint32_t thread, uint32_t u)
{
	const struct sn_thread_rec *t = sn_view_thread(v, thread);
	uint32_t most = sn_view_count(v, SN_TABLE_HELD);
	if (thread == u)
		return 0;
	if (t->wait_kind == SN_WAIT_LOCK)
		return keeps_out(v, sn_view_thread(v, u), t);
	if (t->wait_kind == SN_WAIT_JOIN)
		return t->wait_object == u;
	for (uint32_t i = 0; t->wait_kind == SN_WAIT_SELECT && i < t->case_count && i < most; i++)
		if (could_serve(v, u, sn_view_held(v, t->cases + i)->lock))
			return 1;
	return t->wait_kind >= SN_WAIT_SEND && t->wait_kind != SN_WAIT_SELECT &&
	       could_serve(v, u, t->wait_object);
}
