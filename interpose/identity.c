/* SPDX-License-Identifier: Apache-2.0
 *
 * See identity.h. */
#include "interpose/identity.h"
#include "interpose/evidence.h"
#include "interpose/fork.h"
#include "interpose/glib.h"
#include "interpose/misuse.h"
#include <sys/mman.h>

/* The newest lock seen at an address, so that short-lived locks take over one record again and
 * again: 64 Ki entries, of which a program touches what it needs. What another address pushes out
 * goes into the map of addresses, beside what is found by them (a lock's address is even), and the
 * entry says from then on that there are such. */
#define RECENT 65536u
#define PUSHED_OUT 1u
#define HAS_PUSHED 0x80000000u
static uint32_t recent[RECENT] __attribute__((aligned(4096)));

void sn_identity_reset(void)
{
	sn_sys(SYS_madvise, recent, sizeof recent, MADV_DONTNEED);
	sn_wrong_reset();
}

static uint32_t *recent_slot(const void *address)
{
	return &recent[((uintptr_t)address * 0x9e3779b97f4a7c15u) >> 48];
}

/* Called with the shim's lock held. */
static uint32_t recent_at(const struct sn_self *self, const void *address)
{
	uint32_t entry = *recent_slot(address), lock = entry & ~HAS_PUSHED;
	if (lock && self->locks[lock].address == (uintptr_t)address)
		return lock;
	if (!(entry & HAS_PUSHED))
		return 0;
	lock = sn_registry_object(&sn_shim.recorder, (uintptr_t)address | PUSHED_OUT);
	return lock && self->locks[lock].address == (uintptr_t)address ? lock : 0;
}

/* Called with the shim's lock held. */
static void remember(const struct sn_self *self, const void *address, uint32_t lock)
{
	uint32_t *slot = recent_slot(address), was = *slot & ~HAS_PUSHED;
	uint64_t other = self->locks[was].address;
	uint32_t pushed = *slot & HAS_PUSHED;
	if (was && other != (uintptr_t)address && !(self->locks[was].flags & SN_LOCK_DESTROYED)) {
		sn_registry_object_set(&sn_shim.recorder, other | PUSHED_OUT, was);
		pushed = HAS_PUSHED;
	}
	*slot = lock | pushed;
}

/* Called with the shim's lock held. */
static uint32_t take_over(struct sn_self *self, void *address, uint32_t type, uint32_t flags,
			  uint32_t stack)
{
	uint32_t lock = recent_at(self, address);
	struct sn_lock_rec *rec = &self->locks[lock];
	if (!lock || rec->flags & SN_LOCK_DESTROYED ||
	    sn_lock_is_annotated(rec->type) != sn_lock_is_annotated(type) ||
	    !sn_registry_unorder(&sn_shim.recorder, lock))
		return 0;
	rec->generation++;
	rec->type = (uint16_t)type;
	rec->flags = flags;
	rec->birth_stack = stack;
	rec->birth_thread = self->thread;
	rec->birth_serial = self->rec->serial;
	rec->owner_hint = 0;
	remember(self, address, lock);
	return lock;
}

static uint32_t new_lock(struct sn_self *self, void *address, uint32_t type, uint32_t flags,
			 uint32_t stack)
{
	uint32_t lock = 0;
	if (sn_unlikely(sn_fork_ghosts))
		lock = sn_fork_ghost_lock(address, (flags & SN_LOCK_INIT_SEEN) != 0);
	if (sn_likely(!lock))
		lock = sn_registry_lock_new(&sn_shim.recorder, (uintptr_t)address, type, flags,
					    stack, self->thread);
	if (lock)
		remember(self, address, lock);
	return lock;
}

uint32_t sn_identity_at(struct sn_self *self, const void *address)
{
	uint32_t lock = *recent_slot(address) & ~HAS_PUSHED;
	if (!lock || self->locks[lock].address != (uintptr_t)address)
		lock = sn_identity_find(self, address);
	return lock && !(self->locks[lock].flags & SN_LOCK_DESTROYED) ? lock : 0;
}

static uint32_t tag_with(struct sn_self *self, void *address, uint32_t type, uint32_t flags,
			 uint32_t stack, uint64_t *tag)
{
	uint32_t lock = 0, state = self->state, fresh = 0;
	sn_busy_begin(self, (uintptr_t)__builtin_frame_address(0));
	if (!sn_lock_take(&sn_shim.lock)) {
		/* Two threads may come to an untagged lock at once: the second finds the tag. */
		lock = sn_tag_lock(self, __atomic_load_n(tag, __ATOMIC_RELAXED), address);
		if (!lock || self->locks[lock].address != (uintptr_t)address)
			lock = fresh = take_over(self, address, type, flags, stack);
		if (!lock)
			lock = fresh = new_lock(self, address, type, flags, stack);
		if (lock)
			__atomic_store_n(tag, sn_tag_make(self, lock), __ATOMIC_RELAXED);
		sn_lock_give(&sn_shim.lock);
	}
	self->state = state;
	if (fresh)
		sn_evidence_new(self, fresh);
	return lock;
}

