/* SPDX-License-Identifier: Apache-2.0
 *
 * Channels that tick.  Whoever waits on one that may still tick is woken by time; on one that has
 * fired, or was stopped, the wait is as any other. */
#include "interpose/channel.h"

static uint64_t next_number(void)
{
	static uint64_t numbers;
	return __atomic_add_fetch(&numbers, 1, __ATOMIC_RELAXED);
}

static void set(struct sn_sync_rec *sync)
{
	__atomic_store_n(&sync->deadline_ns, next_number(), __ATOMIC_RELEASE);
}

void sn_channel_timer_over(struct sn_sync_rec *sync, uint64_t armed)
{
	if (!(sync->flags & SN_SYNC_PERIODIC))
		__atomic_compare_exchange_n(&sync->deadline_ns, &armed, 0, 0, __ATOMIC_ACQ_REL,
					    __ATOMIC_RELAXED);
}

static struct snarl_channel *made(struct snarl_channel *timer, uint32_t flags, struct sn_site site)
{
	struct sn_self *self = timer ? sn_self_get(site.cfa) : NULL;
	struct sn_sync_rec *sync = sn_channel_made(self, timer, SN_LOCK_CHANNEL, site);
	if (sync) {
		sync->flags |= flags;
		set(sync);
	}
	return timer;
}

SN_EXPORT struct snarl_channel *snarl_after(int64_t nanoseconds)
{
	return made(sn_channel_real(snarl_after)(nanoseconds), 0, SN_SITE);
}

SN_EXPORT struct snarl_channel *snarl_ticker_new(int64_t period)
{
	return made(sn_channel_real(snarl_ticker_new)(period), SN_SYNC_PERIODIC, SN_SITE);
}

static struct sn_sync_rec *known(struct snarl_channel *timer, struct sn_site site)
{
	struct sn_self *self = timer ? sn_self_get(site.cfa) : NULL;
	return sn_channel_object(self, timer, SN_LOCK_CHANNEL, site);
}

SN_EXPORT int snarl_timer_stop(struct snarl_channel *timer)
{
	struct sn_sync_rec *sync = known(timer, SN_SITE);
	uint64_t armed = sync ? sync->deadline_ns : 0;
	int result = sn_channel_real(snarl_timer_stop)(timer);
	if (armed && result != -EINVAL)
		__atomic_compare_exchange_n(&sync->deadline_ns, &armed, 0, 0, __ATOMIC_ACQ_REL,
					    __ATOMIC_RELAXED);
	return result;
}

/* Set before it happens: who is woken by it finds it so. */
SN_EXPORT int snarl_timer_reset(struct snarl_channel *timer, int64_t first, int64_t period)
{
	struct sn_sync_rec *sync = known(timer, SN_SITE);
	if (sync && period > 0)
		__atomic_fetch_or(&sync->flags, SN_SYNC_PERIODIC, __ATOMIC_RELAXED);
	else if (sync)
		__atomic_fetch_and(&sync->flags, ~SN_SYNC_PERIODIC, __ATOMIC_RELAXED);
	if (sync)
		set(sync);
	return sn_channel_real(snarl_timer_reset)(timer, first, period);
}
