/* SPDX-License-Identifier: Apache-2.0
 *
 * Who uses an object right now, as proved by three witnesses: the registry (who took it, who
 * published a wait for it), the object's own bytes, and the kernel (who really sleeps on it).  One
 * alone proves nothing: memory is reused while the registry still believes in a lock that was
 * abandoned, and a thread may have been woken but not have run yet. */
#include "interpose/misuse.h"
#include "base/asleep.h"
#include "interpose/glib.h"

/* A thread that has published its wait and is not asleep yet is looked at again, this many times a
 * millisecond apart. */
#define PATIENCE 20

#define OWNER_BITS 0x3fffffffu

uint32_t sn_misuse_family(uint32_t type)
{
	switch (type) {
	case SN_LOCK_MUTEX_RECURSIVE:
	case SN_LOCK_MUTEX_ERRORCHECK:
	case SN_LOCK_MUTEX_ADAPTIVE:
		return SN_LOCK_MUTEX;
	case SN_LOCK_RWLOCK_WRITER:
		return SN_LOCK_RWLOCK;
	default:
		return type;
	}
}

/* How the thread holds the lock, as far as the registry knows. */
static void tell_mode(struct sn_part *part)
{
	struct sn_view v;
	sn_recorder_view(&sn_shim.recorder, &v);
	const struct sn_thread_rec *t = sn_view_thread(&v, part->thread);
	part->flags |= SN_PART_ANY_MODE;
	for (uint32_t i = 0; i < t->held_count; i++) {
		const struct sn_held *h = sn_view_thread_held(&v, t, i);
		if (h->lock != part->object)
			continue;
		part->mode = (uint8_t)h->mode;
		part->flags &= (uint8_t)~SN_PART_ANY_MODE;
	}
}

void sn_misuse_part(struct sn_finding *f, enum sn_role role, uint32_t thread, uint32_t object,
		    uint32_t stack)
{
	struct sn_part part = {
		.role = (uint8_t)role, .thread = thread, .object = object, .stack = stack};
	if (role == SN_ROLE_HOLDS)
		tell_mode(&part);
	sn_finding_add(f, part);
}

static int tagged(const struct sn_self *self, uint32_t lock, uint64_t tag)
{
	return sn_tag_lock(self, tag, (void *)(uintptr_t)self->locks[lock].address) == lock;
}

static int mutex_says(struct sn_self *self, uint32_t lock, uint32_t tid)
{
	pthread_mutex_t m;
	if (sn_peek(sn_shim.pid, self->locks[lock].address, &m, sizeof m) || !m.__data.__lock)
		return 0;
	if (sn_mutex_has_tag(m.__data.__kind) && !tagged(self, lock, *sn_mutex_tag(&m)))
		return 0;
	return (sn_mutex_owner(&m) & OWNER_BITS) == tid;
}

static int rwlock_says(struct sn_self *self, uint32_t lock, uint32_t tid, uint32_t mode)
{
	pthread_rwlock_t l;
	if (sn_peek(sn_shim.pid, self->locks[lock].address, &l, sizeof l))
		return 0;
	if (sn_rwlock_has_tag(&l) && !tagged(self, lock, *sn_rwlock_tag(&l)))
		return 0;
	if (mode & SN_MODE_READ)
		return l.__data.__readers >> 3 != 0;
	return (uint32_t)l.__data.__cur_writer == tid;
}

/* Whether the lock's own bytes bear out that the thread holds it. */
static int bytes_say(struct sn_self *self, uint32_t lock, uint32_t tid, uint32_t mode)
{
	int word;
	switch (sn_misuse_family(self->locks[lock].type)) {
	case SN_LOCK_MUTEX:
		return mutex_says(self, lock, tid);
	case SN_LOCK_RWLOCK:
		return rwlock_says(self, lock, tid, mode);
	case SN_LOCK_GLIB_MUTEX:
		return sn_gmutex_says(lock) == SN_BYTES_HELD;
	case SN_LOCK_SPIN:
		/* x86-64's word is 1 when free. */
		return !sn_peek(sn_shim.pid, self->locks[lock].address, &word, sizeof word) &&
		       word <= 0;
	default:
		return 0;
	}
}

static int is_alive(const struct sn_thread_rec *t)
{
	return t->state == SN_THREAD_RUNNING && !(t->flags & SN_THREAD_GHOST);
}

static int find_use_in(struct sn_self *self, const struct sn_view *v, uint32_t thread,
		       uint32_t lock, struct sn_use *use)
{
	const struct sn_thread_rec *t = sn_view_thread(v, thread);
	for (uint32_t i = 0; i < t->held_count; i++) {
		const struct sn_held *h = sn_view_thread_held(v, t, i);
		if (h->lock == lock && bytes_say(self, lock, t->tid, h->mode)) {
			*use = (struct sn_use){thread, h->stack, SN_ROLE_HOLDS};
			return 1;
		}
	}
	return 0;
}

