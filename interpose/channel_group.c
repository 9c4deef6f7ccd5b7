/* SPDX-License-Identifier: Apache-2.0
 *
 * Wait groups and error groups. */
#include "interpose/channel.h"

SN_EXPORT struct snarl_wait_group *snarl_wait_group_new(void)
{
	struct sn_site site = SN_SITE;
	struct sn_self *self = sn_self_get(site.cfa);
	struct snarl_wait_group *g = sn_channel_real(snarl_wait_group_new)();
	sn_channel_made(self, g, SN_LOCK_WAIT_GROUP, site);
	return g;
}

SN_CHANNEL_COUNTED(wait_group, SN_LOCK_WAIT_GROUP)

/* The state of an object, whose use of this way is noted. */
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

/* The call may be the last that the group lives to see. */
static inline int add(struct snarl_wait_group *g, int64_t delta, struct sn_site site)
{
	struct sn_self *self = sn_self_get(site.cfa);
	struct sn_sync_rec *sync = self ? use(self, g, SN_LOCK_WAIT_GROUP, delta < 0, site) : NULL;
	/* Before the call: whoever waits for it may end the process at once. */
	if (self && delta < 0 && !(self->rec->flags & SN_THREAD_DONE))
		__atomic_fetch_or(&self->rec->flags, SN_THREAD_DONE, __ATOMIC_RELAXED);
	int result = sn_channel_real(snarl_wait_group_add)(g, delta);
	if (sn_unlikely(result == -EINVAL))
		sn_channel_below_zero(self, sync, delta, site);
	return result;
}

SN_EXPORT int snarl_wait_group_add(struct snarl_wait_group *g, int64_t delta)
{
	return add(g, delta, SN_SITE);
}

SN_EXPORT int snarl_wait_group_done(struct snarl_wait_group *g)
{
	return add(g, -1, SN_SITE);
}

SN_CHANNEL_FORMS(snarl_wait_group_wait, snarl_wait_group_try_wait, snarl_wait_group_wait_until,
		 snarl_wait_group_wait_with, (struct snarl_wait_group * g), (g),
		 use(self, g, SN_LOCK_WAIT_GROUP, 0, site), SN_WAIT_OBJECT, 1, (void)0)

SN_EXPORT struct snarl_error_group *snarl_error_group_new(struct snarl_context *parent,
							  unsigned limit)
{
	struct sn_site site = SN_SITE;
	struct sn_self *self = sn_self_get(site.cfa);
	struct snarl_error_group *g = sn_channel_real(snarl_error_group_new)(parent, limit);
	if (g && self)
		sn_channel_seen(self, sn_channel_real(snarl_error_group_context)(g), site);
	sn_channel_made(self, g, SN_LOCK_ERROR_GROUP, site);
	return g;
}

/* A result of the group's tasks may be -EAGAIN too. */
SN_CHANNEL_FORMS(snarl_error_group_wait, snarl_error_group_try_wait, snarl_error_group_wait_until,
		 snarl_error_group_wait_with, (struct snarl_error_group * g), (g),
		 use(self, g, SN_LOCK_ERROR_GROUP, 0, site), SN_WAIT_OBJECT,
		 sn_channel_real(snarl_error_group_error)(g) != -EAGAIN, (void)0)

static int run_job(void *record)
{
	uint32_t task = (uint32_t)(uintptr_t)record;
	const struct sn_thread_rec *t = sn_rec_thread(&sn_shim.recorder, task);
	int (*function)(void *) = (int (*)(void *))(uintptr_t)t->task_function;
	void *argument = (void *)(uintptr_t)t->task_argument;
	SN_TASK(task);
	return function(argument);
}

struct go {
	struct snarl_error_group *group;
	const char *name;
	int (*function)(void *);
	void *argument;
	uint32_t task; /* 0: it runs unseen */
};

static void prepare(struct go *g, struct sn_self *self, struct sn_site site)
{
	struct snarl_context *context =
		g->group ? sn_channel_real(snarl_error_group_context)(g->group) : NULL;
	if (!self || !g->function || !g->group)
		return;
	g->task = sn_task_new(self, g->name, (void *)(uintptr_t)g->function, g->argument, context,
			      site);
	if (!g->task)
		return;
	g->function = run_job;
	g->argument = (void *)(uintptr_t)g->task;
}

static void went(struct go *g, struct sn_self *self, int result)
{
	if (g->task && !result)
		sn_task_spawned(self, g->task);
	else if (g->task)
		sn_task_drop(self, g->task);
}

/* Tries; where there is no room the task is none yet, and the wait is published. */
static int try(struct go *g, struct sn_self *self)
{
	if (g->task)
		sn_task_starts(g->task);
	int result = sn_channel_real(snarl_error_group_try_go)(g->group, g->name, g->function,
							       g->argument);
	if (g->task && result)
		sn_task_withdraw(self, g->task);
	return result;
}

static int waits(struct sn_channel_wait *w, const struct go *g, struct sn_self *self, uint32_t mode,
		 struct sn_site site)
{
	struct sn_sync_rec *sync = use(self, g->group, SN_LOCK_ERROR_GROUP, 0, site);
	return sync && sn_channel_wait_begin(w, self, sync, SN_WAIT_OBJECT, mode, site);
}

#define JOB                                                                                        \
	struct snarl_error_group *group, const char *name, int (*function)(void *), void *argument

/* JOB_NOW is what runs: the function, or ours that calls it. */
#define JOB_NOW group, g.name, g.function, g.argument

#define GO(form, PARAMETERS, LIMITED, MODE, FIRST)                                                 \
	SN_EXPORT int form PARAMETERS                                                              \
	{                                                                                          \
		struct sn_site site = SN_SITE;                                                     \
		struct sn_self *self = sn_self_get(site.cfa);                                      \
		struct go g = {group, name, function, argument, 0};                                \
		SN_CHANNEL_WAIT(w);                                                                \
		prepare(&g, self, site);                                                           \
		int result = FIRST;                                                                \
		if (!result)                                                                       \
			result = try(&g, self);                                                    \
		if (result == -EAGAIN && g.task && waits(&w, &g, self, MODE, site)) {              \
			result = try(&g, self);                                                    \
			if (result == -EAGAIN)                                                     \
				sn_wait_look(self);                                                \
		}                                                                                  \
		if (result == -EAGAIN)                                                             \
			result = sn_channel_real(form) LIMITED;                                    \
		went(&g, self, result);                                                            \
		return result;                                                                     \
	}

GO(snarl_error_group_go, (JOB), (JOB_NOW), 0, 0)
GO(snarl_error_group_go_until, (JOB, int64_t deadline), (JOB_NOW, deadline),
   sn_channel_until(deadline), 0)
GO(snarl_error_group_go_with, (JOB, struct snarl_context *context), (JOB_NOW, context),
   sn_channel_with(self, context), sn_channel_real(snarl_context_error)(context))

SN_EXPORT int snarl_error_group_try_go(struct snarl_error_group *group, const char *name,
				       int (*function)(void *), void *argument)
{
	struct sn_site site = SN_SITE;
	struct sn_self *self = sn_self_get(site.cfa);
	struct go g = {group, name, function, argument, 0};
	prepare(&g, self, site);
	int result = try(&g, self);
	went(&g, self, result);
	return result;
}
