/* SPDX-License-Identifier: Apache-2.0
 *
 * Objects that are not what a call takes them for: destroyed, never initialised, or of another
 * type.  Looked for only when an object is used that is not known, which is so after its destroy.
 *
 * A destroyed mutex bears glibc's own mark, a destroyed rwlock ours, where its identity was: every
 * kind of initialisation wipes both.  Semaphores, barriers and spin locks have no static
 * initialiser, so their destroy at an address counts until their init there is seen; a condition
 * variable must bear glibc's mark as well. */
#include "interpose/bytes.h"
#include "base/asleep.h"
#include <sys/mman.h>

/* The last destroy seen at an address; lossy. Torn by a race it names another call. */
#define TOMBS 8192u
struct tomb {
	uint64_t address;
	uint32_t type;
	uint32_t stack;
	uint32_t thread;
	uint32_t serial;
	uint64_t reserved;
};
static struct tomb tombs[TOMBS] __attribute__((aligned(4096)));

/* Set in the half of a tag that is bound to its address: no tag that names a lock has it so. */
#define BURIED 0x5bd1e8u

#define COND_DESTROYED 4u /* of glibc's __wrefs */

static struct tomb *tomb_of(const void *address)
{
	return &tombs[((uintptr_t)address * 0x9e3779b97f4a7c15u) >> 51];
}

void sn_wrong_reset(void)
{
	sn_sys(SYS_madvise, tombs, sizeof tombs, MADV_DONTNEED);
}

void sn_wrong_born(const void *address)
{
	struct tomb *t = tomb_of(address);
	if (t->address == (uintptr_t)address)
		t->address = 0;
}

static uint32_t buried_check(const struct sn_self *self, const void *address)
{
	return sn_tag_check(self, address) ^ BURIED;
}

void sn_misuse_destroyed(struct sn_self *self, void *address, uint32_t type, uint64_t *tag,
			 struct sn_site site)
{
	int saved = errno;
	uint32_t stack = sn_trace(self, site.ra, site.cfa);
	struct tomb *t = tomb_of(address);
	if (tag)
		*tag = (uint64_t)buried_check(self, address) << 40 | stack;
	t->address = 0;
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
	t->type = sn_misuse_family(type);
	t->stack = stack;
	t->thread = self->thread;
	t->serial = self->rec->serial;
	__atomic_store_n(&t->address, (uintptr_t)address, __ATOMIC_RELEASE);
	errno = saved;
}

static int is_buried(const void *address, uint32_t type, struct sn_wrong *w)
{
	const struct tomb *t = tomb_of(address);
	if (__atomic_load_n(&t->address, __ATOMIC_ACQUIRE) != (uintptr_t)address ||
	    t->type != sn_misuse_family(type))
		return 0;
	const struct sn_thread_rec *thread = sn_rec_thread(&sn_shim.recorder, t->thread);
	w->thread = thread->serial == t->serial ? t->thread : 0;
	w->stack = t->stack;
	return 1;
}

/* glibc's mark of a destroyed mutex; memory that is all ones is another matter. */
static int has_mark(const pthread_mutex_t *m)
{
	return sn_mutex_kind(m) == -1 && sn_mutex_owner(m) != UINT32_MAX;
}

static int is_destroyed(struct sn_self *self, const void *address, uint32_t type,
			const uint64_t *tag, struct sn_wrong *w)
{
	if (tag && (uint32_t)(*tag >> 40) == buried_check(self, address)) {
		if (!is_buried(address, type, w))
			w->stack = (uint32_t)*tag;
		return 1;
	}
	switch (sn_misuse_family(type)) {
	case SN_LOCK_MUTEX:
		return has_mark(address);
	case SN_LOCK_COND:
		return ((const uint32_t *)address)[SN_WORD_COND_WREFS] & COND_DESTROYED &&
		       is_buried(address, type, w);
	case SN_LOCK_SEMAPHORE:
	case SN_LOCK_BARRIER:
	case SN_LOCK_SPIN:
		return is_buried(address, type, w);
	default:
		return 0;
	}
}

