/* SPDX-License-Identifier: Apache-2.0
 *
 * Weighted semaphores and rendezvous.  Who holds units of a semaphore nobody knows, as anybody may
 * give them back: like a POSIX semaphore it is judged when everybody sleeps. */
#include "interpose/channel.h"

static inline struct sn_sync_rec *use(struct sn_self *self, void *handle, uint32_t type, int gives,
				      struct sn_site site)
{
	struct sn_sync_rec *sync = handle ? sn_channel_object(self, handle, type, site) : NULL;
	if (!sync)
		return NULL;
	sn_channel_used(self, sync, gives ? &sync->heard : &sync->unheard, site);
	sn_channel_keeps(self, sync);
	return sync;
}

SN_EXPORT struct snarl_semaphore *snarl_semaphore_new(uint64_t capacity)
{
	struct sn_site site = SN_SITE;
	struct sn_self *self = sn_self_get(site.cfa);
	struct snarl_semaphore *s = sn_channel_real(snarl_semaphore_new)(capacity);
	sn_channel_made(self, s, SN_LOCK_WEIGHTED, site);
	return s;
}

SN_CHANNEL_COUNTED(semaphore, SN_LOCK_WEIGHTED)

SN_CHANNEL_FORMS(snarl_semaphore_acquire, snarl_semaphore_try_acquire,
		 snarl_semaphore_acquire_until, snarl_semaphore_acquire_with,
		 (struct snarl_semaphore * s, uint64_t amount), (s, amount),
		 use(self, s, SN_LOCK_WEIGHTED, 0, site), SN_WAIT_OBJECT, 1, (void)0)

SN_EXPORT int snarl_semaphore_give(struct snarl_semaphore *s, uint64_t amount)
{
	struct sn_site site = SN_SITE;
	struct sn_self *self = sn_self_get(site.cfa);
	struct sn_sync_rec *sync = self ? use(self, s, SN_LOCK_WEIGHTED, 1, site) : NULL;
	int result = sn_channel_real(snarl_semaphore_give)(s, amount);
	if (self && sn_unlikely(result == -EINVAL))
		sn_channel_below_zero(self, sync, -1, site);
	return result;
}

SN_EXPORT struct snarl_rendezvous *snarl_rendezvous_new(void)
{
	struct sn_site site = SN_SITE;
	struct sn_self *self = sn_self_get(site.cfa);
	struct snarl_rendezvous *r = sn_channel_real(snarl_rendezvous_new)();
	sn_channel_made(self, r, SN_LOCK_RENDEZVOUS, site);
	return r;
}

SN_CHANNEL_COUNTED(rendezvous, SN_LOCK_RENDEZVOUS)

SN_CHANNEL_FORMS(snarl_rendezvous_exchange, snarl_rendezvous_try_exchange,
		 snarl_rendezvous_exchange_until, snarl_rendezvous_exchange_with,
		 (struct snarl_rendezvous * r, void *mine, void **theirs), (r, mine, theirs),
		 use(self, r, SN_LOCK_RENDEZVOUS, 0, site), SN_WAIT_OBJECT, 1, (void)0)
