/* SPDX-License-Identifier: Apache-2.0
 *
 * Reader-writer locks.  Read locks that no writer is near are taken and given up inlined, with the
 * same exchange of the same word as glibc's (layout.c tests it); all else is done by the real
 * functions: first the call that cannot block, and only if that fails the wait is published and the
 * blocking call made.  A thread may read-lock several
 * times: that is one entry in its held set with a depth, and no new lock order. */
#include <time.h>
#include "interpose/misuse.h"
#include "interpose/api_error.h"
#include "interpose/deadline.h"
#include "interpose/hold.h"
#include "interpose/progress.h"
#include "interpose/real.h"
#include "interpose/sections.h"

static uint32_t type_of(const pthread_rwlock_t *l)
{
	return l->__data.__flags == PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP
		       ? SN_LOCK_RWLOCK_WRITER
		       : SN_LOCK_RWLOCK;
}

static inline uint32_t find_known(struct sn_self *self, pthread_rwlock_t *l)
{
	if (sn_likely(sn_rwlock_has_tag(l)))
		return sn_tag_lock(self, *sn_rwlock_tag(l), l);
	return sn_identity_find(self, l);
}

static SN_COLD uint32_t identify(struct sn_self *self, pthread_rwlock_t *l, uint32_t flags,
				 int fresh, struct sn_site site)
{
	uint32_t stack = sn_trace(self, site.ra, site.cfa);
	if (sn_rwlock_has_tag(l)) {
		uint32_t lock =
			sn_identity_tag(self, l, type_of(l), flags, stack, sn_rwlock_tag(l));
		if (lock && find_known(self, l))
			*sn_rwlock_salt(l) = sn_sections_salt(self, lock);
		return lock;
	}
	return sn_identity_object(self, l, type_of(l), flags | SN_LOCK_PSHARED, stack, fresh);
}

static inline uint32_t lock_of(struct sn_self *self, pthread_rwlock_t *l, struct sn_site site)
{
	uint32_t lock = find_known(self, l);
	return sn_likely(lock) ? lock : identify(self, l, 0, 0, site);
}

/* Whether it is an object of another type, into which no real call should have written before we
 * have looked. */
static inline int is_other(struct sn_self *self, pthread_rwlock_t *l, struct sn_site site)
{
	return !find_known(self, l) && sn_wrong_is_other(self, l, SN_LOCK_RWLOCK, site);
}

static inline void note_acquired(struct sn_self *self, pthread_rwlock_t *l, uint32_t mode,
				 struct sn_site site)
{
	uint32_t lock = lock_of(self, l, site);
	if (!lock)
		return;
	if (mode & SN_MODE_READ) {
		uint32_t i = self->rec->held_count ? sn_held_find(self, lock) : UINT32_MAX;
		if (i != UINT32_MAX) {
			if (~self->held[i].depth & SN_DEPTH_COUNT)
				self->held[i].depth++;
			return;
		}
	} else {
		if (sn_unlikely(!(self->locks[lock].flags & SN_LOCK_WRITER_SEEN)))
			__atomic_fetch_or(&self->locks[lock].flags, SN_LOCK_WRITER_SEEN,
					  __ATOMIC_RELAXED);
		sn_sections_written(self, lock, sn_rwlock_has_tag(l) ? l : NULL);
	}
	if (sn_likely(sn_rwlock_has_tag(l)))
		sn_acquired_tag(self, *sn_rwlock_tag(l), mode, sn_rwlock_hint(l), site);
	else
		sn_acquired(self, lock, mode, NULL, site);
}

/* The blocking call of each wrapper; clock -1 is the variant without a clock. */
struct call {
	int clock;
	const struct timespec *limit;
	uint32_t mode;
};

static int call_real(pthread_rwlock_t *l, const struct call *c)
{
	int timed = (c->mode & SN_MODE_TIMED) != 0, has_clock = timed && c->clock >= 0;
	if (c->mode & SN_MODE_READ)
		return !timed      ? sn_real(pthread_rwlock_rdlock)(l)
		       : has_clock ? sn_real(pthread_rwlock_clockrdlock)(l, c->clock, c->limit)
				   : sn_real(pthread_rwlock_timedrdlock)(l, c->limit);
	return !timed      ? sn_real(pthread_rwlock_wrlock)(l)
	       : has_clock ? sn_real(pthread_rwlock_clockwrlock)(l, c->clock, c->limit)
			   : sn_real(pthread_rwlock_timedwrlock)(l, c->limit);
}

