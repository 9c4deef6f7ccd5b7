/* SPDX-License-Identifier: Apache-2.0
 *
 * See acquire.h. */
#include "interpose/acquire.h"
#include "interpose/evidence.h"
#include "interpose/gone.h"
#include "interpose/priority.h"
#include "interpose/progress.h"
#include <string.h>

void sn_acquired_slow(struct sn_self *self, uint32_t lock, uint32_t mode, uint64_t *hint,
		      struct sn_site site)
{
	uint32_t stack = sn_trace(self, site.ra, site.cfa);
	sn_gone_frames(self, site);
	sn_evidence_look(self);
	sn_order(self, lock, mode, stack, hint, site);
	if (self->attention & SN_ATTENTION_BACKING_OFF)
		sn_progress_got(self);
	sn_held_push(self, lock, mode, stack);
	if (self->attention & (SN_ATTENTION_NEW | SN_ATTENTION_GATE))
		sn_evidence_acquired(self, lock, mode);
	if (self->attention & SN_ATTENTION_HANDLER && stack == self->handler_stack)
		sn_handler_acquired(self, lock, mode);
	else if (self->attention & SN_ATTENTION_WATCH)
		sn_handler_watched(self, lock, mode, stack);
}

static uint32_t thread_with_tid(struct sn_self *self, uint32_t tid)
{
	return tid == self->tid ? self->thread : sn_thread_by_tid(tid);
}

void sn_blocking(struct sn_self *self, struct sn_wait_scope *outer, uint32_t lock, uint32_t mode,
		 uint32_t owner, struct sn_site site)
{
	uint32_t stack = sn_trace(self, site.ra, site.cfa);
	struct sn_lock_rec *rec = &self->locks[lock];
	sn_gone_frames(self, site);
	if (self->rec->held_count)
		sn_gone_memory(self, site);
	sn_evidence_look(self);
	sn_evidence_known(self, lock);
	if (sn_held_find(self, lock) == UINT32_MAX)
		sn_order(self, lock, mode, stack, NULL, site);
	const struct sn_thread_rec *hinted = sn_rec_thread(&sn_shim.recorder, rec->owner_hint);
	if (owner && (!rec->owner_hint || hinted->tid != owner))
		rec->owner_hint = thread_with_tid(self, owner);
	sn_priority_keeper(self, lock);
	sn_wait_begin(self, outer, SN_WAIT_LOCK, lock, mode, stack);
}

int sn_release_slow(struct sn_self *self, uint32_t lock)
{
	uint32_t i = sn_held_find(self, lock);
	if (i == UINT32_MAX)
		return 0;
	if (self->held[i].depth & SN_DEPTH_COUNT)
		self->held[i].depth--;
	else if (self->held[i].depth & SN_DEPTH_IN_HANDLER)
		sn_handler_released(self, i);
	else
		sn_held_remove(self, i);
	return 1;
}

/* The slot of some thread that holds `lock`; NULL if none does. */
static struct sn_held *find_holder(uint32_t lock, uint32_t *thread)
{
	struct sn_recorder *r = &sn_shim.recorder;
	struct sn_view v;
	sn_recorder_view(r, &v);
	for (uint32_t t = 1; t < sn_view_count(&v, SN_TABLE_THREAD); t++) {
		const struct sn_thread_rec *rec = sn_view_thread(&v, t);
		for (uint32_t i = 0; i < rec->held_count; i++) {
			const struct sn_held *h = sn_view_thread_held(&v, rec, i);
			if (h->lock == lock && rec->flags & SN_THREAD_GHOST) {
				/* Whoever mends the locks of a fork child does what is right. */
				((struct sn_held *)(uintptr_t)h)->lock = 0;
				continue;
			}
			if (h->lock == lock) {
				*thread = t;
				return (struct sn_held *)(uintptr_t)h;
			}
		}
	}
	return NULL;
}

/* A part that tells how the lock is held; NULL: it is not known. */
static struct sn_part part_of(enum sn_role role, uint32_t thread, uint32_t lock, uint32_t stack,
			      const struct sn_held *held)
{
	return (struct sn_part){.role = (uint8_t)role,
				.mode = held ? (uint8_t)held->mode : 0,
				.flags = held ? 0 : SN_PART_ANY_MODE,
				.thread = thread,
				.object = lock,
				.stack = stack};
}

static struct sn_part part(enum sn_role role, uint32_t thread, uint32_t object, uint32_t stack)
{
	return (struct sn_part){
		.role = (uint8_t)role, .thread = thread, .object = object, .stack = stack};
}