static uint32_t bytes_of(uint32_t type)
{
	switch (sn_misuse_family(type)) {
	case SN_LOCK_COND:
		return sizeof(pthread_cond_t);
	case SN_LOCK_RWLOCK:
		return sizeof(pthread_rwlock_t);
	case SN_LOCK_MUTEX:
		return sizeof(pthread_mutex_t);
	case SN_LOCK_GLIB_MUTEX:
		return sizeof(struct sn_gmutex);
	case SN_LOCK_GLIB_COND:
		return sizeof(struct sn_gcond);
	default:
		return 32; /* barrier, semaphore */
	}
}

/* The thread that sleeps on the object; *waiting counts those that say they wait for it. */
static uint32_t find_sleeper(struct sn_self *self, uint32_t lock, uint32_t *waiting)
{
	struct sn_view v;
	uint32_t bytes = bytes_of(self->locks[lock].type);
	*waiting = 0;
	sn_recorder_view(&sn_shim.recorder, &v);
	for (uint32_t i = 1; i < sn_view_count(&v, SN_TABLE_THREAD); i++) {
		const struct sn_thread_rec *t = sn_view_thread(&v, i);
		if (i == self->thread || !is_alive(t) || t->wait_object != lock ||
		    t->wait_kind == SN_WAIT_NONE || t->wait_kind == SN_WAIT_JOIN)
			continue;
		++*waiting;
		if (sn_asleep_on(&v, t, bytes))
			return i;
	}
	return 0;
}

/* A semaphore that can be taken: a sleeper is about to be woken. */
static int has_value(const struct sn_lock_rec *rec)
{
	uint32_t value = 0;
	return rec->type == SN_LOCK_SEMAPHORE &&
	       !sn_peek(sn_shim.pid, rec->address, &value, sizeof value) && value;
}

static int find_unwoken(struct sn_self *self, uint32_t lock, const struct sn_sync_rec *sync,
			struct sn_use *use)
{
	struct timespec millisecond = {0, 1000000};
	for (int i = 0; i < PATIENCE && sn_sync_has_sleepers(sync); i++) {
		uint32_t waiting, thread = find_sleeper(self, lock, &waiting);
		if (has_value(&self->locks[lock]))
			thread = 0;
		if (thread && sn_sync_has_sleepers(sync)) {
			use->thread = thread;
			use->stack = sn_rec_thread(&sn_shim.recorder, thread)->wait_stack;
			use->role = SN_ROLE_WAITS;
			return 1;
		}
		if (!waiting)
			return 0;
		sn_sys(SYS_nanosleep, &millisecond, 0);
	}
	return 0;
}

int sn_use_of(struct sn_self *self, uint32_t lock, struct sn_use *use)
{
	const struct sn_lock_rec *rec = &self->locks[lock];
	struct sn_view v;
	if (rec->sync) {
		const struct sn_sync_rec *sync = sn_rec_sync(&sn_shim.recorder, rec->sync);
		return !(sync->flags & SN_SYNC_OUTSIDE) && find_unwoken(self, lock, sync, use);
	}
	sn_recorder_view(&sn_shim.recorder, &v);
	for (uint32_t i = 1; i < sn_view_count(&v, SN_TABLE_THREAD); i++)
		if (is_alive(sn_view_thread(&v, i)) && find_use_in(self, &v, i, lock, use))
			return 1;
	return 0;
}

int sn_use_is_awaited(uint32_t lock)
{
	uint32_t waiting;
	return sn_self_tls && find_sleeper(sn_self_tls, lock, &waiting) != 0;
}

static uint32_t holds_in(const struct sn_view *v, const struct sn_thread_rec *t, uint32_t lock,
			 uint32_t *stack)
{
	uint32_t n = 0;
	for (uint32_t i = 0; i < t->held_count; i++) {
		const struct sn_held *h = sn_view_thread_held(v, t, i);
		if (h->lock != lock)
			continue;
		n += 1 + (h->depth & SN_DEPTH_COUNT);
		*stack = h->stack;
	}
	return n;
}

void sn_unlock_unread(struct sn_self *self, uint32_t lock, uint32_t readers, struct sn_site site)
{
	struct sn_finding f;
	struct sn_view v;
	uint32_t known = 0, holder = 0, stack = 0;
	sn_recorder_view(&sn_shim.recorder, &v);
	for (uint32_t i = 1; i < sn_view_count(&v, SN_TABLE_THREAD); i++) {
		const struct sn_thread_rec *t = sn_view_thread(&v, i);
		uint32_t n = t->flags & SN_THREAD_GHOST ? 0 : holds_in(&v, t, lock, &stack);
		known += n;
		if (n)
			holder = i;
	}
	/* A hold is counted by the lock before it is known, and known until after it is given up.
	 */
	if (known != readers || !holder || self->locks[lock].flags & SN_LOCK_PSHARED)
		return;
	sn_finding_start(&f, SN_KIND_UNLOCK_NOT_OWNER, SN_CONFIRMED, SN_WHY_HELD_BY_OTHER);
	sn_finding_add(&f, (struct sn_part){.role = SN_ROLE_UNLOCKED,
					    .mode = SN_MODE_READ,
					    .thread = self->thread,
					    .object = lock,
					    .stack = sn_trace(self, site.ra, site.cfa)});
	sn_misuse_part(&f, SN_ROLE_HOLDS, holder, lock, stack);
	sn_report_finding(self, &f);
	if (readers == 1)
		sn_forget_holders(lock);
}
