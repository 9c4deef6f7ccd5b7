/* SPDX-License-Identifier: Apache-2.0
 *
 * Mutexes.  The wrappers of lock and unlock hold glibc's own fast path inlined for private,
 * non-robust, non-PI mutexes of the four plain types: the same loads and stores on the same fields
 * (layout.c tests it), so that tracking is paid for by the call that is saved.  Everything else
 * goes through the real functions: first the call that cannot block, and only if that fails the
 * wait is published. */
#include "interpose/mutex.h"
#include <linux/futex.h>
#include <sys/single_threaded.h>
#include "interpose/api_error.h"
#include "interpose/deadline.h"
#include "interpose/hold.h"
#include "interpose/progress.h"
#include "interpose/real.h"

unsigned sn_fast_kinds;

static SN_COLD uint32_t identify(struct sn_self *self, pthread_mutex_t *m, struct sn_site site)
{
	int kind = sn_mutex_kind(m);
	uint32_t stack = sn_trace(self, site.ra, site.cfa);
	if (sn_mutex_has_tag(kind))
		return sn_identity_tag(self, m, sn_mutex_type(kind), sn_mutex_flags(kind), stack,
				       sn_mutex_tag(m));
	return sn_identity_object(self, m, sn_mutex_type(kind), sn_mutex_flags(kind), stack, 0);
}

static inline uint32_t find_known(struct sn_self *self, pthread_mutex_t *m)
{
	if (sn_likely(sn_mutex_has_tag(sn_mutex_kind(m))))
		return sn_tag_lock(self, *sn_mutex_tag(m), m);
	return sn_identity_find(self, m);
}

uint32_t sn_mutex_lock_of(struct sn_self *self, pthread_mutex_t *m, struct sn_site site)
{
	uint32_t lock = find_known(self, m);
	return sn_likely(lock) ? lock : identify(self, m, site);
}

static inline uint64_t *hint_of(pthread_mutex_t *m)
{
	return sn_mutex_has_tag(sn_mutex_kind(m)) ? sn_mutex_hint(m) : NULL;
}

/* Taking again what the thread already owns: no event for a recursive mutex, an error of the
 * call for an error-checking one. */
static inline int is_again(const struct sn_self *self, const pthread_mutex_t *m, int kind)
{
	int type = kind & SN_MUTEX_TYPE;
	return (type == PTHREAD_MUTEX_RECURSIVE_NP || type == PTHREAD_MUTEX_ERRORCHECK_NP) &&
	       (sn_mutex_owner(m) & 0x3fffffff) == self->tid;
}

static int got_it(int result)
{
	return result == 0 || result == EOWNERDEAD;
}

static void note_acquired(struct sn_self *self, pthread_mutex_t *m, uint32_t mode,
			  struct sn_site site)
{
	int saved = errno;
	uint32_t lock = sn_mutex_lock_of(self, m, site);
	if (lock)
		sn_acquired(self, lock, mode, hint_of(m), site);
	errno = saved;
}

/* The owner that the mutex names. A robust or PI mutex's word also bears flags. */
static uint32_t owner_tid(const pthread_mutex_t *m)
{
	return sn_mutex_owner(m) & 0x3fffffff;
}

typedef int sn_lock_call(pthread_mutex_t *m, int clock, const struct timespec *limit);

static int call_lock(pthread_mutex_t *m, int clock, const struct timespec *limit)
{
	(void)clock;
	(void)limit;
	return sn_real(pthread_mutex_lock)(m);
}

/* As call_lock, but a process that nobody watches looks after a while who holds it. A mutex that
 * lends priorities is left to the plain call. */
static int call_watched(struct sn_self *self, pthread_mutex_t *m)
{
	const int special = SN_MUTEX_ROBUST | SN_MUTEX_PI | SN_MUTEX_PROTECT;
	struct timespec until;
	if (!(sn_mutex_kind(m) & special) && sn_real_table.pthread_mutex_clocklock &&
	    sn_hold_until(&until)) {
		int result = sn_real_table.pthread_mutex_clocklock(m, CLOCK_MONOTONIC, &until);
		if (result != ETIMEDOUT)
			return result;
		sn_hold_look(self);
	}
	return sn_real(pthread_mutex_lock)(m);
}

static int call_timed(pthread_mutex_t *m, int clock, const struct timespec *limit)
{
	return clock < 0 ? sn_real(pthread_mutex_timedlock)(m, limit)
			 : sn_real(pthread_mutex_clocklock)(m, clock, limit);
}

