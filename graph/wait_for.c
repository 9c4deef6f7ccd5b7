/* SPDX-License-Identifier: Apache-2.0
 *
 * Rings in the wait-for graph: see wait_for.h.  Runs on the stack of the thread that is about to
 * block, which may be small: everything lies in one struct walk, and nothing recurses.
 *
 * A waiter's edges are found by asking of each thread whether it keeps the waiter from going on.  A
 * lock's owner hint is asked first, since most waits are for the one holder of a mutex.  The
 * picture is taken while walking and compared when a ring closes: a thread whose wait is the same
 * one at both times was blocked all the time between, and so neither took nor gave up anything. */
#include "graph/wait_for.h"
#include "base/names.h"

#define DEPTH_MAX 64
#define SEEN_SIZE 64
/* Records looked at: enough for some scans over all threads, few enough to be no pause. */
#define WORK_BASE (1u << 16)
#define WORK_PER_THREAD 32u
#define HINT_NEXT 0 /* values of frame.next that are no thread index */
#define NO_MORE UINT32_MAX

#define NO_SLOT UINT32_MAX /* it keeps the other one waiting, but not by holding a lock */
#define WRITER_SLOT (UINT32_MAX - 1u) /* the same: a writer that waits before the reader */

struct frame {
	uint32_t thread;
	uint32_t object; /* what it waits for */
	uint32_t next;   /* thread to ask next */
	uint32_t slot;   /* by which the next frame's thread holds the object */
	uint64_t since;
};

struct walk {
	const struct sn_view *view;
	const struct sn_finding *finding; /* the threads to reach, or NULL: the first frame's */
	uint32_t depth;
	uint32_t work;
	uint32_t seen[SEEN_SIZE]; /* recently left behind as leading nowhere; may forget */
	struct frame path[DEPTH_MAX];
};

static const struct sn_thread_rec *thread_at(const struct walk *w, uint32_t i)
{
	return sn_view_thread(w->view, i);
}

/* What the thread waits for without a time limit: SN_WAIT_LOCK, SN_WAIT_JOIN, or SN_WAIT_NONE. */
static uint32_t wait_of(const struct sn_thread_rec *t)
{
	/* Pairs with the store that publishes a wait: the rest of it is there when the kind is. */
	uint32_t kind = __atomic_load_n(&t->wait_kind, __ATOMIC_ACQUIRE);

	if (t->state != SN_THREAD_RUNNING || t->wait_mode & (SN_MODE_TRY | SN_MODE_TIMED))
		return SN_WAIT_NONE;
	return kind == SN_WAIT_LOCK || kind == SN_WAIT_JOIN ? kind : SN_WAIT_NONE;
}

static int spend(struct walk *w, uint32_t amount)
{
	w->work = w->work > amount ? w->work - amount : 0;
	return w->work != 0;
}

/* The slot in which `t` holds `lock` such that a wait in `mode` cannot end, or NO_SLOT. */
static uint32_t held_slot(struct walk *w, const struct sn_thread_rec *t, uint32_t lock,
			  uint32_t mode)
{
	for (uint32_t i = 0; i < t->held_count && spend(w, 1); i++) {
		const struct sn_held *held = sn_view_thread_held(w->view, t, i);

		if (held->lock == lock && !(mode & held->mode & SN_MODE_READ))
			return i;
	}
	return NO_SLOT;
}

/* Whether `t` waits to write on that lock, which makes new readers wait. */
static int is_waiting_writer(const struct sn_thread_rec *t, uint32_t lock)
{
	return wait_of(t) == SN_WAIT_LOCK && t->wait_object == lock &&
	       !(t->wait_mode & SN_MODE_READ);
}

/* The slot by which `other` holds what the frame's thread waits for. */
static uint32_t holder_slot(struct walk *w, const struct frame *f, uint32_t other)
{
	const struct sn_thread_rec *t = thread_at(w, other);

	spend(w, 1);
	if (t->state != SN_THREAD_RUNNING || other == f->thread)
		return NO_SLOT;
	return held_slot(w, t, f->object, thread_at(w, f->thread)->wait_mode);
}