/* The same for a wait without a time limit; a process that nobody watches looks after a while who
 * holds the lock. A writer before whom readers wait stays where it is. */
static int call_watched(struct sn_self *self, pthread_rwlock_t *l, const struct call *c)
{
	struct timespec until;
	struct call first = {CLOCK_MONOTONIC, &until, c->mode | SN_MODE_TIMED};
	int keeps_place = !(c->mode & SN_MODE_READ) && type_of(l) == SN_LOCK_RWLOCK_WRITER;
	if (!(c->mode & SN_MODE_TIMED) && !keeps_place &&
	    sn_real_table.pthread_rwlock_clockrdlock && sn_hold_until(&until)) {
		int result = call_real(l, &first);
		if (result != ETIMEDOUT)
			return result;
		sn_hold_look(self);
	}
	return call_real(l, c);
}

static uint32_t mode_of(struct sn_self *self, uint32_t lock, const struct call *c,
			struct sn_site site)
{
	if (!(c->mode & SN_MODE_TIMED))
		return c->mode;
	return (c->mode & SN_MODE_READ) |
	       sn_deadline_mode(self, lock, c->clock < 0 ? CLOCK_REALTIME : c->clock, c->limit,
				site);
}

static SN_COLD int lock_blocking(struct sn_self *self, pthread_rwlock_t *l, const struct call *c,
				 struct sn_site site)
{
	SN_WAIT_SCOPE(outer);
	uint32_t lock = lock_of(self, l, site);
	uint32_t writer = (uint32_t)__atomic_load_n(&l->__data.__cur_writer, __ATOMIC_RELAXED);
	if (!lock)
		return call_real(l, c);
	if (writer == self->tid) {
		/* glibc does not block on a lock that this thread writes. */
		int result = call_real(l, c);
		if (result == EDEADLK)
			sn_told_edeadlk(self, lock, c->mode, site);
		return result;
	}
	if (!(c->mode & SN_MODE_READ))
		__atomic_fetch_or(&self->locks[lock].flags, SN_LOCK_WRITER_SEEN, __ATOMIC_RELAXED);
	uint32_t mode = mode_of(self, lock, c, site);
	sn_blocking(self, &outer, lock, mode, writer, site);
	int result = call_watched(self, l, c);
	sn_wait_end(&outer);
	if (!result)
		note_acquired(self, l, mode, site);
	else if (result == ETIMEDOUT)
		sn_progress_failed(self, lock, mode, site);
	return result;
}

static inline int lock_with(pthread_rwlock_t *l, const struct call *c, struct sn_site site)
{
	struct sn_self *self = sn_self_get(site.cfa);
	if (sn_unlikely(!self || is_other(self, l, site)))
		return call_real(l, c);
	int result = c->mode & SN_MODE_READ ? sn_real(pthread_rwlock_tryrdlock)(l)
					    : sn_real(pthread_rwlock_trywrlock)(l);
	if (sn_likely(!result))
		note_acquired(self, l, c->mode, site);
	else if (result == EBUSY)
		result = lock_blocking(self, l, c, site);
	else
		result = call_real(l, c); /* too many readers: the blocking call's own answer */
	if (sn_unlikely(result))
		sn_api_error(self, find_known(self, l), result, site);
	return result;
}

static SN_COLD void try_failed(struct sn_self *self, pthread_rwlock_t *l, uint32_t mode,
			       struct sn_site site)
{
	uint32_t lock = find_known(self, l);
	if (lock && self->rec->held_count)
		sn_tried_own(self, lock, mode | SN_MODE_TRY, site);
	sn_progress_failed(self, lock, SN_MODE_TRY, site);
}

static inline int try_with(pthread_rwlock_t *l, uint32_t mode, struct sn_site site)
{
	struct sn_self *self = sn_self_get(site.cfa);
	if (sn_unlikely(self && is_other(self, l, site)))
		self = NULL;
	int result = mode & SN_MODE_READ ? sn_real(pthread_rwlock_tryrdlock)(l)
					 : sn_real(pthread_rwlock_trywrlock)(l);
	if (self && !result)
		note_acquired(self, l, mode | SN_MODE_TRY, site);
	else if (self && result == EBUSY)
		try_failed(self, l, mode, site);
	return result;
}

int sn_fast_reads;

static SN_COLD int read_otherwise(pthread_rwlock_t *l, struct sn_site site)
{
	return lock_with(l, &(struct call){.mode = SN_MODE_READ}, site);
}