/* In a fork child a lock may name the thread of the parent that became us; in shared memory, a
 * thread of another process; and a thread that we never saw is no proof of anything. */
static int owner_is_known(uint32_t owner)
{
	return owner && owner != sn_shim.forked_from && sn_thread_by_tid(owner);
}

void sn_unlock_unheld(struct sn_self *self, uint32_t lock, uint32_t owner, int locked,
		      struct sn_site site)
{
	struct sn_finding f;
	uint32_t holder = 0;
	struct sn_held *held = find_holder(lock, &holder);
	if (locked && (owner == self->tid || (!held && !owner_is_known(owner))))
		return; /* taken where we could not see it */
	if (self->locks[lock].flags & SN_LOCK_PSHARED && !held)
		return;
	uint32_t stack = sn_trace(self, site.ra, site.cfa);
	if (locked) {
		sn_finding_start(&f, SN_KIND_UNLOCK_NOT_OWNER, SN_CONFIRMED,
				 owner ? SN_WHY_OWNED_BY_OTHER : SN_WHY_HELD_BY_OTHER);
		if (!held)
			holder = sn_thread_by_tid(owner);
	} else {
		sn_finding_start(&f, SN_KIND_UNLOCK_NOT_LOCKED, SN_CONFIRMED,
				 SN_WHY_OWNED_BY_NOBODY);
	}
	sn_finding_add(&f, part_of(SN_ROLE_UNLOCKED, self->thread, lock, stack, held));
	if (locked)
		sn_finding_add(&f,
			       part_of(SN_ROLE_HOLDS, holder, lock, held ? held->stack : 0, held));
	sn_report_finding(self, &f);
	if (held && locked)
		__atomic_store_n(&held->lock, 0, __ATOMIC_RELEASE);
}

static void tell_itself(struct sn_self *self, uint32_t lock, uint32_t mode, enum sn_why why,
			struct sn_site site)
{
	struct sn_finding f;
	uint32_t i = lock ? sn_held_find(self, lock) : UINT32_MAX;
	sn_finding_start(&f, SN_KIND_SELF_DEADLOCK, SN_SUSPECT, why);
	if (i != UINT32_MAX) {
		struct sn_part holds = part(SN_ROLE_HOLDS, self->thread, lock, self->held[i].stack);
		holds.mode = (uint8_t)self->held[i].mode;
		sn_finding_add(&f, holds);
	}
	struct sn_part wants = part(SN_ROLE_WANTS, self->thread, lock ? lock : self->thread,
				    sn_trace(self, site.ra, site.cfa));
	wants.mode = (uint8_t)mode;
	wants.object_is_thread = !lock;
	sn_finding_add(&f, wants);
	sn_report_finding(self, &f);
}

void sn_told_edeadlk(struct sn_self *self, uint32_t lock, uint32_t mode, struct sn_site site)
{
	tell_itself(self, lock, mode, SN_WHY_TOLD_BY_CALL, site);
}

void sn_tried_own(struct sn_self *self, uint32_t lock, uint32_t mode, struct sn_site site)
{
	int saved = errno;
	uint32_t i = sn_held_find(self, lock);
	/* Whoever reads and tries to write asks whether it is the only reader. */
	if (i != UINT32_MAX && !(self->held[i].mode & SN_MODE_READ))
		tell_itself(self, lock, mode, SN_WHY_TRY_OWN, site);
	errno = saved;
}

int sn_destroying(struct sn_self *self, uint32_t lock, struct sn_site site)
{
	struct sn_finding f;
	uint32_t holder = 0;
	struct sn_held *held = find_holder(lock, &holder);
	if (!held)
		return 0;
	sn_finding_start(&f, SN_KIND_DESTROY_WHILE_LOCKED, SN_CONFIRMED, SN_WHY_LOCKED_THEN);
	sn_finding_add(
		&f, part(SN_ROLE_DESTROYED, self->thread, lock, sn_trace(self, site.ra, site.cfa)));
	sn_finding_add(&f, part_of(SN_ROLE_HOLDS, holder, lock, held->stack, held));
	sn_report_finding(self, &f);
	return 1;
}

void sn_forget_holders(uint32_t lock)
{
	uint32_t thread;
	struct sn_held *held;
	while ((held = find_holder(lock, &thread)))
		__atomic_store_n(&held->lock, 0, __ATOMIC_RELEASE);
}
