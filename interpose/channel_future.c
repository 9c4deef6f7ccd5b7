/* SPDX-License-Identifier: Apache-2.0
 *
 * Promises and futures.  A future that the library made of others is met when it is waited for. */
#include "interpose/channel.h"

static inline struct sn_sync_rec *use(struct sn_self *self, struct snarl_future *f,
				      struct sn_site site)
{
	struct sn_sync_rec *sync = f ? sn_channel_object(self, f, SN_LOCK_FUTURE, site) : NULL;
	if (sync)
		sn_channel_used(self, sync, &sync->unheard, site);
	return sync;
}

/* An older future may have been there. */
SN_EXPORT struct snarl_promise *snarl_promise_new(void (*destroy)(void *value))
{
	struct sn_site site = SN_SITE;
	struct sn_self *self = sn_self_get(site.cfa);
	struct snarl_promise *p = sn_channel_real(snarl_promise_new)(destroy);
	int saved = errno;
	struct snarl_future *f = self && p ? sn_channel_real(snarl_promise_future)(p) : NULL;
	if (f) {
		sn_channel_made(self, f, SN_LOCK_FUTURE, site);
		sn_channel_real(snarl_future_release)(f);
	}
	errno = saved;
	return p;
}

/* Noted before it happens. */
static void settling(struct snarl_promise *p, struct sn_site site)
{
	struct sn_self *self = p ? sn_self_get(site.cfa) : NULL;
	struct snarl_future *f = self ? sn_channel_real(snarl_promise_future)(p) : NULL;
	struct sn_sync_rec *sync = f ? sn_channel_object(self, f, SN_LOCK_FUTURE, site) : NULL;
	if (sync)
		sn_channel_used(self, sync, &sync->heard, site);
	if (f)
		sn_channel_real(snarl_future_release)(f);
}

SN_EXPORT int snarl_promise_fulfil(struct snarl_promise *p, void *value)
{
	settling(p, SN_SITE);
	return sn_channel_real(snarl_promise_fulfil)(p, value);
}

SN_EXPORT int snarl_promise_fail(struct snarl_promise *p, int error)
{
	settling(p, SN_SITE);
	return sn_channel_real(snarl_promise_fail)(p, error);
}

SN_CHANNEL_FORMS(snarl_future_get, snarl_future_try_get, snarl_future_get_until,
		 snarl_future_get_with, (struct snarl_future * f, void **value), (f, value),
		 use(self, f, site), SN_WAIT_OBJECT,
		 sn_channel_real(snarl_future_is_settled)(f) == 0, (void)0)

static int run(void *record, void **value)
{
	uint32_t task = (uint32_t)(uintptr_t)record;
	const struct sn_thread_rec *t = sn_rec_thread(&sn_shim.recorder, task);
	int (*function)(void *, void **) = (int (*)(void *, void **))(uintptr_t)t->task_function;
	void *argument = (void *)(uintptr_t)t->task_argument;
	SN_TASK(task);
	return function(argument, value);
}

SN_EXPORT struct snarl_future *snarl_future_spawn(const char *name,
						  int (*function)(void *argument, void **value),
						  void *argument, struct snarl_context *context,
						  void (*destroy)(void *value))
{
	struct sn_site site = SN_SITE;
	struct sn_self *self = function ? sn_self_get(site.cfa) : NULL;
	uint32_t task =
		self ? sn_task_new(self, name, (void *)(uintptr_t)function, argument, context, site)
		     : 0;
	if (!task)
		return sn_channel_real(snarl_future_spawn)(name, function, argument, context,
							   destroy);
	sn_task_starts(task);
	struct snarl_future *f = sn_channel_real(snarl_future_spawn)(
		name, run, (void *)(uintptr_t)task, context, destroy);
	sn_channel_made(self, f, SN_LOCK_FUTURE, site);
	int saved = errno;
	if (f) {
		sn_task_spawned(self, task);
	} else {
		sn_task_withdraw(self, task);
		sn_task_drop(self, task);
	}
	errno = saved;
	return f;
}