/* One reader more or less, if no writer is near. */
static inline int count_reader(pthread_rwlock_t *l, unsigned change, int order)
{
	unsigned readers = __atomic_load_n(&l->__data.__readers, __ATOMIC_RELAXED);
	return !(readers & SN_RWLOCK_FLAGS) && readers < SN_RWLOCK_MANY &&
	       __atomic_compare_exchange_n(&l->__data.__readers, &readers, readers + change, 0,
					   order, __ATOMIC_RELAXED);
}

/* As of a mutex: see there. */
SN_EXPORT int pthread_rwlock_rdlock(pthread_rwlock_t *l)
{
	struct sn_site site = SN_SITE;
	struct sn_self *self = sn_self_tls;
	if (sn_unlikely(!self || self->state != SN_SELF_READY || !sn_fast_reads ||
			!sn_rwlock_has_tag(l)))
		return read_otherwise(l, site);
	uint64_t tag = sn_tag_known(self, *sn_rwlock_tag(l), l);
	uint64_t print = sn_print(tag, SN_MODE_READ);
	uint32_t lock = (uint32_t)tag, n = self->rec->held_count;
	if (sn_unlikely(!lock || (n && sn_held_find(self, lock) != UINT32_MAX)))
		return read_otherwise(l, site);
	uint32_t stack = sn_acquired_before(self, n, print, sn_rwlock_hint(l), site);
	if (sn_unlikely(!stack || !count_reader(l, SN_RWLOCK_READER, __ATOMIC_ACQUIRE)))
		return read_otherwise(l, site);
	sn_held_put(self, n, lock, print + sn_sections_salt_of(l), SN_MODE_READ, stack);
	return 0;
}

SN_EXPORT int pthread_rwlock_wrlock(pthread_rwlock_t *l)
{
	return lock_with(l, &(struct call){.mode = SN_MODE_WRITE}, SN_SITE);
}

static int good_clock(clockid_t clock, const struct timespec *limit)
{
	return (clock == CLOCK_REALTIME || clock == CLOCK_MONOTONIC) && limit->tv_nsec >= 0 &&
	       limit->tv_nsec < 1000000000;
}

static int refused(int result, struct sn_site site)
{
	sn_api_error(sn_self_get(site.cfa), 0, result, site);
	return result;
}

/* glibc refuses what is no time before it looks at the lock, free or not. */
SN_EXPORT int pthread_rwlock_timedrdlock(pthread_rwlock_t *l, const struct timespec *limit)
{
	if (!good_clock(CLOCK_REALTIME, limit))
		return refused(sn_real(pthread_rwlock_timedrdlock)(l, limit), SN_SITE);
	return lock_with(l, &(struct call){-1, limit, SN_MODE_READ | SN_MODE_TIMED}, SN_SITE);
}

SN_EXPORT int pthread_rwlock_timedwrlock(pthread_rwlock_t *l, const struct timespec *limit)
{
	if (!good_clock(CLOCK_REALTIME, limit))
		return refused(sn_real(pthread_rwlock_timedwrlock)(l, limit), SN_SITE);
	return lock_with(l, &(struct call){-1, limit, SN_MODE_WRITE | SN_MODE_TIMED}, SN_SITE);
}

SN_EXPORT int pthread_rwlock_clockrdlock(pthread_rwlock_t *l, clockid_t clock,
					 const struct timespec *limit)
{
	/* glibc refuses a bad clock before it looks at the lock. */
	if (!good_clock(clock, limit))
		return refused(sn_real(pthread_rwlock_clockrdlock)(l, clock, limit), SN_SITE);
	return lock_with(l, &(struct call){clock, limit, SN_MODE_READ | SN_MODE_TIMED}, SN_SITE);
}

SN_EXPORT int pthread_rwlock_clockwrlock(pthread_rwlock_t *l, clockid_t clock,
					 const struct timespec *limit)
{
	if (!good_clock(clock, limit))
		return refused(sn_real(pthread_rwlock_clockwrlock)(l, clock, limit), SN_SITE);
	return lock_with(l, &(struct call){clock, limit, SN_MODE_WRITE | SN_MODE_TIMED}, SN_SITE);
}

SN_EXPORT int pthread_rwlock_tryrdlock(pthread_rwlock_t *l)
{
	return try_with(l, SN_MODE_READ, SN_SITE);
}

SN_EXPORT int pthread_rwlock_trywrlock(pthread_rwlock_t *l)
{
	return try_with(l, SN_MODE_WRITE, SN_SITE);
}

