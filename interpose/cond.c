/* SPDX-License-Identifier: Apache-2.0
 *
 * Condition waits, as far as locks are concerned: the mutex is given up inside the call and taken
 * again before it returns, also when the thread is cancelled there.  Signals are not interposed.
 * Binaries are bound to one of two generations (GLIBC_2.2.5, GLIBC_2.3.2) with different layouts;
 * each wrapper calls its own. */
#include "interpose/cond.h"
#include "interpose/real.h"

static uint32_t cond_of(struct sn_self *self, void *c, struct sn_site site)
{
	uint32_t cond = sn_identity_find(self, c);
	if (cond)
		return cond;
	return sn_identity_object(self, c, SN_LOCK_COND, 0, sn_trace(self, site.ra, site.cfa), 0);
}

void sn_cond_begin(struct sn_cond_wait *w, void *cond, pthread_mutex_t *m, uint32_t mode,
		   struct sn_site site)
{
	int saved = errno;
	w->self = sn_self_get(site.cfa);
	if (w->self) {
		struct sn_self *self = w->self;
		uint32_t object = cond_of(self, cond, site);
		w->mutex = m;
		w->site = site;
		w->lock = sn_mutex_leave(self, m, site);
		sn_wait_begin(self, &w->outer, SN_WAIT_COND, object, mode,
			      sn_trace(self, site.ra, site.cfa));
	}
	errno = saved;
}

void sn_cond_end(struct sn_cond_wait *w)
{
	struct sn_self *self = w->self;
	if (!self)
		return;
	w->self = NULL;
	int saved = errno;
	sn_wait_end(&w->outer);
	sn_mutex_come_back(self, w->mutex, w->lock, w->site);
	errno = saved;
}

typedef int plain_call(pthread_cond_t *, pthread_mutex_t *);
typedef int timed_call(pthread_cond_t *, pthread_mutex_t *, const struct timespec *);

static int wait_with(pthread_cond_t *c, pthread_mutex_t *m, plain_call *call, struct sn_site site)
{
	SN_COND_WAIT(w);
	sn_cond_begin(&w, c, m, 0, site);
	return call(c, m);
}

static int timed_with(pthread_cond_t *c, pthread_mutex_t *m, const struct timespec *limit,
		      timed_call *call, struct sn_site site)
{
	SN_COND_WAIT(w);
	sn_cond_begin(&w, c, m, SN_MODE_TIMED, site);
	return call(c, m, limit);
}

#define RESOLVED(call) (sn_real_table.call ? (void)0 : sn_real_resolve(), sn_real_table.call)

/* Exported under pthread's names and versions, by the directives below. */
int sn_cond_wait_new(pthread_cond_t *, pthread_mutex_t *);
int sn_cond_timedwait_new(pthread_cond_t *, pthread_mutex_t *, const struct timespec *);
int sn_cond_wait_old(pthread_cond_t *, pthread_mutex_t *);
int sn_cond_timedwait_old(pthread_cond_t *, pthread_mutex_t *, const struct timespec *);

SN_EXPORT int sn_cond_wait_new(pthread_cond_t *c, pthread_mutex_t *m)
{
	return wait_with(c, m, RESOLVED(cond_wait), SN_SITE);
}

SN_EXPORT int sn_cond_timedwait_new(pthread_cond_t *c, pthread_mutex_t *m,
				    const struct timespec *limit)
{
	return timed_with(c, m, limit, RESOLVED(cond_timedwait), SN_SITE);
}

SN_EXPORT int sn_cond_wait_old(pthread_cond_t *c, pthread_mutex_t *m)
{
	return wait_with(c, m, RESOLVED(cond_wait_old), SN_SITE);
}

SN_EXPORT int sn_cond_timedwait_old(pthread_cond_t *c, pthread_mutex_t *m,
				    const struct timespec *limit)
{
	return timed_with(c, m, limit, RESOLVED(cond_timedwait_old), SN_SITE);
}

__asm__(".symver sn_cond_wait_new, pthread_cond_wait@@GLIBC_2.3.2");
__asm__(".symver sn_cond_timedwait_new, pthread_cond_timedwait@@GLIBC_2.3.2");
__asm__(".symver sn_cond_wait_old, pthread_cond_wait@GLIBC_2.2.5");
__asm__(".symver sn_cond_timedwait_old, pthread_cond_timedwait@GLIBC_2.2.5");

SN_EXPORT int pthread_cond_clockwait(pthread_cond_t *c, pthread_mutex_t *m, clockid_t clock,
				     const struct timespec *limit)
{
	SN_COND_WAIT(w);
	sn_cond_begin(&w, c, m, SN_MODE_TIMED, SN_SITE);
	return sn_real(pthread_cond_clockwait)(c, m, clock, limit);
}