/* The mutex is taken: publish the wait, then block in the real call. */
static SN_COLD int lock_blocking(struct sn_self *self, pthread_mutex_t *m, uint32_t mode,
				 sn_lock_call *call, int clock, const struct timespec *limit,
				 struct sn_site site)
{
	SN_WAIT_SCOPE(outer);
	uint32_t lock = sn_mutex_lock_of(self, m, site);
	if (!lock)
		return call(m, clock, limit);
	if (mode & SN_MODE_TIMED)
		mode ^= SN_MODE_TIMED ^ sn_deadline_mode(self, lock,
							 clock < 0 ? CLOCK_REALTIME : clock, limit,
							 site);
	sn_blocking(self, &outer, lock, mode, owner_tid(m), site);
	int result = call == call_lock ? call_watched(self, m) : call(m, clock, limit);
	sn_wait_end(&outer);
	if (got_it(result))
		note_acquired(self, m, mode, site);
	else if (result == ETIMEDOUT)
		sn_progress_failed(self, lock, mode, site);
	else
		sn_api_error(self, lock, result, site);
	return result;
}

/* A recursive mutex whose count is full answers EAGAIN. */
static int told(struct sn_self *self, pthread_mutex_t *m, int result, struct sn_site site)
{
	if (sn_unlikely(result == EINVAL && sn_misuse_kind(sn_mutex_kind(m))))
		sn_misuse_bad_mutex(self, m, site);
	else if (sn_unlikely(result == EBUSY) && !find_known(self, m))
		identify(self, m, site);
	else if (sn_unlikely(result && result != EBUSY))
		sn_api_error(self, find_known(self, m), result, site);
	return result;
}

static int lock_by_calls(struct sn_self *self, pthread_mutex_t *m, uint32_t mode,
			 sn_lock_call *call, int clock, const struct timespec *limit,
			 struct sn_site site)
{
	if (is_again(self, m, sn_mutex_kind(m)))
		return told(self, m, call(m, clock, limit), site);
	int result = sn_real(pthread_mutex_trylock)(m);
	if (result == EBUSY)
		return lock_blocking(self, m, mode, call, clock, limit, site);
	if (got_it(result))
		note_acquired(self, m, mode, site);
	return told(self, m, result, site);
}

/* glibc's lock word: 0 free, 1 taken, 2 taken and perhaps waited for. */
static inline int take_word(pthread_mutex_t *m)
{
	int free_word = 0;
	if (__libc_single_threaded && m->__data.__lock == 0) {
		m->__data.__lock = 1;
		return 1;
	}
	return __atomic_compare_exchange_n(&m->__data.__lock, &free_word, 1, 0, __ATOMIC_ACQUIRE,
					   __ATOMIC_RELAXED);
}

static SN_COLD int lock_plain_slow(struct sn_self *self, pthread_mutex_t *m, struct sn_site site)
{
	if (sn_mutex_owner(m) == self->tid) {
		int type = sn_mutex_kind(m) & SN_MUTEX_TYPE;
		if (type == PTHREAD_MUTEX_RECURSIVE_NP || type == PTHREAD_MUTEX_ERRORCHECK_NP)
			return told(self, m, sn_real(pthread_mutex_lock)(m), site);
	}
	return lock_blocking(self, m, SN_MODE_WRITE, call_lock, 0, NULL, site);
}

int sn_mutex_lock(struct sn_self *self, pthread_mutex_t *m, struct sn_site site)
{
	return lock_by_calls(self, m, SN_MODE_WRITE, call_lock, 0, NULL, site);
}

static SN_COLD int lock_otherwise(pthread_mutex_t *m, struct sn_site site)
{
	struct sn_self *self = sn_self_get(site.cfa);
	return self ? sn_mutex_lock(self, m, site) : sn_real(pthread_mutex_lock)(m);
}

/* What is unlikely is called last and returns for us, so nothing is kept across a call and no
 * register need be saved. */
SN_EXPORT int pthread_mutex_lock(pthread_mutex_t *m)
{
	struct sn_site site = SN_SITE;
	struct sn_self *self = sn_self_tls;
	int kind = sn_mutex_kind(m);
	if (sn_unlikely(!self || self->state != SN_SELF_READY || (unsigned)kind >= sn_fast_kinds))
		return lock_otherwise(m, site);
	if (kind == PTHREAD_MUTEX_RECURSIVE_NP && sn_mutex_owner(m) == self->tid &&
	    m->__data.__count < UINT32_MAX) {
		m->__data.__count++;
		return 0;
	}
	uint64_t tag = sn_tag_known(self, *sn_mutex_tag(m), m), print = sn_print(tag, 0);
	uint32_t n = self->rec->held_count;
	uint32_t stack = tag ? sn_acquired_before(self, n, print, sn_mutex_hint(m), site) : 0;
	if (sn_unlikely(!stack))
		return lock_otherwise(m, site);
	if (sn_unlikely(!take_word(m)))
		return lock_plain_slow(self, m, site);
	m->__data.__owner = (int)self->tid;
	m->__data.__nusers++;
	if (kind == PTHREAD_MUTEX_RECURSIVE_NP)
		m->__data.__count = 1;
	sn_held_put(self, n, (uint32_t)tag, print, SN_MODE_WRITE, stack);
	return 0;
}

