/* SPDX-License-Identifier: Apache-2.0
 *
 * See fork.h.  The ghosts' records are made only when a thread of the child comes to one of their
 * locks: most children come to none before they exec. */
#include "interpose/fork.h"
#include <string.h>
#include <sys/mman.h>
#include "graph/registry.h"
#include "base/names.h"
#include "interpose/handler.h"
#include "interpose/identity.h"

#define FRAMES 16
#define OTHERS_MAX 64 /* locks of other threads, and so also threads that are remembered */

struct kept_stack {
	uint32_t count;
	uint32_t flags;
	uintptr_t pcs[FRAMES];
};

struct kept_lock {
	uint64_t address; /* 0: nobody need know of it any more */
	uint32_t type, flags, mode, depth;
	uint32_t thread; /* in threads[]; of another thread's lock */
	struct kept_stack stack;
};

struct kept_thread {
	uint32_t parents; /* its record in the parent */
	uint32_t ghost;   /* its record in the child, once it has one */
	uint32_t tid;
	char name[16];
	uint64_t start_routine;
	struct kept_stack created;
};

struct snapshot {
	uint64_t size;
	uint32_t own, other, thread_count; /* used entries */
	struct kept_thread threads[OTHERS_MAX];
	struct kept_lock others[OTHERS_MAX];
	struct kept_lock owns[];
};

static __thread struct snapshot *taken;
static struct snapshot *inherited; /* in a child, where there are ghosts */
uint32_t sn_fork_ghosts;

static void keep_stack(struct kept_stack *to, uint32_t stack)
{
	const struct sn_recorder *r = &sn_shim.recorder;
	const struct sn_stack_rec *s = sn_rec_stack(r, stack);
	to->count = stack ? (s->depth < FRAMES ? s->depth : FRAMES) : 0;
	to->flags = stack ? s->flags : 0;
	for (uint32_t f = 0; f < to->count; f++)
		to->pcs[f] = *sn_rec_frame(r, s->first + f);
}

static uint32_t stack_again(const struct kept_stack *from)
{
	struct sn_recorder *r = &sn_shim.recorder;
	uint32_t stack = sn_registry_stack(r, from->pcs, from->count, sn_shim.module_epoch);
	if (stack)
		sn_rec_stack(r, stack)->flags |= (uint16_t)from->flags;
	return stack;
}

static void keep_lock(struct kept_lock *to, const struct sn_held *h, uint32_t lock)
{
	const struct sn_lock_rec *l = sn_rec_lock(&sn_shim.recorder, lock);
	to->address = l->address;
	to->type = l->type;
	to->flags = l->flags & ~(SN_LOCK_ORDERED | SN_LOCK_DESTROYED);
	to->mode = h->mode;
	to->depth = h->depth;
	keep_stack(&to->stack, h->stack);
}

static struct snapshot *map_snapshot(uint32_t own)
{
	uint64_t size = sizeof(struct snapshot) + own * sizeof(struct kept_lock);
	long p = sn_sys(SYS_mmap, 0, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1,
			0);
	if (p <= 0 && p > -4096)
		return NULL;
	struct snapshot *s = (struct snapshot *)p;
	s->size = size;
	return s;
}

static uint32_t keep_thread(struct snapshot *s, uint32_t thread)
{
	const struct sn_thread_rec *t = sn_rec_thread(&sn_shim.recorder, thread);
	if (s->thread_count && s->threads[s->thread_count - 1].parents == thread)
		return s->thread_count - 1;
	struct kept_thread *to = &s->threads[s->thread_count];
	to->parents = thread;
	to->tid = t->tid;
	memcpy(to->name, t->name, sizeof to->name);
	to->start_routine = t->start_routine;
	keep_stack(&to->created, t->create_stack);
	return s->thread_count++;
}

/* The parent's thread, be it the forking one, unlocks it for the child as well. */
static int is_shared(const struct sn_view *v, uint32_t lock)
{
	return (sn_view_lock(v, lock)->flags & SN_LOCK_PSHARED) != 0;
}

/* A once routine that was running at the fork is run anew by whoever asks for it in the child. */
static int runs_anew(const struct sn_view *v, uint32_t lock)
{
	return sn_lock_kin(sn_view_lock(v, lock)->type) == SN_LOCK_ONCE;
}

/* What the thread holds as far as can be seen: it may be running, so a slot may change any time. */
static void keep_held(struct snapshot *s, const struct sn_view *v, uint32_t thread)
{
	const struct sn_thread_rec *t = sn_view_thread(v, thread);
	for (uint32_t i = 0; i < t->held_count && s->other < OTHERS_MAX; i++) {
		struct sn_held h = *sn_view_thread_held(v, t, i);
		if (!h.lock || h.lock >= sn_view_count(v, SN_TABLE_LOCK) ||
		    h.stack >= sn_view_count(v, SN_TABLE_STACK) || is_shared(v, h.lock) ||
		    runs_anew(v, h.lock))
			continue;
		s->others[s->other].thread = keep_thread(s, thread);
		keep_lock(&s->others[s->other++], &h, h.lock);
	}
}

/* Whoever ended holding a lock did so before the fork: nobody unlocks it in the child either. */
static int may_hold(const struct sn_view *v, uint32_t thread, uint32_t self)
{
	const struct sn_thread_rec *t = sn_view_thread(v, thread);
	return thread != self && t->state >= SN_THREAD_RUNNING && t->held_count;
}

