/* SPDX-License-Identifier: Apache-2.0
 *
 * Signals, broadcasts, and the life of a condition variable.  A signal that nobody hears costs
 * little and is common: it is noted in the object's state, without a lock.  Like the waits, each
 * wrapper calls the generation that its caller was bound to. */
#include "interpose/cond.h"
#include "interpose/lost.h"
#include "interpose/progress.h"
#include "interpose/real.h"

void sn_cond_signalling(struct sn_self *self, void *cond, uint32_t flags, struct sn_site site)
{
	struct sn_sync_rec *sync = sn_sync_of(self, cond, SN_LOCK_COND, site);
	if (!sync)
		return;
	uint32_t stack = sn_trace(self, site.ra, site.cfa);
	if (sn_unlikely(sn_sync_has_sleepers(sync)))
		sn_lost_heard(self, sync, flags, stack);
	else
		sn_lost_unheard(self, sync, flags, stack);
}

static inline int signal_with(pthread_cond_t *c, uint32_t flags, int (*call)(pthread_cond_t *),
			      struct sn_site site)
{
	struct sn_self *self = sn_self_get(site.cfa);
	if (sn_likely(self)) {
		int saved = errno;
		sn_cond_signalling(self, c, flags, site);
		errno = saved;
	}
	return call(c);
}

void sn_cond_born(struct sn_self *self, void *cond, int shared, struct sn_site site)
{
	int saved = errno;
	sn_sync_make(self, cond, SN_LOCK_COND, SN_LOCK_INIT_SEEN | (shared ? SN_LOCK_PSHARED : 0),
		     1, site);
	errno = saved;
}

void sn_cond_dies(struct sn_self *self, void *cond, struct sn_wait_scope *outer,
		  struct sn_site site)
{
	int saved = errno;
	struct sn_sync_rec *sync = sn_sync_known(self, cond, SN_LOCK_COND);
	if (sync)
		sn_progress_cond_gone(self, sync);
	uint32_t waited = sn_misuse_destroy(self, cond, SN_LOCK_COND, site);
	if (sync)
		sn_sync_gone(self, cond, sync);
	if (waited)
		sn_wait_begin(self, outer, SN_WAIT_COND, waited, SN_MODE_DESTROY,
			      sn_trace(self, site.ra, site.cfa));
	errno = saved;
}

static int is_shared(const pthread_condattr_t *attributes)
{
	int shared = PTHREAD_PROCESS_PRIVATE;
	if (attributes)
		pthread_condattr_getpshared(attributes, &shared);
	return shared == PTHREAD_PROCESS_SHARED;
}

static int init_with(pthread_cond_t *c, const pthread_condattr_t *attributes,
		     int (*call)(pthread_cond_t *, const pthread_condattr_t *), struct sn_site site)
{
	struct sn_self *self = sn_self_get(site.cfa);
	if (self)
		sn_misuse_init(self, c, SN_LOCK_COND, 0, site);
	int result = call(c, attributes);
	if (self && !result)
		sn_cond_born(self, c, is_shared(attributes), site);
	return result;
}

static int destroy_with(pthread_cond_t *c, int (*call)(pthread_cond_t *), struct sn_site site)
{
	SN_WAIT_SCOPE(outer);
	struct sn_self *self = sn_self_get(site.cfa);
	if (self)
		sn_cond_dies(self, c, &outer, site);
	return call(c);
}

#define RESOLVED(call) (sn_real_table.call ? (void)0 : sn_real_resolve(), sn_real_table.call)

/* Exported under pthread's names and versions, by the directives below. */
int sn_cond_signal_new(pthread_cond_t *);
int sn_cond_signal_old(pthread_cond_t *);
int sn_cond_broadcast_new(pthread_cond_t *);
int sn_cond_broadcast_old(pthread_cond_t *);
int sn_cond_init_new(pthread_cond_t *, const pthread_condattr_t *);
int sn_cond_init_old(pthread_cond_t *, const pthread_condattr_t *);
int sn_cond_destroy_new(pthread_cond_t *);
int sn_cond_destroy_old(pthread_cond_t *);

SN_EXPORT int sn_cond_signal_new(pthread_cond_t *c)
{
	sn_cond_look(c, SN_SITE);
	return signal_with(c, 0, RESOLVED(cond_signal), SN_SITE);
}

SN_EXPORT int sn_cond_signal_old(pthread_cond_t *c)
{
	return signal_with(c, 0, RESOLVED(cond_signal_old), SN_SITE);
}

SN_EXPORT int sn_cond_broadcast_new(pthread_cond_t *c)
{
	sn_cond_look(c, SN_SITE);
	return signal_with(c, SN_SIGNAL_BROADCAST, RESOLVED(cond_broadcast), SN_SITE);
}

SN_EXPORT int sn_cond_broadcast_old(pthread_cond_t *c)
{
	return signal_with(c, SN_SIGNAL_BROADCAST, RESOLVED(cond_broadcast_old), SN_SITE);
}

SN_EXPORT int sn_cond_init_new(pthread_cond_t *c, const pthread_condattr_t *attributes)
{
	return init_with(c, attributes, RESOLVED(cond_init), SN_SITE);
}

SN_EXPORT int sn_cond_init_old(pthread_cond_t *c, const pthread_condattr_t *attributes)
{
	return init_with(c, attributes, RESOLVED(cond_init_old), SN_SITE);
}

SN_EXPORT int sn_cond_destroy_new(pthread_cond_t *c)
{
	sn_cond_look(c, SN_SITE);
	return destroy_with(c, RESOLVED(cond_destroy), SN_SITE);
}

SN_EXPORT int sn_cond_destroy_old(pthread_cond_t *c)
{
	return destroy_with(c, RESOLVED(cond_destroy_old), SN_SITE);
}

#define VERSIONS(call)                                                                             \
	__asm__(".symver sn_cond_" #call "_new, pthread_cond_" #call "@@GLIBC_2.3.2");             \
	__asm__(".symver sn_cond_" #call "_old, pthread_cond_" #call "@GLIBC_2.2.5")

VERSIONS(signal);
VERSIONS(broadcast);
VERSIONS(init);
VERSIONS(destroy);
