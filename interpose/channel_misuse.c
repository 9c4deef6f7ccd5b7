/* SPDX-License-Identifier: Apache-2.0
 *
 * Uses of channels and wait groups that are errors in themselves, told by what the call returned.
 */
#include "interpose/channel.h"
#include "interpose/misuse.h"
#include "interpose/thread.h"

/* Where the channel had been closed, if that was seen. */
static void add_close(struct sn_finding *f, const struct sn_sync_rec *sync,
		      const struct sn_signal *closed)
{
	if (closed->stack)
		sn_misuse_part(f, SN_ROLE_CLOSED, sn_thread_of(closed->serial), sync->object,
			       closed->stack);
}

static void tell(struct sn_self *self, const struct sn_sync_rec *sync, enum sn_kind kind,
		 const struct sn_signal *closed, struct sn_site site)
{
	struct sn_finding f;
	sn_finding_start(&f, kind, SN_CONFIRMED, SN_WHY_CLOSED_BEFORE);
	sn_misuse_part(&f, SN_ROLE_CALLED, self->thread, sync->object,
		       sn_trace(self, site.ra, site.cfa));
	add_close(&f, sync, closed);
	sn_report_finding(self, &f);
}

void sn_channel_sent_on_closed(struct sn_self *self, struct sn_sync_rec *sync, struct sn_site site)
{
	if (sync)
		tell(self, sync, SN_KIND_SEND_ON_CLOSED, &sync->stray, site);
}

void sn_channel_closed_twice(struct sn_self *self, struct sn_sync_rec *sync, struct sn_site site)
{
	if (sync)
		tell(self, sync, SN_KIND_DOUBLE_CLOSE, &sync->stray, site);
}

void sn_channel_below_zero(struct sn_self *self, struct sn_sync_rec *sync, int64_t delta,
			   struct sn_site site)
{
	struct sn_finding f;
	if (!sync || delta >= 0)
		return;
	sn_finding_start(&f, SN_KIND_API_ERROR, SN_CONFIRMED, SN_WHY_BELOW_ZERO);
	sn_misuse_part(&f, SN_ROLE_CALLED, self->thread, sync->object,
		       sn_trace(self, site.ra, site.cfa));
	f.parts[0].number = EINVAL;
	sn_report_finding(self, &f);
}