/* A child that forks in its turn hands on what it has inherited and nobody has asked for. */
static void keep_inherited(struct snapshot *s)
{
	for (uint32_t i = 0; inherited && i < inherited->other && s->other < OTHERS_MAX; i++) {
		const struct kept_lock *from = &inherited->others[i];
		if (!from->address || s->thread_count == OTHERS_MAX)
			continue;
		s->threads[s->thread_count] = inherited->threads[from->thread];
		s->threads[s->thread_count].ghost = 0;
		s->threads[s->thread_count].parents = 0;
		s->others[s->other] = *from;
		s->others[s->other++].thread = s->thread_count++;
	}
}

static int worth_it(const struct sn_view *v, const struct sn_self *self)
{
	if (self->rec->held_count || sn_fork_ghosts)
		return 1;
	for (uint32_t i = 1; i < sn_view_count(v, SN_TABLE_THREAD); i++)
		if (may_hold(v, i, self->thread))
			return 1;
	return 0;
}

void sn_fork_snapshot(const struct sn_self *self)
{
	struct sn_view v;
	sn_recorder_view(&sn_shim.recorder, &v);
	struct snapshot *s = worth_it(&v, self) ? map_snapshot(self->rec->held_count) : NULL;
	taken = s;
	if (!s)
		return;
	for (uint32_t i = 0; i < self->rec->held_count; i++)
		if (self->held[i].lock && !runs_anew(&v, self->held[i].lock) &&
		    !is_shared(&v, self->held[i].lock))
			keep_lock(&s->owns[s->own++], &self->held[i], self->held[i].lock);
	for (uint32_t i = 1; i < sn_view_count(&v, SN_TABLE_THREAD); i++)
		if (may_hold(&v, i, self->thread))
			keep_held(s, &v, i);
	keep_inherited(s);
}

void sn_fork_drop(void)
{
	if (taken)
		sn_sys(SYS_munmap, taken, taken->size);
	taken = NULL;
}

/* The locks that the thread held in the parent are held by it in the child. */
static void hold_again(struct sn_self *self)
{
	struct sn_recorder *r = &sn_shim.recorder;
	for (uint32_t i = 0; i < taken->own; i++) {
		const struct kept_lock *from = &taken->owns[i];
		uint32_t stack = stack_again(&from->stack);
		uint32_t lock = sn_registry_lock_new(r, from->address, from->type, from->flags,
						     stack, self->thread);
		if (!lock)
			continue;
		sn_identity_bind(self, lock);
		sn_held_push(self, lock, from->mode, stack);
		self->held[self->rec->held_count - 1].depth = from->depth & ~SN_DEPTH_EVIDENCE;
	}
	sn_held_reprint(self);
}

void sn_fork_restore(struct sn_self *self)
{
	if (inherited)
		sn_sys(SYS_munmap, inherited, inherited->size);
	inherited = NULL;
	sn_fork_ghosts = 0;
	if (!self || !taken) {
		sn_fork_drop();
		return;
	}
	hold_again(self);
	sn_fork_ghosts = taken->other;
	if (!sn_fork_ghosts) {
		sn_fork_drop();
		return;
	}
	inherited = taken;
	taken = NULL;
}

/* The record of a thread that does not exist here. It counts as ended, and as nobody's to join. */
static uint32_t ghost_of(struct kept_thread *k)
{
	if (k->ghost)
		return k->ghost;
	k->ghost = sn_registry_thread_new(&sn_shim.recorder);
	if (!k->ghost)
		return 0;
	struct sn_thread_rec *t = sn_rec_thread(&sn_shim.recorder, k->ghost);
	t->flags = SN_THREAD_GHOST | SN_THREAD_DETACHED;
	t->tid = k->tid;
	memcpy(t->name, k->name, sizeof t->name);
	t->start_routine = k->start_routine;
	t->create_stack = stack_again(&k->created);
	t->created_ns = t->ended_ns = sn_now();
	__atomic_store_n(&t->state, SN_THREAD_ENDED, __ATOMIC_RELEASE);
	return k->ghost;
}

static uint32_t make_lock(const struct kept_lock *k)
{
	struct sn_recorder *r = &sn_shim.recorder;
	uint32_t ghost = ghost_of(&inherited->threads[k->thread]);
	struct sn_thread_rec *t = sn_rec_thread(r, ghost);
	if (!ghost || t->held_more || t->held_count == SN_HELD_INLINE)
		return 0;
	uint32_t stack = stack_again(&k->stack);
	uint32_t lock = sn_registry_lock_new(r, k->address, k->type, k->flags, stack, ghost);
	if (!lock)
		return 0;
	sn_rec_lock(r, lock)->owner_hint = ghost;
	t->held[t->held_count] = (struct sn_held){lock, stack, k->mode, k->depth};
	__atomic_store_n(&t->held_count, t->held_count + 1, __ATOMIC_RELEASE);
	return lock;
}

uint32_t sn_fork_ghost_lock(const void *address, int born)
{
	for (uint32_t i = 0; i < inherited->other; i++) {
		struct kept_lock *k = &inherited->others[i];
		if (k->address != (uintptr_t)address)
			continue;
		uint32_t lock = born ? 0 : make_lock(k);
		k->address = 0;
		sn_fork_ghosts--;
		return lock;
	}
	return 0;
}