uint32_t sn_identity_mark(struct sn_self *self, void *address, uint32_t type, uint32_t flags,
			  uint32_t stack, uint32_t *mark)
{
	uint32_t lock = 0, state = self->state, fresh = 0;
	sn_busy_begin(self, (uintptr_t)__builtin_frame_address(0));
	if (!sn_lock_take(&sn_shim.lock)) {
		lock = flags & SN_LOCK_INIT_SEEN ? 0 : sn_mark_lock(self, mark, address, type);
		if (!lock)
			lock = fresh = take_over(self, address, type, flags, stack);
		if (!lock)
			lock = fresh = new_lock(self, address, type, flags, stack);
		__atomic_store_n(mark, lock, __ATOMIC_RELAXED);
		sn_lock_give(&sn_shim.lock);
	}
	self->state = state;
	if (fresh)
		sn_evidence_new(self, fresh);
	return lock;
}

uint32_t sn_identity_tag(struct sn_self *self, void *address, uint32_t type, uint32_t flags,
			 uint32_t stack, uint64_t *tag)
{
	struct sn_wrong wrong;
	if (flags & SN_LOCK_INIT_SEEN ||
	    sn_likely(!sn_wrong_look(self, address, type, tag, &wrong)))
		return tag_with(self, address, type, flags, stack, tag);
	/* What is of another type keeps its bytes: no tag of ours goes into them. */
	uint32_t lock =
		wrong.other ? wrong.other : tag_with(self, address, type, flags, stack, tag);
	if (lock)
		sn_wrong_report(self, lock, stack, &wrong);
	return wrong.other ? 0 : lock;
}

uint32_t sn_identity_make(struct sn_self *self, void *address, uint32_t type, uint32_t flags,
			  uint32_t stack, int fresh)
{
	struct sn_recorder *r = &sn_shim.recorder;
	uint32_t lock = 0, state = self->state, is_new = (uint32_t)fresh;
	sn_busy_begin(self, (uintptr_t)__builtin_frame_address(0));
	if (!sn_lock_take(&sn_shim.lock)) {
		lock = sn_registry_object(r, (uintptr_t)address);
		if (lock && fresh) {
			if (!sn_registry_unorder(r, lock)) {
				self->locks[lock].flags |= SN_LOCK_DESTROYED;
				lock = 0;
			} else {
				remember(self, address, lock);
				self->locks[lock].flags &= ~SN_LOCK_DESTROYED;
				lock = take_over(self, address, type, flags, stack);
			}
		}
		if (!lock) {
			is_new = 1;
			lock = new_lock(self, address, type, flags, stack);
			sn_registry_object_set(r, (uintptr_t)address, lock);
		}
		sn_lock_give(&sn_shim.lock);
	}
	self->state = state;
	if (lock && is_new)
		sn_evidence_new(self, lock);
	return lock;
}

uint32_t sn_identity_object(struct sn_self *self, void *address, uint32_t type, uint32_t flags,
			    uint32_t stack, int fresh)
{
	struct sn_wrong wrong;
	if (flags & SN_LOCK_INIT_SEEN)
		sn_wrong_born(address);
	else if (sn_unlikely(sn_wrong_look(self, address, type, NULL, &wrong))) {
		uint32_t lock =
			wrong.other ? wrong.other
				    : sn_identity_make(self, address, type, flags, stack, fresh);
		if (lock)
			sn_wrong_report(self, lock, stack, &wrong);
		return wrong.other ? 0 : lock;
	}
	return sn_identity_make(self, address, type, flags, stack, fresh);
}

void sn_identity_end(struct sn_self *self, void *address, uint32_t lock, uint64_t *tag)
{
	uint32_t state = self->state;
	sn_busy_begin(self, (uintptr_t)__builtin_frame_address(0));
	if (!sn_lock_take(&sn_shim.lock)) {
		if (tag)
			__atomic_store_n(tag, 0, __ATOMIC_RELAXED);
		else
			sn_registry_object_set(&sn_shim.recorder, (uintptr_t)address, 0);
		if ((*recent_slot(address) & ~HAS_PUSHED) == lock)
			*recent_slot(address) &= HAS_PUSHED;
		sn_registry_lock_free(&sn_shim.recorder, lock);
		sn_lock_give(&sn_shim.lock);
	}
	self->state = state;
}

void sn_identity_end_mark(struct sn_self *self, void *address, uint32_t lock, uint32_t *mark)
{
	uint64_t no_tag;
	__atomic_store_n(mark, 0, __ATOMIC_RELAXED);
	sn_identity_end(self, address, lock, &no_tag);
}

void sn_identity_bind(struct sn_self *self, uint32_t lock)
{
	const struct sn_lock_rec *rec = &self->locks[lock];
	void *address = (void *)(uintptr_t)rec->address;
	uint64_t tag = sn_tag_make(self, lock);
	int rwlock = rec->type == SN_LOCK_RWLOCK || rec->type == SN_LOCK_RWLOCK_WRITER;
	if (rec->flags & (SN_LOCK_PSHARED | SN_LOCK_ROBUST) || rec->type == SN_LOCK_SPIN ||
	    sn_lock_is_annotated(rec->type))
		sn_registry_object_set(&sn_shim.recorder, rec->address, lock);
	else if (rec->type == SN_LOCK_GLIB_MUTEX)
		((struct sn_gmutex *)address)->mark = lock;
	else
		*(rwlock ? sn_rwlock_tag(address) : sn_mutex_tag(address)) = tag;
}