int sn_mutex_trylock(struct sn_self *self, pthread_mutex_t *m, struct sn_site site)
{
	int again = is_again(self, m, sn_mutex_kind(m));
	int result = sn_real(pthread_mutex_trylock)(m);
	if (got_it(result) && !again)
		note_acquired(self, m, SN_MODE_WRITE | SN_MODE_TRY, site);
	else if (result == EBUSY)
		sn_progress_failed(self, find_known(self, m), SN_MODE_TRY, site);
	return told(self, m, result, site);
}

static SN_COLD int try_otherwise(pthread_mutex_t *m, struct sn_site site)
{
	struct sn_self *self = sn_self_get(site.cfa);
	return self ? sn_mutex_trylock(self, m, site) : sn_real(pthread_mutex_trylock)(m);
}

SN_EXPORT int pthread_mutex_trylock(pthread_mutex_t *m)
{
	struct sn_site site = SN_SITE;
	struct sn_self *self = sn_self_tls;
	int kind = sn_mutex_kind(m);
	if (sn_unlikely(!self || self->state != SN_SELF_READY || (unsigned)kind >= sn_fast_kinds ||
			kind == PTHREAD_MUTEX_RECURSIVE_NP))
		return try_otherwise(m, site);
	uint64_t tag = sn_tag_known(self, *sn_mutex_tag(m), m), print = sn_print(tag, 0);
	uint32_t n = self->rec->held_count;
	uint32_t stack = tag ? sn_acquired_before(self, n, print, sn_mutex_hint(m), site) : 0;
	if (sn_unlikely(!stack || !take_word(m)))
		return try_otherwise(m, site);
	m->__data.__owner = (int)self->tid;
	m->__data.__nusers++;
	sn_held_put(self, n, (uint32_t)tag, print, SN_MODE_WRITE | SN_MODE_TRY, stack);
	return 0;
}

int sn_mutex_timedlock(struct sn_self *self, pthread_mutex_t *m, int clock,
		       const struct timespec *limit, struct sn_site site)
{
	return lock_by_calls(self, m, SN_MODE_WRITE | SN_MODE_TIMED, call_timed, clock, limit,
			     site);
}

SN_EXPORT int pthread_mutex_timedlock(pthread_mutex_t *m, const struct timespec *limit)
{
	struct sn_site site = SN_SITE;
	struct sn_self *self = sn_self_get(site.cfa);
	return self ? sn_mutex_timedlock(self, m, -1, limit, site)
		    : sn_real(pthread_mutex_timedlock)(m, limit);
}

SN_EXPORT int pthread_mutex_clocklock(pthread_mutex_t *m, clockid_t clock,
				      const struct timespec *limit)
{
	struct sn_site site = SN_SITE;
	struct sn_self *self = sn_self_get(site.cfa);
	/* glibc refuses other clocks before it looks at the mutex: so must we. */
	if (!self || (clock != CLOCK_REALTIME && clock != CLOCK_MONOTONIC)) {
		int result = sn_real(pthread_mutex_clocklock)(m, clock, limit);
		sn_api_error(self, 0, result, site);
		return result;
	}
	return sn_mutex_timedlock(self, m, clock, limit, site);
}

/* Whether a recursive mutex will still be held after this unlock. */
static inline int is_inner(const struct sn_self *self, const pthread_mutex_t *m, int kind)
{
	return (kind & SN_MUTEX_TYPE) == PTHREAD_MUTEX_RECURSIVE_NP && owner_tid(m) == self->tid &&
	       m->__data.__count > 1;
}

static SN_COLD void unlock_unheld(struct sn_self *self, pthread_mutex_t *m, struct sn_site site)
{
	int saved = errno, kind = sn_mutex_kind(m), type = kind & SN_MUTEX_TYPE;
	/* These types check the owner and return EPERM: a use that the standard allows. */
	int checked = type != PTHREAD_MUTEX_NORMAL && type != PTHREAD_MUTEX_ADAPTIVE_NP;
	if (!checked && !(kind & SN_MUTEX_ROBUST)) {
		uint32_t lock = sn_mutex_lock_of(self, m, site);
		if (lock)
			sn_unlock_unheld(self, lock, owner_tid(m), m->__data.__lock != 0, site);
	}
	errno = saved;
}

