/* SPDX-License-Identifier: Apache-2.0
 *
 * Semaphores, unnamed and named.  What can be taken at once is taken without a word: a post and a
 * wait that meet a value cost a look at it.  A wait is published when the value is 0.
 *
 * Wakeups are not counted as pending here, unlike those of conditions: a post goes to whoever takes
 * the value first, often to a thread that never slept, and a count that is too high would hide a
 * deadlock for ever.  It is not needed either: until the value is taken a judge of knots sees it in
 * the semaphore, and whoever has taken it runs, which the kernel tells.  So a post that we do not
 * see at all (of a handler that interrupted our own work, of another process) makes no false
 * deadlock: its value, or the thread that has it, is seen all the same. */
#include <fcntl.h>
#include <semaphore.h>
#include <stdarg.h>
#include "interpose/evidence.h"
#include "interpose/bytes.h"
#include "interpose/api_error.h"
#include "interpose/deadline.h"
#include "interpose/real.h"

struct semaphore_wait {
	struct sn_self *self; /* NULL: unseen */
	struct sn_sync_rec *sync;
	struct sn_wait_scope outer;
};

static void wait_end(struct semaphore_wait *w)
{
	if (!w->self)
		return;
	w->self = NULL;
	sn_wait_end(&w->outer);
	sn_sync_leave(w->sync, 0);
}

/* Ends with the block, also when the thread is cancelled in the wait. */
#define SEMAPHORE_WAIT(name)                                                                       \
	struct semaphore_wait name __attribute__((cleanup(wait_end))) = {.self = NULL}

/* limit NULL: none. */
static void wait_begin(struct semaphore_wait *w, sem_t *s, clockid_t clock,
		       const struct timespec *limit, struct sn_site site)
{
	int saved = errno;
	struct sn_self *self = sn_self_get(site.cfa);
	w->sync = self ? sn_sync_of(self, s, SN_LOCK_SEMAPHORE, site) : NULL;
	if (w->sync) {
		uint32_t stack = sn_trace(self, site.ra, site.cfa), object = w->sync->object;
		uint32_t mode = limit ? sn_deadline_mode(self, object, clock, limit, site) : 0;
		w->self = self;
		sn_sync_enter(w->sync);
		sn_wait_begin_cancellable(self, &w->outer, SN_WAIT_SEMAPHORE, object, mode, stack);
	}
	errno = saved;
}

/* Whether it is a semaphore at all. */
static inline void look(const sem_t *s, struct sn_site site)
{
	if (sn_unlikely(sn_bytes_no_semaphore(s)))
		sn_bytes_tell(s, SN_LOCK_SEMAPHORE, site);
}

/* glibc keeps the value in the first word. */
static inline int has_value(const sem_t *s)
{
	return __atomic_load_n((const uint32_t *)s, __ATOMIC_RELAXED) != 0;
}

static inline int take(sem_t *s)
{
	int saved = errno;
	if (sn_likely(sn_real(sem_trywait)(s) == 0))
		return 1;
	errno = saved;
	return 0;
}

SN_EXPORT int sem_wait(sem_t *s)
{
	struct sn_site site = SN_SITE;
	/* As glibc does before it looks at the value. */
	pthread_testcancel();
	look(s, site);
	if (sn_likely(has_value(s)) && take(s))
		return 0;
	SEMAPHORE_WAIT(w);
	wait_begin(&w, s, 0, NULL, site);
	return sn_real(sem_wait)(s);
}

/* It never blocks, and whose the value is nobody knows afterwards: nothing to note. */
SN_EXPORT int sem_trywait(sem_t *s)
{
	look(s, SN_SITE);
	return sn_real(sem_trywait)(s);
}

/* A timed wait is nobody's deadlock, so it does no harm when one that found a value sleeps unseen
 * after all. */
SN_EXPORT int sem_timedwait(sem_t *s, const struct timespec *limit)
{
	struct sn_site site = SN_SITE;
	SEMAPHORE_WAIT(w);
	look(s, site);
	if (!has_value(s))
		wait_begin(&w, s, CLOCK_REALTIME, limit, site);
	int result = sn_real(sem_timedwait)(s, limit);
	if (sn_unlikely(result))
		sn_api_error(sn_self_get(site.cfa), 0, errno, site);
	return result;
}

