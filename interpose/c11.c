/* SPDX-License-Identifier: Apache-2.0
 *
 * C11 threads.  glibc's mtx_t, cnd_t and thrd_t are its pthread objects under other names, but
 * their functions do not pass by pthread's symbols: they are interposed by name and told as the
 * same events. Results are mapped as glibc maps them. */
#include <threads.h>
#include "interpose/cond.h"
#include "interpose/ending.h"
#include "interpose/join.h"
#include "interpose/real.h"
#include "interpose/self.h"
#include "interpose/thread.h"

_Static_assert(sizeof(mtx_t) == sizeof(pthread_mutex_t), "mtx_t is a pthread mutex");

static pthread_mutex_t *of(mtx_t *m)
{
	return (pthread_mutex_t *)(void *)m;
}

static int c11(int error)
{
	switch (error) {
	case 0:
		return thrd_success;
	case ENOMEM:
		return thrd_nomem;
	case ETIMEDOUT:
		return thrd_timedout;
	case EBUSY:
		return thrd_busy;
	default:
		return thrd_error;
	}
}

SN_EXPORT int mtx_lock(mtx_t *m)
{
	struct sn_site site = SN_SITE;
	struct sn_self *self = sn_self_get(site.cfa);
	return self ? c11(sn_mutex_lock(self, of(m), site)) : sn_real(mtx_lock)(m);
}

SN_EXPORT int mtx_trylock(mtx_t *m)
{
	struct sn_site site = SN_SITE;
	struct sn_self *self = sn_self_get(site.cfa);
	return self ? c11(sn_mutex_trylock(self, of(m), site)) : sn_real(mtx_trylock)(m);
}

SN_EXPORT int mtx_timedlock(mtx_t *m, const struct timespec *limit)
{
	struct sn_site site = SN_SITE;
	struct sn_self *self = sn_self_get(site.cfa);
	return self ? c11(sn_mutex_timedlock(self, of(m), -1, limit, site))
		    : sn_real(mtx_timedlock)(m, limit);
}

SN_EXPORT int mtx_unlock(mtx_t *m)
{
	struct sn_site site = SN_SITE;
	struct sn_self *self = sn_self_get(site.cfa);
	return self ? c11(sn_mutex_unlock(self, of(m), site)) : sn_real(mtx_unlock)(m);
}

SN_EXPORT int mtx_init(mtx_t *m, int type)
{
	struct sn_site site = SN_SITE;
	struct sn_self *self = sn_self_get(site.cfa);
	if (self)
		sn_misuse_init(self, m, SN_LOCK_MUTEX, sn_mutex_known(self, of(m)), site);
	int result = sn_real(mtx_init)(m, type);
	if (self && result == thrd_success) {
		int saved = errno;
		sn_mutex_born(self, of(m), SN_LOCK_C11, site);
		errno = saved;
	}
	return result;
}

SN_EXPORT void mtx_destroy(mtx_t *m)
{
	struct sn_site site = SN_SITE;
	struct sn_self *self = sn_self_get(site.cfa);
	if (self) {
		int saved = errno;
		sn_mutex_dies(self, of(m), site);
		errno = saved;
	}
	sn_real(mtx_destroy)(m);
}

SN_EXPORT int cnd_wait(cnd_t *c, mtx_t *m)
{
	SN_COND_WAIT(w);
	sn_cond_look(c, SN_SITE);
	sn_cond_begin(&w, c, of(m), SN_SITE);
	return w.result = sn_real(cnd_wait)(c, m);
}

SN_EXPORT int cnd_timedwait(cnd_t *c, mtx_t *m, const struct timespec *limit)
{
	SN_COND_WAIT(w);
	sn_cond_look(c, SN_SITE);
	sn_cond_begin_timed(&w, c, of(m), CLOCK_REALTIME, limit, SN_SITE);
	return w.result = sn_real(cnd_timedwait)(c, m, limit);
}

static int signal_with(cnd_t *c, uint32_t flags, int (*call)(cnd_t *), struct sn_site site)
{
	struct sn_self *self = sn_self_get(site.cfa);
	sn_cond_look(c, site);
	if (self) {
		int saved = errno;
		sn_cond_signalling(self, c, flags, site);
		errno = saved;
	}
	return call(c);
}

SN_EXPORT int cnd_signal(cnd_t *c)
{
	return signal_with(c, 0, sn_real(cnd_signal), SN_SITE);
}

SN_EXPORT int cnd_broadcast(cnd_t *c)
{
	return signal_with(c, SN_SIGNAL_BROADCAST, sn_real(cnd_broadcast), SN_SITE);
}

SN_EXPORT int cnd_init(cnd_t *c)
{
	struct sn_site site = SN_SITE;
	struct sn_self *self = sn_self_get(site.cfa);
	if (self)
		sn_misuse_init(self, c, SN_LOCK_COND, 0, site);
	int result = sn_real(cnd_init)(c);
	if (self && result == thrd_success)
		sn_cond_born(self, c, 0, site);
	return result;
}

SN_EXPORT void cnd_destroy(cnd_t *c)
{
	struct sn_site site = SN_SITE;
	struct sn_self *self = sn_self_get(site.cfa);
	SN_WAIT_SCOPE(outer);
	sn_cond_look(c, site);
	if (self)
		sn_cond_dies(self, c, &outer, site);
	sn_real(cnd_destroy)(c);
}

static SN_COLD int run_to_end(struct sn_self *self)
{
	SN_ENDING_SCOPE;
	return self->start_c11(self->argument);
}

static int run(void *p)
{
	struct sn_self *self = p;
	sn_self_adopt(self);
	if (sn_unlikely(!sn_ending_by_key()))
		return run_to_end(self);
	return self->start_c11(self->argument);
}

SN_EXPORT int thrd_create(thrd_t *id, thrd_start_t routine, void *argument)
{
	struct sn_site site = SN_SITE;
	struct sn_self *self = sn_self_get(site.cfa);
	struct sn_self *child = self ? sn_thread_creating(self, sn_thread_is_detached(NULL),
							  (uint64_t)(uintptr_t)routine, site)
				     : NULL;
	if (!child) {
		sn_thread_unseen = 1;
		return sn_real(thrd_create)(id, routine, argument);
	}
	child->start_c11 = routine;
	child->argument = argument;
	child->stack_bytes = sn_thread_stack_bytes(NULL);
	uint32_t thread = child->thread, serial = child->rec->serial;
	int result = sn_real(thrd_create)(id, run, child);
	int saved = errno, failed = result != thrd_success;
	sn_thread_created(self, child, thread, failed,
			  failed ? 0 : sn_thread_id_of(thread, serial, id));
	errno = saved;
	return result;
}

SN_EXPORT int thrd_join(thrd_t id, int *value)
{
	SN_JOIN(j);
	sn_join_begin(&j, id, 0, SN_SITE);
	int result = sn_real(thrd_join)(id, value);
	int of_itself = j.self && j.target == j.self->thread;
	sn_join_end(&j, result == thrd_success ? 0 : of_itself ? EDEADLK : EINVAL);
	return result;
}

SN_EXPORT int thrd_detach(thrd_t id)
{
	SN_JOIN(j);
	sn_detach_begin(&j, id, SN_SITE);
	int result = sn_real(thrd_detach)(id);
	sn_detach_end(&j, result == thrd_success ? 0 : EINVAL);
	return result;
}