/* The error-checking and the robust mutex are there to be asked. */
static SN_COLD void unlock_refused(struct sn_self *self, pthread_mutex_t *m, int result,
				   struct sn_site site)
{
	int kind = sn_mutex_kind(m);
	if (sn_misuse_kind(kind))
		sn_misuse_bad_mutex(self, m, site);
	else if (result != EPERM || ((kind & SN_MUTEX_TYPE) == PTHREAD_MUTEX_RECURSIVE_NP &&
				     !(kind & SN_MUTEX_ROBUST)))
		sn_api_error(self, find_known(self, m), result, site);
}

/* The calling thread is about to give up the mutex: notes whether others wait for it. */
static void note_pass(struct sn_self *self, const pthread_mutex_t *m, uint32_t lock)
{
	uint32_t word = (uint32_t)__atomic_load_n(&m->__data.__lock, __ATOMIC_RELAXED);
	int by_owner = sn_mutex_kind(m) & (SN_MUTEX_ROBUST | SN_MUTEX_PI);
	if (sn_likely(by_owner ? !(word & FUTEX_WAITERS) : word < 2))
		return;
	uint32_t slot = sn_held_find(self, lock);
	sn_progress_passed(self, lock, slot != UINT32_MAX ? self->held[slot].stack : 0);
}

int sn_mutex_unlock(struct sn_self *self, pthread_mutex_t *m, struct sn_site site)
{
	if (!is_inner(self, m, sn_mutex_kind(m))) {
		uint32_t lock = find_known(self, m);
		if (lock)
			note_pass(self, m, lock);
		if (!lock || !sn_release(self, lock))
			unlock_unheld(self, m, site);
	}
	int result = sn_real(pthread_mutex_unlock)(m);
	if (sn_unlikely(result))
		unlock_refused(self, m, result, site);
	return result;
}

static SN_COLD int unlock_otherwise(pthread_mutex_t *m, struct sn_site site)
{
	struct sn_self *self = sn_self_get(site.cfa);
	return self ? sn_mutex_unlock(self, m, site) : sn_real(pthread_mutex_unlock)(m);
}

/* Somebody waits for the mutex, which has been given up, and may be gone: only its address is used,
 * as glibc does. `lock`: the newest that was held, and has just been taken out. */
static SN_COLD int wake(struct sn_self *self, const pthread_mutex_t *m, uint32_t lock)
{
	sn_progress_passed(self, lock, self->held[self->rec->held_count].stack);
	sn_sys(SYS_futex, &m->__data.__lock, FUTEX_WAKE_PRIVATE, 1);
	return 0;
}

/* The inner half of a recursive mutex's unlock; 0 where there is none. */
static inline int unlock_again(const struct sn_self *self, pthread_mutex_t *m)
{
	if (m->__data.__count == 1 || sn_mutex_owner(m) != self->tid)
		return 0;
	m->__data.__count--;
	return 1;
}

SN_EXPORT int pthread_mutex_unlock(pthread_mutex_t *m)
{
	struct sn_site site = SN_SITE;
	struct sn_self *self = sn_self_tls;
	int kind = sn_mutex_kind(m);
	if (sn_unlikely(!self || self->state != SN_SELF_READY || (unsigned)kind >= sn_fast_kinds))
		return unlock_otherwise(m, site);
	if (kind == PTHREAD_MUTEX_RECURSIVE_NP && unlock_again(self, m))
		return 0;
	uint32_t lock = sn_tag_lock(self, *sn_mutex_tag(m), m);
	if (sn_unlikely(!lock || sn_mutex_owner(m) != self->tid || !sn_held_pop_newest(self, lock)))
		return unlock_otherwise(m, site);
	if (kind == PTHREAD_MUTEX_RECURSIVE_NP)
		m->__data.__count = 0;
	m->__data.__owner = 0;
	m->__data.__nusers--;
	if (__libc_single_threaded)
		m->__data.__lock = 0;
	else if (sn_unlikely(__atomic_exchange_n(&m->__data.__lock, 0, __ATOMIC_RELEASE) > 1))
		return wake(self, m, lock);
	return 0;
}

