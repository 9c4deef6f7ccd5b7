/* SPDX-License-Identifier: Apache-2.0
 *
 * Channels: made, shared, closed, sent on and received from. */
#include "interpose/channel.h"

SN_EXPORT struct snarl_channel *snarl_channel_new(size_t element_size, size_t capacity)
{
	struct sn_site site = SN_SITE;
	struct sn_self *self = sn_self_get(site.cfa);
	struct snarl_channel *c = sn_channel_real(snarl_channel_new)(element_size, capacity);
	sn_channel_made(self, c, SN_LOCK_CHANNEL, site);
	return c;
}

SN_CHANNEL_COUNTED(channel, SN_LOCK_CHANNEL)

/* Noted before it happens: a sender that it wakes finds it. */
SN_EXPORT int snarl_channel_close(struct snarl_channel *c)
{
	struct sn_site site = SN_SITE;
	struct sn_self *self = c ? sn_self_get(site.cfa) : NULL;
	struct sn_sync_rec *sync = sn_channel_object(self, c, SN_LOCK_CHANNEL, site);
	struct sn_signal none = {0}, *to = sync && !sync->stray.stack ? &sync->stray : &none;
	if (sync)
		sn_channel_used(self, sync, to, site);
	int result = sn_channel_real(snarl_channel_close)(c);
	if (self && sn_unlikely(result == -EALREADY))
		sn_channel_closed_twice(self, sync, site);
	return result;
}

static inline struct sn_sync_rec *use(struct sn_self *self, struct snarl_channel *c, int sends,
				      struct sn_site site)
{
	struct sn_sync_rec *sync = sn_channel_object(self, c, SN_LOCK_CHANNEL, site);
	if (sn_unlikely(!sync))
		return NULL;
	sn_channel_used(self, sync, sends ? &sync->heard : &sync->unheard, site);
	sn_channel_keeps(self, sync);
	return sync;
}

static inline void sent(struct sn_self *self, struct sn_sync_rec *sync, int result,
			struct sn_site site)
{
	if (sn_unlikely(result == -EPIPE))
		sn_channel_sent_on_closed(self, sync, site);
}

static inline void received(struct sn_sync_rec *sync, int result, uint64_t armed)
{
	if (sn_unlikely(armed && !result))
		sn_channel_timer_over(sync, armed);
}

SN_CHANNEL_FORMS(snarl_send, snarl_try_send, snarl_send_until, snarl_send_with,
		 (struct snarl_channel * c, const void *value), (c, value), use(self, c, 1, site),
		 SN_WAIT_SEND, 1, sent(self, sync, result, site))

SN_CHANNEL_FORMS(snarl_receive, snarl_try_receive, snarl_receive_until, snarl_receive_with,
		 (struct snarl_channel * c, void *value), (c, value), use(self, c, 0, site),
		 SN_WAIT_RECEIVE, 1, received(sync, result, armed))