/* Whether the frame's thread waits to read behind the writer `other`. */
static uint32_t writer_slot(struct walk *w, const struct frame *f, uint32_t other)
{
	spend(w, 1);
	if (other == f->thread || !is_waiting_writer(thread_at(w, other), f->object))
		return NO_SLOT;
	return WRITER_SLOT;
}

static int yields_to_writers(const struct walk *w, const struct frame *f)
{
	return thread_at(w, f->thread)->wait_mode & SN_MODE_READ &&
	       sn_view_lock(w->view, f->object)->type == SN_LOCK_RWLOCK_WRITER;
}

/* One who holds it exclusively is the only one who holds it. */
static int is_exclusive(const struct walk *w, uint32_t thread, uint32_t slot)
{
	return slot < WRITER_SLOT &&
	       !(sn_view_thread_held(w->view, thread_at(w, thread), slot)->mode & SN_MODE_READ);
}

/* The next thread that keeps out the last frame's, 0 when there is none left: first all that hold
 * the lock; then, where they are readers, the writers that wait before a reader. */
static uint32_t next_holder(struct walk *w, struct frame *f)
{
	uint32_t hint = sn_view_lock(w->view, f->object)->owner_hint;
	uint32_t count = sn_view_count(w->view, SN_TABLE_THREAD);
	uint32_t end = yields_to_writers(w, f) ? 2 * count : count;
	uint32_t other;

	if (f->next == HINT_NEXT) {
		f->next = 1;
		f->slot = holder_slot(w, f, hint);
		if (is_exclusive(w, hint, f->slot)) {
			f->next = NO_MORE;
			return hint;
		}
	}
	while (f->next < end && w->work) {
		int holder = f->next < count;

		other = f->next++ % count;
		f->slot = holder ? holder_slot(w, f, other) : writer_slot(w, f, other);
		if (f->slot == NO_SLOT)
			continue;
		if (is_exclusive(w, other, f->slot))
			f->next = NO_MORE;
		return other;
	}
	return 0;
}

/* The next thread for which the last frame's waits. */
static uint32_t next_edge(struct walk *w, struct frame *f)
{
	uint32_t kind = wait_of(thread_at(w, f->thread));

	if (f->next == NO_MORE)
		return 0;
	if (kind == SN_WAIT_LOCK)
		return next_holder(w, f);
	f->next = NO_MORE;
	f->slot = NO_SLOT;
	if (kind != SN_WAIT_JOIN)
		return 0;
	return f->object;
}

static int push(struct walk *w, uint32_t thread)
{
	const struct sn_thread_rec *t = thread_at(w, thread);

	if (w->depth == DEPTH_MAX || !wait_of(t))
		return 0;
	w->path[w->depth++] = (struct frame){
		.thread = thread, .object = t->wait_object, .since = t->wait_since_ns};
	return 1;
}

static int on_path(const struct walk *w, uint32_t thread)
{
	for (uint32_t i = 0; i < w->depth; i++)
		if (w->path[i].thread == thread)
			return 1;
	return 0;
}

/* Whether the thread is one of those that the finding says cannot go on. */
static int is_caught(const struct sn_finding *f, uint32_t thread)
{
	for (uint32_t i = 0; i < f->part_count && i < SN_PARTS_MAX; i++)
		if (f->parts[i].role == SN_ROLE_WAITS && f->parts[i].thread == thread)
			return 1;
	return 0;
}

static int is_goal(const struct walk *w, uint32_t thread)
{
	return w->finding ? is_caught(w->finding, thread) : thread == w->path[0].thread;
}

/* Whether the frame's thread is in the same wait as when it was walked over, and the next one still
 * keeps it there. */