/* Whether the bytes cannot be those of an initialised object. */
static int is_garbage(const void *address, uint32_t type)
{
	const pthread_rwlock_t *l = address;
	const pthread_mutex_t *m = address;
	switch (sn_misuse_family(type)) {
	case SN_LOCK_RWLOCK:
		return (uint8_t)l->__data.__shared > 1 || l->__data.__shared >> 8 ||
		       l->__data.__flags > PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP ||
		       (uint32_t)l->__data.__cur_writer >= SN_TIDS_MOST ||
		       (l->__data.__readers & INT32_MAX) >> 3 >= SN_TIDS_MOST;
	case SN_LOCK_MUTEX:
		/* Where the word does not bear its owner's id: free, taken, waited for. */
		return sn_misuse_kind(sn_mutex_kind(m)) ||
		       (!(sn_mutex_kind(m) & (SN_MUTEX_ROBUST | SN_MUTEX_PI)) &&
			(uint32_t)m->__data.__lock > 2);
	case SN_LOCK_SEMAPHORE:
		return sn_bytes_no_semaphore(address);
	case SN_LOCK_BARRIER:
		return sn_bytes_no_barrier(address);
	case SN_LOCK_SPIN:
		return sn_bytes_no_spin(address);
	default:
		return 0;
	}
}

/* Whether the tag of another lock stands unchanged in its memory. */
static int tag_stands(struct sn_self *self, uint32_t lock)
{
	const struct sn_lock_rec *rec = &self->locks[lock];
	union {
		pthread_mutex_t mutex;
		pthread_rwlock_t rwlock;
	} u;
	int is_mutex = sn_misuse_family(rec->type) == SN_LOCK_MUTEX;
	uint64_t *tag = is_mutex ? sn_mutex_tag(&u.mutex) : sn_rwlock_tag(&u.rwlock);
	uint64_t at = rec->address + (uint64_t)((const char *)tag - (const char *)&u);
	return !sn_peek(sn_shim.pid, at, tag, sizeof *tag) &&
	       sn_tag_lock(self, *tag, (void *)(uintptr_t)rec->address) == lock;
}

/* Its word is 1, as that of no static initialiser, and nobody has initialised it as anything else.
 */
static int is_free_spin(struct sn_self *self, const void *address, uint32_t lock)
{
	return *(const volatile int *)address == 1 && sn_misuse_is_same_static(self, lock);
}

static int is_other(struct sn_self *self, const void *address, uint32_t type, struct sn_wrong *w)
{
	struct sn_use use = {0, 0, SN_ROLE_SUBJECT};
	uint32_t lock = sn_identity_at(self, address);
	uint32_t family = lock ? sn_misuse_family(self->locks[lock].type) : SN_LOCK_NONE;
	if (!lock || family == sn_misuse_family(type))
		return 0;
	switch (family) {
	case SN_LOCK_MUTEX:
	case SN_LOCK_RWLOCK:
		w->told = !tag_stands(self, lock);
		/* The call that was told of has written into it. */
		if (w->told && !(self->locks[lock].flags & SN_LOCK_TOLD_OTHER))
			return 0;
		sn_use_of(self, lock, &use);
		break;
	case SN_LOCK_COND:
	case SN_LOCK_SEMAPHORE:
	case SN_LOCK_BARRIER:
		if (!sn_use_of(self, lock, &use))
			return 0;
		break;
	case SN_LOCK_SPIN:
		if (!sn_use_of(self, lock, &use) && !is_free_spin(self, address, lock))
			return 0;
		break;
	default:
		return 0;
	}
	*w = (struct sn_wrong){SN_WHY_OTHER_TYPE, lock, use.thread, use.stack, use.role, w->told};
	return 1;
}

/* Whether the same static variable was such an object before. */
static int was_one(struct sn_self *self, const void *address, uint32_t type)
{
	uint32_t lock = sn_identity_at(self, address);
	return lock && sn_misuse_family(self->locks[lock].type) == sn_misuse_family(type) &&
	       sn_misuse_is_same_static(self, lock);
}