SN_EXPORT int sem_clockwait(sem_t *s, clockid_t clock, const struct timespec *limit)
{
	struct sn_site site = SN_SITE;
	SEMAPHORE_WAIT(w);
	look(s, site);
	if (!has_value(s))
		wait_begin(&w, s, clock, limit, site);
	int result = sn_real(sem_clockwait)(s, clock, limit);
	if (sn_unlikely(result))
		sn_api_error(sn_self_get(site.cfa), 0, errno, site);
	return result;
}

/* Whether the thread is among those that are known to have posted. */
static inline int is_waker(const struct sn_sync_rec *sync, uint32_t serial)
{
	for (int i = 0; i < SN_WAKERS; i++)
		if (sync->waker_serial[i] == serial)
			return 1;
	return (sync->flags & SN_SYNC_MANY_WAKERS) != 0;
}

/* Before the real post: once that is done the semaphore may be gone. */
static inline void posting(struct sn_self *self, sem_t *s, struct sn_site site)
{
	struct sn_sync_rec *sync = sn_sync_of(self, s, SN_LOCK_SEMAPHORE, site);
	if (!sync)
		return;
	sn_evidence_shared(self);
	if (sn_unlikely(sn_sync_has_sleepers(sync)))
		sn_sync_signalled(self, sync, &sync->heard, 0, sn_trace(self, site.ra, site.cfa));
	else if (sn_unlikely(!is_waker(sync, self->rec->serial)))
		sn_sync_signalled(self, sync, &sync->unheard, 0, sn_trace(self, site.ra, site.cfa));
}

SN_EXPORT int sem_post(sem_t *s)
{
	struct sn_site site = SN_SITE;
	struct sn_self *self = sn_self_get(site.cfa);
	look(s, site);
	if (sn_likely(self)) {
		int saved = errno;
		posting(self, s, site);
		errno = saved;
	}
	int result = sn_real(sem_post)(s);
	if (sn_unlikely(result))
		sn_api_error(self, 0, errno, site);
	return result;
}

SN_EXPORT int sem_init(sem_t *s, int shared, unsigned int value)
{
	struct sn_site site = SN_SITE;
	struct sn_self *self = sn_self_get(site.cfa);
	if (self)
		sn_misuse_init(self, s, SN_LOCK_SEMAPHORE, 0, site);
	int result = sn_real(sem_init)(s, shared, value);
	int saved = errno;
	if (self && !result) {
		uint32_t flags = SN_LOCK_INIT_SEEN | (shared ? SN_LOCK_PSHARED : 0);
		struct sn_sync_rec *sync = sn_sync_make(self, s, SN_LOCK_SEMAPHORE, flags, 1, site);
		if (sync)
			sync->count = value;
	}
	errno = saved;
	if (result)
		sn_api_error(self, 0, errno, site);
	return result;
}

static void forget(struct sn_self *self, sem_t *s)
{
	int saved = errno;
	struct sn_sync_rec *sync = sn_sync_known(self, s, SN_LOCK_SEMAPHORE);
	if (sync)
		sn_sync_gone(self, s, sync);
	errno = saved;
}

SN_EXPORT int sem_destroy(sem_t *s)
{
	struct sn_site site = SN_SITE;
	struct sn_self *self = sn_self_get(site.cfa);
	look(s, site);
	if (self) {
		sn_misuse_destroy(self, s, SN_LOCK_SEMAPHORE, site);
		forget(self, s);
	}
	return sn_real(sem_destroy)(s);
}

/* One name opened twice is one address; what is known of it stays. */
SN_EXPORT sem_t *sem_open(const char *name, int flags, ...)
{
	struct sn_site site = SN_SITE;
	struct sn_self *self = sn_self_get(site.cfa);
	mode_t mode = 0;
	unsigned int value = 0;
	if (flags & O_CREAT) {
		va_list more;
		va_start(more, flags);
		mode = va_arg(more, mode_t);
		value = va_arg(more, unsigned int);
		va_end(more);
	}
	sem_t *s = sn_real(sem_open)(name, flags, mode, value);
	int saved = errno;
	if (self && s != SEM_FAILED)
		sn_sync_make(self, s, SN_LOCK_SEMAPHORE, SN_LOCK_PSHARED | SN_LOCK_INIT_SEEN, 0,
			     site);
	errno = saved;
	return s;
}

/* The address may serve something else from now on; where the name is still open in this process
 * the semaphore is met again at its next use. */
SN_EXPORT int sem_close(sem_t *s)
{
	struct sn_self *self = sn_self_get(SN_CALLER_CFA);
	if (self)
		forget(self, s);
	return sn_real(sem_close)(s);
}