static int same_frame(struct walk *w, const struct frame *f, uint32_t next)
{
	const struct sn_thread_rec *t = thread_at(w, f->thread);
	const struct sn_thread_rec *n = thread_at(w, next);
	uint32_t kind = wait_of(t);

	if (!kind || t->wait_object != f->object || t->wait_since_ns != f->since)
		return 0;
	if (f->slot == NO_SLOT)
		return kind == SN_WAIT_JOIN && f->object == next;
	if (f->slot == WRITER_SLOT)
		return kind == SN_WAIT_LOCK && is_waiting_writer(n, f->object);
	return kind == SN_WAIT_LOCK && sn_view_thread_held(w->view, n, f->slot)->lock == f->object;
}

static int same_picture(struct walk *w, uint32_t last)
{
	/* The second look must be at memory, and later than all of the first. */
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	for (uint32_t i = 0; i < w->depth; i++)
		if (!same_frame(w, &w->path[i], i + 1 < w->depth ? w->path[i + 1].thread : last))
			return 0;
	return 1;
}

/* Walks from `thread` until it reaches a goal. A thread without a way to a goal has none by another
 * path either, so each is entered once (or again, where `seen` forgot it). */
static int walk_to_goal(struct walk *w, uint32_t thread)
{
	uint32_t threads = sn_view_count(w->view, SN_TABLE_THREAD);

	w->work = WORK_BASE + (threads < WORK_BASE ? threads : WORK_BASE) * WORK_PER_THREAD;
	push(w, thread);
	while (w->depth && spend(w, 1)) {
		uint32_t next = next_edge(w, &w->path[w->depth - 1]);

		if (!next)
			w->depth--;
		else if (is_goal(w, next) && same_picture(w, next))
			return 1;
		else if (w->seen[next % SEEN_SIZE] != next && !on_path(w, next) && push(w, next))
			w->seen[next % SEEN_SIZE] = next;
	}
	return 0;
}

static struct sn_part wait_part(const struct walk *w, uint32_t thread)
{
	const struct sn_thread_rec *t = thread_at(w, thread);

	return (struct sn_part){.role = SN_ROLE_WAITS,
				.mode = (uint8_t)t->wait_mode,
				.object_is_thread = t->wait_kind == SN_WAIT_JOIN,
				.thread = thread,
				.object = t->wait_object,
				.stack = t->wait_stack};
}

static struct sn_part hold_part(const struct walk *w, uint32_t thread, uint32_t slot)
{
	const struct sn_held *held = sn_view_thread_held(w->view, thread_at(w, thread), slot);

	return (struct sn_part){.role = SN_ROLE_HOLDS,
				.mode = (uint8_t)held->mode,
				.thread = thread,
				.object = held->lock,
				.stack = held->stack};
}

/* What a thread does to the one before it in the ring: holds its lock, or just exists. A writer
 * that waits before a reader does it by its wait, which comes next. */
static struct sn_part cause_part(const struct walk *w, uint32_t thread, uint32_t slot)
{
	if (slot < WRITER_SLOT)
		return hold_part(w, thread, slot);
	return (struct sn_part){.role = SN_ROLE_SUBJECT, .thread = thread};
}

static void conclude(struct sn_finding *f, enum sn_kind kind, enum sn_why why)
{
	f->kind = kind;
	f->verdict = SN_CONFIRMED;
	f->why = why;
}

/* A reader that reads again, and a writer between. */
static int is_writer_between(const struct walk *w)
{
	const struct frame *a = &w->path[0], *b = &w->path[1];

	return w->depth == 2 && a->object == b->object &&
	       (a->slot == WRITER_SLOT) != (b->slot == WRITER_SLOT);
}