static int is_locked(const pthread_rwlock_t *l)
{
	/* The three low bits are phase and waiting flags; the others count readers. */
	return l->__data.__cur_writer != 0 || l->__data.__readers >> 3 != 0;
}

static SN_COLD void unlock_unheld(struct sn_self *self, pthread_rwlock_t *l, struct sn_site site)
{
	int saved = errno;
	uint32_t lock = lock_of(self, l, site);
	/* A read lock does not say whose it is. */
	if (lock && (l->__data.__cur_writer || !is_locked(l)))
		sn_unlock_unheld(self, lock, (uint32_t)l->__data.__cur_writer, is_locked(l), site);
	else if (lock)
		sn_unlock_unread(self, lock, l->__data.__readers >> 3, site);
	errno = saved;
}

/* The calling thread is about to give up the lock: notes whether others wait for it. Of glibc's
 * word the second bit says that there is a writer, and while readers hold the lock, or wait for it,
 * that it and they keep each other waiting; further writers have a count of their own. */
static inline void note_pass(struct sn_self *self, const pthread_rwlock_t *l, uint32_t lock)
{
	uint32_t readers = __atomic_load_n(&l->__data.__readers, __ATOMIC_RELAXED);
	uint32_t writers = __atomic_load_n(&l->__data.__writers, __ATOMIC_RELAXED);
	if (sn_likely(!(readers & 2 && readers >> 3) && !(writers & INT32_MAX)))
		return;
	uint32_t slot = sn_held_find(self, lock);
	sn_progress_passed(self, lock, slot != UINT32_MAX ? self->held[slot].stack : 0);
}

/* Not cold: all writers come here. */
static __attribute__((noinline)) int unlock_otherwise(pthread_rwlock_t *l, struct sn_site site)
{
	struct sn_self *self = sn_self_get(site.cfa);
	if (sn_likely(self)) {
		uint32_t lock = find_known(self, l);
		if (sn_likely(lock))
			note_pass(self, l, lock);
		if (sn_unlikely(!lock || !sn_release(self, lock)))
			unlock_unheld(self, l, site);
	}
	return sn_real(pthread_rwlock_unlock)(l);
}

SN_EXPORT int pthread_rwlock_unlock(pthread_rwlock_t *l)
{
	struct sn_site site = SN_SITE;
	struct sn_self *self = sn_self_tls;
	if (sn_unlikely(!self || self->state != SN_SELF_READY || !sn_fast_reads ||
			!sn_rwlock_has_tag(l) || l->__data.__cur_writer ||
			l->__data.__readers & SN_RWLOCK_FLAGS))
		return unlock_otherwise(l, site);
	uint32_t lock = sn_tag_lock(self, *sn_rwlock_tag(l), l);
	if (sn_unlikely(!lock || !sn_held_pop_newest(self, lock)))
		return unlock_otherwise(l, site);
	if (sn_unlikely(!count_reader(l, -SN_RWLOCK_READER, __ATOMIC_RELEASE)))
		return sn_real(pthread_rwlock_unlock)(l);
	return 0;
}

SN_EXPORT int pthread_rwlock_init(pthread_rwlock_t *l, const pthread_rwlockattr_t *attributes)
{
	struct sn_site site = SN_SITE;
	struct sn_self *self = sn_self_get(site.cfa);
	if (self)
		sn_misuse_init(self, l, SN_LOCK_RWLOCK, find_known(self, l), site);
	int result = sn_real(pthread_rwlock_init)(l, attributes);
	if (self && !result) {
		int saved = errno;
		identify(self, l, SN_LOCK_INIT_SEEN, 1, site);
		errno = saved;
	}
	return result;
}

SN_EXPORT int pthread_rwlock_destroy(pthread_rwlock_t *l)
{
	struct sn_site site = SN_SITE;
	struct sn_self *self = sn_self_get(site.cfa);
	uint32_t lock = self ? find_known(self, l) : 0;
	uint64_t *tag = sn_rwlock_has_tag(l) ? sn_rwlock_tag(l) : NULL;
	if (self && !lock)
		sn_wrong_unknown(self, l, SN_LOCK_RWLOCK, tag, site);
	if (lock) {
		int saved = errno;
		/* glibc lets it go whoever holds it. */
		if (is_locked(l) && sn_destroying(self, lock, site))
			sn_forget_holders(lock);
		sn_identity_end(self, l, lock, tag);
		if (tag)
			sn_misuse_destroyed(self, l, SN_LOCK_RWLOCK, tag, site);
		errno = saved;
	}
	return sn_real(pthread_rwlock_destroy)(l);
}
