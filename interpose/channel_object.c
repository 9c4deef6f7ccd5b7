/* SPDX-License-Identifier: Apache-2.0
 *
 * Objects of libsnarl-channel, and waits for them; see channel.h. */
#include "interpose/channel.h"
#include "interpose/misuse.h"

/* What stands for every NULL channel: it has no address of its own. */
static char null_channel;

/* Called for handles that are not known as the library's; memory that served as something else
 * before has been used anew. */
static struct sn_sync_rec *make(struct sn_self *self, void *handle, uint32_t type, uint32_t flags,
				int fresh, struct sn_site site)
{
	int saved = errno;
	struct sn_sync_rec *sync = sn_sync_make(self, handle, type, flags, fresh, site);
	errno = saved;
	return sync;
}

struct sn_sync_rec *sn_channel_met(struct sn_self *self, void *handle, uint32_t type,
				   struct sn_site site)
{
	if (handle)
		return make(self, handle, type, 0, 0, site);
	if (type != SN_LOCK_CHANNEL)
		return NULL;
	return make(self, &null_channel, SN_LOCK_NULL_CHANNEL, 0, 0, site);
}

struct sn_sync_rec *sn_channel_born(struct sn_self *self, void *handle, uint32_t type,
				    struct sn_site site)
{
	struct sn_sync_rec *sync =
		handle ? make(self, handle, type, SN_LOCK_INIT_SEEN, 1, site) : NULL;
	if (!sync)
		return NULL;
	sync->count = 1;
	sn_channel_holds(sync, self->thread, 0);
	return sync;
}

struct sn_sync_rec *sn_channel_made(struct sn_self *self, void *handle, uint32_t type,
				    struct sn_site site)
{
	return self ? sn_channel_born(self, handle, type, site) : NULL;
}

int sn_channel_wait_begin(struct sn_channel_wait *w, struct sn_self *self, struct sn_sync_rec *sync,
			  enum sn_wait kind, uint32_t mode, struct sn_site site)
{
	w->self = self;
	sn_channel_holds(sync, self->thread, 0);
	sn_wait_publish(self, &w->outer, kind, sync->object, mode,
			sn_trace(self, site.ra, site.cfa));
	return !(mode & SN_MODE_TIMED) && sn_wait_is_last(self);
}

void sn_channel_wait_end(struct sn_channel_wait *w)
{
	if (!w->self)
		return;
	int saved = errno;
	w->self->rec->wait_context = 0;
	w->self = NULL;
	sn_wait_end(&w->outer);
	errno = saved;
}
