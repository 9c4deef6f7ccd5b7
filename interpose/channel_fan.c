/* SPDX-License-Identifier: Apache-2.0
 *
 * Channels that the library's own tasks send on and receive from: those that a program gives to a
 * fan, and those that a program is given.  Who may act on one of these cannot be counted. */
#include "interpose/channel.h"

static void share(struct sn_self *self, struct snarl_channel *c, struct sn_site site)
{
	struct sn_sync_rec *sync =
		self && c ? sn_channel_object(self, c, SN_LOCK_CHANNEL, site) : NULL;
	if (sync)
		sn_channel_shared(sync);
}

static void share_all(struct sn_self *self, struct snarl_channel *const *c, size_t count,
		      struct sn_site site)
{
	for (size_t i = 0; self && c && i < count; i++)
		share(self, c[i], site);
}

SN_EXPORT struct snarl_channel *snarl_fan_in(struct snarl_channel *const *sources, size_t count,
					     size_t capacity, struct snarl_context *context)
{
	struct sn_site site = SN_SITE;
	struct sn_self *self = sn_self_get(site.cfa);
	share_all(self, sources, count, site);
	struct snarl_channel *into =
		sn_channel_real(snarl_fan_in)(sources, count, capacity, context);
	int saved = errno;
	share(self, into, site);
	errno = saved;
	return into;
}

#define FAN(name)                                                                                  \
	SN_EXPORT int name(struct snarl_channel *source, struct snarl_channel *const *outputs,     \
			   size_t count, struct snarl_context *context)                            \
	{                                                                                          \
		struct sn_site site = SN_SITE;                                                     \
		struct sn_self *self = sn_self_get(site.cfa);                                      \
		share(self, source, site);                                                         \
		share_all(self, outputs, count, site);                                             \
		return sn_channel_real(name)(source, outputs, count, context);                     \
	}

FAN(snarl_fan_out)
FAN(snarl_fan_deal)
FAN(snarl_fan_copy)

SN_EXPORT struct snarl_channel *snarl_subscription_channel(struct snarl_subscription *s)
{
	struct sn_site site = SN_SITE;
	struct snarl_channel *c = sn_channel_real(snarl_subscription_channel)(s);
	share(c ? sn_self_get(site.cfa) : NULL, c, site);
	return c;
}