/* The ring begins with its lowest thread, so that it is the same whoever finds it. */
static void tell_ring(const struct walk *w, struct sn_finding *f)
{
	uint32_t first = 0;

	for (uint32_t i = 1; i < w->depth; i++)
		if (w->path[i].thread < w->path[first].thread)
			first = i;
	conclude(f, SN_KIND_DEADLOCK,
		 is_writer_between(w) ? SN_WHY_WRITER_BETWEEN : SN_WHY_WAIT_RING);
	for (uint32_t i = 0; i < w->depth; i++) {
		uint32_t at = (first + i) % w->depth;
		uint32_t before = (at + w->depth - 1) % w->depth;

		sn_finding_add(f, cause_part(w, w->path[at].thread, w->path[before].slot));
		sn_finding_add(f, wait_part(w, w->path[at].thread));
	}
}

/* Why a wait for a lock that the thread itself holds never ends; SN_WHY_NONE: it is no such wait.
 */
static enum sn_why relock_reason(const struct sn_lock_rec *lock, uint32_t held_mode,
				 uint32_t wanted)
{
	switch (sn_lock_kin(lock->type)) {
	case SN_LOCK_MUTEX:
	case SN_LOCK_MUTEX_ADAPTIVE:
	case SN_LOCK_SPIN:
	case SN_LOCK_ONCE:
		return SN_WHY_RELOCK;
	case SN_LOCK_RWLOCK:
	case SN_LOCK_RWLOCK_WRITER:
		if (held_mode & SN_MODE_READ)
			return wanted & SN_MODE_READ ? SN_WHY_NONE : SN_WHY_UPGRADE;
		return wanted & SN_MODE_READ ? SN_WHY_READ_AFTER_WRITE : SN_WHY_RELOCK;
	default:
		/* A recursive one is taken again; an error-checking one returns EDEADLK. */
		return SN_WHY_NONE;
	}
}

/* How many signal handlers were running, one within the other. */
static uint32_t handlers_in(const struct walk *w, uint32_t stack)
{
	return sn_view_stack(w->view, stack)->flags >> SN_STACK_HANDLERS_SHIFT;
}

static int find_self(struct walk *w, uint32_t thread, struct sn_finding *f)
{
	const struct sn_thread_rec *t = thread_at(w, thread);
	enum sn_why why;
	uint32_t slot;

	if (wait_of(t) == SN_WAIT_JOIN) {
		if (t->wait_object != thread)
			return 0;
		conclude(f, SN_KIND_SELF_DEADLOCK, SN_WHY_JOIN_SELF);
		sn_finding_add(f, (struct sn_part){.role = SN_ROLE_SUBJECT, .thread = thread});
		sn_finding_add(f, wait_part(w, thread));
		return 1;
	}
	slot = held_slot(w, t, t->wait_object, t->wait_mode);
	if (slot == NO_SLOT)
		return 0;
	why = relock_reason(sn_view_lock(w->view, t->wait_object),
			    sn_view_thread_held(w->view, t, slot)->mode, t->wait_mode);
	if (why == SN_WHY_NONE)
		return 0;
	if (handlers_in(w, t->wait_stack) >
	    handlers_in(w, sn_view_thread_held(w->view, t, slot)->stack))
		conclude(f, SN_KIND_SIGNAL_UNSAFE_LOCK, SN_WHY_INTERRUPTED_HOLDER);
	else
		conclude(f, SN_KIND_SELF_DEADLOCK, why);
	sn_finding_add(f, hold_part(w, thread, slot));
	sn_finding_add(f, wait_part(w, thread));
	return 1;
}

/* The ended thread that still holds the lock, and its slot: nobody can unlock it for the waiter.
 * Its record is out of date where a living thread has come to hold what it held exclusively. */