/* Whether its bytes are pthread's and say what it is. */
static int can_be_judged(uint32_t type)
{
	switch (sn_misuse_family(type)) {
	case SN_LOCK_NONE:
	case SN_LOCK_MUTEX:
	case SN_LOCK_RWLOCK:
	case SN_LOCK_SPIN:
	case SN_LOCK_COND:
	case SN_LOCK_SEMAPHORE:
	case SN_LOCK_BARRIER:
		return 1;
	default:
		return 0;
	}
}

int sn_wrong_look(struct sn_self *self, const void *address, uint32_t type, const uint64_t *tag,
		  struct sn_wrong *w)
{
	if (!address || !sn_fast_kinds || !can_be_judged(type))
		return 0;
	*w = (struct sn_wrong){.role = SN_ROLE_DESTROYED};
	if (is_other(self, address, type, w))
		return 1;
	w->why = SN_WHY_DESTROYED_BEFORE;
	if (is_destroyed(self, address, type, tag, w))
		return 1;
	if (!is_garbage(address, type))
		return 0;
	w->why = was_one(self, address, type) ? SN_WHY_OVERWRITTEN : SN_WHY_NOT_INITIALISED;
	return 1;
}

void sn_wrong_report(struct sn_self *self, uint32_t lock, uint32_t stack, const struct sn_wrong *w)
{
	struct sn_finding f;
	if (w->told)
		return;
	if (w->why == SN_WHY_OTHER_TYPE)
		__atomic_fetch_or(&self->locks[lock].flags, SN_LOCK_TOLD_OTHER, __ATOMIC_RELAXED);
	sn_finding_start(&f, SN_KIND_WRONG_OBJECT, SN_CONFIRMED, w->why);
	sn_misuse_part(&f, SN_ROLE_CALLED, self->thread, lock, stack);
	if (w->stack)
		sn_misuse_part(&f, w->role, w->thread, lock, w->stack);
	sn_report_finding(self, &f);
}

void sn_wrong_unknown(struct sn_self *self, void *address, uint32_t type, const uint64_t *tag,
		      struct sn_site site)
{
	struct sn_wrong w;
	int saved = errno;
	if (sn_wrong_look(self, address, type, tag, &w)) {
		uint32_t stack = sn_trace(self, site.ra, site.cfa), lock = w.other;
		if (!lock)
			lock = sn_identity_make(self, address, type, 0, stack, 0);
		if (lock)
			sn_wrong_report(self, lock, stack, &w);
	}
	errno = saved;
}

void sn_bytes_tell(const void *address, uint32_t type, struct sn_site site)
{
	struct sn_self *self = sn_self_get(site.cfa);
	struct sn_wrong w = {.why = SN_WHY_NOT_INITIALISED, .role = SN_ROLE_DESTROYED};
	int saved = errno;
	if (!self || !sn_fast_kinds || sn_wrong_is_other(self, address, type, site))
		return;
	uint32_t stack = sn_trace(self, site.ra, site.cfa);
	uint32_t lock = sn_identity_find(self, address);
	if (lock && sn_misuse_family(self->locks[lock].type) == type)
		w.why = SN_WHY_OVERWRITTEN;
	else
		lock = sn_identity_make(self, (void *)(uintptr_t)address, type, 0, stack, 0);
	if (lock)
		sn_wrong_report(self, lock, stack, &w);
	errno = saved;
}

int sn_wrong_is_other(struct sn_self *self, const void *address, uint32_t type, struct sn_site site)
{
	struct sn_wrong w = {.told = 0};
	int saved = errno, is = sn_fast_kinds && is_other(self, address, type, &w);
	if (is)
		sn_wrong_report(self, w.other, sn_trace(self, site.ra, site.cfa), &w);
	errno = saved;
	return is;
}

void sn_misuse_bad_mutex(struct sn_self *self, pthread_mutex_t *m, struct sn_site site)
{
	sn_wrong_unknown(self, m, SN_LOCK_MUTEX, sn_mutex_tag(m), site);
}
