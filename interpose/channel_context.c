/* SPDX-License-Identifier: Apache-2.0
 *
 * Contexts.  A context and its done channel are one object.  Its state says when it was cancelled
 * and when it will end by itself; its parent's says the rest (detect/orphans.c puts them together).
 * Their records are not given back: a task may live on in a context that the program has let go. */
#include "interpose/channel.h"
#include "graph/registry.h"

static uint64_t deadline_of(struct snarl_context *context)
{
	int64_t deadline = sn_channel_real(snarl_context_deadline)(context);
	return deadline == SNARL_FOREVER ? 0 : deadline > 0 ? (uint64_t)deadline : 1;
}

/* The done channel is found under the same record from now on. */
static void bind_done(struct sn_self *self, struct snarl_context *context, uint32_t lock)
{
	struct snarl_channel *done = sn_channel_real(snarl_context_done)(context);
	uint32_t state = self->state;
	if (!done)
		return;
	sn_busy_begin(self, (uintptr_t)__builtin_frame_address(0));
	if (!sn_lock_take(&sn_shim.lock)) {
		sn_registry_object_set(&sn_shim.recorder, (uintptr_t)done, lock);
		sn_lock_give(&sn_shim.lock);
	}
	self->state = state;
}

static void born(struct sn_self *self, struct snarl_context *context, struct snarl_context *parent,
		 struct sn_site site)
{
	int saved = errno;
	struct sn_sync_rec *sync = sn_channel_born(self, context, SN_LOCK_CONTEXT, site);
	if (sync) {
		uint32_t up = sn_channel_context(self, parent);
		sync->deadline_ns = deadline_of(context);
		sync->parent = up == SN_CONTEXT_UNKNOWN ? 0 : up;
		if (up == SN_CONTEXT_UNKNOWN)
			sn_channel_shared(sync);
		bind_done(self, context, sync->object);
	}
	errno = saved;
}

/* `source`: the context that it ends with. */
static struct snarl_context *made(struct snarl_context *context, struct snarl_context *source,
				  struct sn_site site)
{
	struct sn_self *self = context ? sn_self_get(site.cfa) : NULL;
	if (self)
		born(self, context, source, site);
	return context;
}

SN_EXPORT struct snarl_context *snarl_context_with_cancel(struct snarl_context *parent)
{
	return made(sn_channel_real(snarl_context_with_cancel)(parent), parent, SN_SITE);
}

/* The library's thread for deadlines is made with the first of them. */
static void may_make_alarm(struct sn_self *self, int may)
{
	if (self)
		self->spawning = may ? SN_SPAWNING_ALARM : 0;
}

SN_EXPORT struct snarl_context *snarl_context_with_deadline(struct snarl_context *parent,
							    int64_t deadline)
{
	struct sn_site site = SN_SITE;
	struct sn_self *self = sn_self_get(site.cfa);
	may_make_alarm(self, 1);
	struct snarl_context *context =
		sn_channel_real(snarl_context_with_deadline)(parent, deadline);
	may_make_alarm(self, 0);
	return made(context, parent, site);
}

SN_EXPORT struct snarl_context *snarl_context_with_timeout(struct snarl_context *parent,
							   int64_t nanoseconds)
{
	struct sn_site site = SN_SITE;
	struct sn_self *self = sn_self_get(site.cfa);
	may_make_alarm(self, 1);
	struct snarl_context *context =
		sn_channel_real(snarl_context_with_timeout)(parent, nanoseconds);
	may_make_alarm(self, 0);
	return made(context, parent, site);
}

SN_EXPORT struct snarl_context *snarl_context_with_value(struct snarl_context *parent,
							 const void *key, void *value,
							 void (*destroy)(void *value))
{
	return made(sn_channel_real(snarl_context_with_value)(parent, key, value, destroy), parent,
		    SN_SITE);
}

SN_EXPORT struct snarl_context *snarl_context_without_cancel(struct snarl_context *parent)
{
	return made(sn_channel_real(snarl_context_without_cancel)(parent), NULL, SN_SITE);
}

SN_CHANNEL_COUNTED(context, SN_LOCK_CONTEXT)

/* Noted before it happens: whoever it wakes finds it. */
static void cancelling(struct snarl_context *context, struct sn_site site)
{
	struct sn_self *self = context ? sn_self_get(site.cfa) : NULL;
	struct sn_sync_rec *sync = sn_channel_object(self, context, SN_LOCK_CONTEXT, site);
	int saved = errno;
	if (sync && !sync->ended_ns) {
		sn_channel_used(self, sync, &sync->stray, site);
		sync->ended_ns = sn_now();
	}
	errno = saved;
}

SN_EXPORT int snarl_context_cancel(struct snarl_context *context)
{
	cancelling(context, SN_SITE);
	return sn_channel_real(snarl_context_cancel)(context);
}

SN_EXPORT int snarl_context_cancel_with(struct snarl_context *context, int cause)
{
	cancelling(context, SN_SITE);
	return sn_channel_real(snarl_context_cancel_with)(context, cause);
}

/* A context that the library made itself, of which it is not known who may end it. */
static void met(struct sn_self *self, struct snarl_context *context, struct sn_site site)
{
	born(self, context, NULL, site);
	struct sn_sync_rec *sync = sn_channel_known(self, context);
	if (sync)
		sn_channel_shared(sync);
}

/* Nobody has a reference to what is known there, and yet it lives: either the calling task's own is
 * kept by the library, or the library has made another one of the same memory. */
void sn_channel_seen(struct sn_self *self, struct snarl_context *context, struct sn_site site)
{
	const struct sn_sync_rec *sync = self && context ? sn_channel_known(self, context) : NULL;
	if (sync && !sync->count && sync->object != self->rec->context)
		met(self, context, site);
}

SN_EXPORT struct snarl_context *snarl_task_context(void)
{
	struct sn_site site = SN_SITE;
	struct snarl_context *context = sn_channel_real(snarl_task_context)();
	sn_channel_seen(context ? sn_self_get(site.cfa) : NULL, context, site);
	return context;
}

SN_EXPORT struct snarl_context *snarl_shutdown_context(struct snarl_shutdown *shutdown)
{
	struct sn_site site = SN_SITE;
	struct snarl_context *context = sn_channel_real(snarl_shutdown_context)(shutdown);
	sn_channel_seen(context ? sn_self_get(site.cfa) : NULL, context, site);
	return context;
}

SN_EXPORT struct snarl_channel *snarl_context_done(struct snarl_context *context)
{
	struct sn_site site = SN_SITE;
	struct sn_self *self = context ? sn_self_get(site.cfa) : NULL;
	struct snarl_channel *done = sn_channel_real(snarl_context_done)(context);
	if (self && done && !sn_channel_known(self, context))
		met(self, context, site);
	return done;
}