static uint32_t find_orphan(struct walk *w, uint32_t thread, uint32_t *slot)
{
	const struct sn_thread_rec *t = thread_at(w, thread);
	uint32_t count = sn_view_count(w->view, SN_TABLE_THREAD);
	uint32_t orphan = 0, living = 0;

	for (uint32_t i = 1; i < count && spend(w, 1); i++) {
		const struct sn_thread_rec *other = thread_at(w, i);
		uint32_t at;

		if (other->state < SN_THREAD_RUNNING)
			continue;
		at = held_slot(w, other, t->wait_object, SN_MODE_WRITE);
		if (at == NO_SLOT)
			continue;
		if (other->state == SN_THREAD_RUNNING && is_exclusive(w, i, at))
			return 0;
		if (other->state == SN_THREAD_RUNNING) {
			living = i;
		} else if (is_exclusive(w, i, at) || !(t->wait_mode & SN_MODE_READ)) {
			orphan = i;
			*slot = at;
		}
	}
	if (!w->work || (living && orphan && is_exclusive(w, orphan, *slot)))
		return 0;
	return orphan;
}

/* What a thread of the parent held at the fork may have been unlocked before the fork was done, or
 * in the child by a handler of pthread_atfork: then a thread of this process has held it since. */
static int held_since(struct walk *w, uint32_t thread, uint32_t ghost, uint32_t slot)
{
	uint32_t lock = thread_at(w, thread)->wait_object;
	uint32_t count = sn_view_count(w->view, SN_TABLE_THREAD);

	if (sn_view_lock(w->view, lock)->owner_hint != ghost)
		return 1;
	for (uint32_t i = 1; i < count && spend(w, 1); i++) {
		const struct sn_thread_rec *t = thread_at(w, i);

		/* The waiter itself may have read beside a ghost that reads. */
		if (t->flags & SN_THREAD_GHOST || (i == thread && !is_exclusive(w, ghost, slot)))
			continue;
		if (t->released[lock % SN_RELEASED] == lock ||
		    (i != thread && held_slot(w, t, lock, SN_MODE_WRITE) != NO_SLOT))
			return 1;
	}
	return !w->work;
}

static int find_orphaned(struct walk *w, uint32_t thread, struct sn_finding *f)
{
	const struct sn_thread_rec *t = thread_at(w, thread);
	uint32_t lock = t->wait_object, slot = 0, orphan, ghost;

	if (wait_of(t) != SN_WAIT_LOCK || sn_view_lock(w->view, lock)->flags & SN_LOCK_ROBUST)
		return 0;
	w->work = WORK_BASE + 3 * sn_view_count(w->view, SN_TABLE_THREAD);
	orphan = find_orphan(w, thread, &slot);
	ghost = thread_at(w, orphan)->flags & SN_THREAD_GHOST;
	if (!orphan || (ghost && held_since(w, thread, orphan, slot)))
		return 0;
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	if (sn_view_thread_held(w->view, thread_at(w, orphan), slot)->lock != lock)
		return 0;
	if (ghost)
		conclude(f, SN_KIND_FORK_WITH_LOCK_HELD, SN_WHY_HELD_AT_FORK);
	else
		conclude(f, SN_KIND_DEADLOCK, SN_WHY_ORPHANED);
	sn_finding_add(f, hold_part(w, orphan, slot));
	sn_finding_add(f, wait_part(w, thread));
	return 1;
}

int sn_wait_for_find(const struct sn_view *v, uint32_t thread, struct sn_finding *f)
{
	struct walk w;

	w.view = v;
	w.finding = NULL;
	w.depth = 0;
	w.work = WORK_BASE;
	__builtin_memset(w.seen, 0, sizeof(w.seen));
	f->part_count = 0;
	/* Of two threads that close a ring at once, one at least must see the other's wait: this
	 * stands between the store that published ours and the loads of theirs. */
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	if (!wait_of(thread_at(&w, thread)))
		return 0;
	if (find_self(&w, thread, f))
		return 1;
	if (walk_to_goal(&w, thread)) {
		tell_ring(&w, f);
		return 1;
	}
	return find_orphaned(&w, thread, f);
}

int sn_wait_for_stuck(const struct sn_view *v, uint32_t thread, const struct sn_finding *f)
{
	struct walk w;

	w.view = v;
	w.finding = f;
	w.depth = 0;
	__builtin_memset(w.seen, 0, sizeof(w.seen));
	return is_caught(f, thread) || walk_to_goal(&w, thread);
}