void sn_mutex_born(struct sn_self *self, pthread_mutex_t *m, uint32_t flags, struct sn_site site)
{
	int kind = sn_mutex_kind(m);
	uint32_t stack = sn_trace(self, site.ra, site.cfa);
	flags |= sn_mutex_flags(kind) | SN_LOCK_INIT_SEEN;
	if (sn_mutex_has_tag(kind))
		sn_identity_tag(self, m, sn_mutex_type(kind), flags, stack, sn_mutex_tag(m));
	else
		sn_identity_object(self, m, sn_mutex_type(kind), flags, stack, 1);
}

void sn_mutex_dies(struct sn_self *self, pthread_mutex_t *m, struct sn_site site)
{
	uint32_t lock = find_known(self, m);
	if (!lock) {
		if (sn_misuse_kind(sn_mutex_kind(m)))
			sn_misuse_bad_mutex(self, m, site);
		return;
	}
	if (sn_unlikely(m->__data.__nusers != 0)) {
		/* glibc refuses (EBUSY): the mutex lives on, and so does what we know of it. */
		sn_destroying(self, lock, site);
		return;
	}
	uint64_t *tag = sn_mutex_has_tag(sn_mutex_kind(m)) ? sn_mutex_tag(m) : NULL;
	sn_identity_end(self, m, lock, tag);
	if (tag)
		sn_misuse_destroyed(self, m, SN_LOCK_MUTEX, tag, site);
}

SN_EXPORT int pthread_mutex_init(pthread_mutex_t *m, const pthread_mutexattr_t *attributes)
{
	struct sn_site site = SN_SITE;
	struct sn_self *self = sn_self_get(site.cfa);
	if (self)
		sn_misuse_init(self, m, SN_LOCK_MUTEX, sn_mutex_known(self, m), site);
	int result = sn_real(pthread_mutex_init)(m, attributes);
	if (self && !result) {
		int saved = errno;
		sn_mutex_born(self, m, 0, site);
		errno = saved;
	}
	return result;
}

SN_EXPORT int pthread_mutex_destroy(pthread_mutex_t *m)
{
	struct sn_site site = SN_SITE;
	struct sn_self *self = sn_self_get(site.cfa);
	if (self) {
		int saved = errno;
		sn_mutex_dies(self, m, site);
		errno = saved;
	}
	return sn_real(pthread_mutex_destroy)(m);
}

uint32_t sn_mutex_known(struct sn_self *self, pthread_mutex_t *m)
{
	return find_known(self, m);
}

/* Bits of the kind that together with these, or at all, make none that glibc knows. */
#define NO_KIND 12

/* A mutex whose owner died bears another mark until it is made consistent. */
static int is_inherited(const struct sn_self *self, const pthread_mutex_t *m, int kind)
{
	uint32_t word = (uint32_t)__atomic_load_n(&m->__data.__lock, __ATOMIC_RELAXED);
	return kind & SN_MUTEX_ROBUST && (word & FUTEX_TID_MASK) == self->tid;
}

int sn_mutex_refuses(const struct sn_self *self, const pthread_mutex_t *m)
{
	const int by_word = SN_MUTEX_ROBUST | SN_MUTEX_PI;
	int kind = sn_mutex_kind(m), type = kind & SN_MUTEX_TYPE;
	uint32_t word = (uint32_t)__atomic_load_n(&m->__data.__lock, __ATOMIC_RELAXED);
	if (kind & NO_KIND || (kind & SN_MUTEX_PROTECT && kind & by_word))
		return 1;
	if (type == PTHREAD_MUTEX_RECURSIVE_NP)
		return owner_tid(m) != self->tid && !is_inherited(self, m, kind);
	if (kind & by_word)
		return (word & FUTEX_TID_MASK) != self->tid;
	return type == PTHREAD_MUTEX_ERRORCHECK_NP && owner_tid(m) != self->tid;
}

uint32_t sn_mutex_leave(struct sn_self *self, pthread_mutex_t *m)
{
	uint32_t lock = find_known(self, m);
	if (!lock || is_inner(self, m, sn_mutex_kind(m)))
		return 0;
	note_pass(self, m, lock);
	return sn_release(self, lock) ? lock : 0;
}

void sn_mutex_come_back(struct sn_self *self, pthread_mutex_t *m, uint32_t lock, uint32_t woken,
			struct sn_site site)
{
	sn_acquired(self, lock, SN_MODE_WRITE, hint_of(m), site);
	/* Not part of the mode that orders are told apart by. */
	uint32_t slot = woken ? sn_held_find(self, lock) : UINT32_MAX;
	if (slot != UINT32_MAX)
		self->held[slot].mode |= woken;
}
