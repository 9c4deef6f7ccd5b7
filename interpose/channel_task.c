/* SPDX-License-Identifier: Apache-2.0
 *
 * Tasks' handles: spawn, join, detach.  A handle's state leads to the task's record
 * (channel_run.c); to join a task is to join that thread, in the wait-for graph as in the order of
 * events. */
#include "interpose/channel.h"
#include "graph/registry.h"
#include "interpose/self.h"

static void *run(void *record)
{
	uint32_t task = (uint32_t)(uintptr_t)record;
	const struct sn_thread_rec *t = sn_rec_thread(&sn_shim.recorder, task);
	void *(*function)(void *) = (void *(*)(void *))(uintptr_t)t->task_function;
	void *argument = (void *)(uintptr_t)t->task_argument;
	SN_TASK(task);
	return function(argument);
}

/* The handle leads to the task's record. */
static void lead_to(struct sn_self *self, struct snarl_task *handle, uint32_t task, uint32_t serial,
		    struct sn_site site)
{
	struct sn_sync_rec *sync = sn_channel_made(self, handle, SN_LOCK_TASK, site);
	if (!sync) {
		sn_task_unneeded(self, task, serial);
		return;
	}
	sync->arrived = 1;
	sync->count = task;
	sync->first_round = serial;
}

static struct snarl_task *spawn(struct sn_self *self, uint32_t task, const char *name,
				struct snarl_context *context, struct sn_site site)
{
	struct sn_thread_rec *t = sn_rec_thread(&sn_shim.recorder, task);
	uint32_t serial = t->serial;
	t->flags |= SN_THREAD_HANDLE;
	sn_task_starts(task);
	struct snarl_task *handle =
		sn_channel_real(snarl_task_spawn)(name, run, (void *)(uintptr_t)task, context);
	int saved = errno;
	if (handle) {
		sn_task_spawned(self, task);
		lead_to(self, handle, task, serial, site);
	} else {
		sn_task_withdraw(self, task);
		sn_task_drop(self, task);
	}
	errno = saved;
	return handle;
}

SN_EXPORT struct snarl_task *snarl_task_spawn(const char *name, void *(*function)(void *argument),
					      void *argument, struct snarl_context *context)
{
	struct sn_site site = SN_SITE;
	struct sn_self *self = function ? sn_self_get(site.cfa) : NULL;
	uint32_t task =
		self ? sn_task_new(self, name, (void *)(uintptr_t)function, argument, context, site)
		     : 0;
	if (!task)
		return sn_channel_real(snarl_task_spawn)(name, function, argument, context);
	return spawn(self, task, name, context, site);
}

static struct sn_sync_rec *known(struct sn_self *self, struct snarl_task *handle)
{
	struct sn_sync_rec *sync = self && handle ? sn_channel_known(self, handle) : NULL;
	return sync && self->locks[sync->object].type == SN_LOCK_TASK ? sync : NULL;
}

/* A join of a handle. */
struct join {
	struct sn_self *self; /* NULL: unseen */
	struct sn_site site;
	uint32_t task; /* 0: not known */
	uint32_t serial;
	struct sn_wait_scope outer;
};

static void join_begin(struct join *j, struct snarl_task *handle, struct sn_site site)
{
	j->site = site;
	j->self = sn_self_get(site.cfa);
	const struct sn_sync_rec *sync = known(j->self, handle);
	if (!sync || sn_rec_thread(&sn_shim.recorder, sync->count)->serial != sync->first_round)
		return;
	j->task = sync->count;
	j->serial = sync->first_round;
}

static void join_wait(struct join *j, uint32_t mode)
{
	if (j->task)
		sn_wait_begin(j->self, &j->outer, SN_WAIT_JOIN, j->task, mode,
			      sn_trace(j->self, j->site.ra, j->site.cfa));
}

static void joined(const struct join *j)
{
	struct sn_self *self = j->self;
	struct sn_thread_rec *t = sn_rec_thread(&sn_shim.recorder, j->task);
	uint32_t epoch = sn_self_tick(self), stack = sn_trace(self, j->site.ra, j->site.cfa);
	sn_busy_begin(self, (uintptr_t)__builtin_frame_address(0));
	if (!sn_lock_take(&sn_shim.lock)) {
		if (t->serial == j->serial && t->state == SN_THREAD_ENDED) {
			t->joiner = self->thread;
			t->joiner_epoch = epoch;
			t->joined_stack = stack;
			t->joined_serial = self->rec->serial;
			__atomic_store_n(&t->state, SN_THREAD_JOINED, __ATOMIC_RELEASE);
		}
		sn_lock_give(&sn_shim.lock);
	}
	sn_busy_end(self);
	sn_task_unneeded(self, j->task, j->serial);
}

static void join_left(struct join *j)
{
	if (j->outer.self)
		j->self->rec->wait_context = 0;
	sn_wait_end(&j->outer);
}

static void join_end(struct join *j, int result)
{
	int saved = errno;
	join_left(j);
	if (j->task && !result)
		joined(j);
	else if (j->self && result == -EDEADLK)
		sn_told_edeadlk(j->self, 0, 0, j->site);
	errno = saved;
}

#define JOIN(name) struct join name __attribute__((cleanup(join_left))) = {.self = NULL}

#define FORM(form, PARAMETERS, LIMITED, MODE, FIRST)                                               \
	SN_EXPORT int form PARAMETERS                                                              \
	{                                                                                          \
		JOIN(j);                                                                           \
		join_begin(&j, task, SN_SITE);                                                     \
		int e = FIRST;                                                                     \
		if (!e)                                                                            \
			e = sn_channel_real(snarl_task_try_join)(task, result);                    \
		if (e == -EAGAIN) {                                                                \
			join_wait(&j, MODE);                                                       \
			e = sn_channel_real(form) LIMITED;                                         \
		}                                                                                  \
		join_end(&j, e);                                                                   \
		return e;                                                                          \
	}

#define JOINED struct snarl_task *task, void **result

FORM(snarl_task_join, (JOINED), (task, result), 0, 0)
FORM(snarl_task_join_until, (JOINED, int64_t deadline), (task, result, deadline),
     sn_channel_until(deadline), 0)
FORM(snarl_task_join_with, (JOINED, struct snarl_context *context), (task, result, context),
     sn_channel_with(j.self, context), sn_channel_real(snarl_context_error)(context))

SN_EXPORT int snarl_task_try_join(struct snarl_task *task, void **result)
{
	JOIN(j);
	join_begin(&j, task, SN_SITE);
	int e = sn_channel_real(snarl_task_try_join)(task, result);
	join_end(&j, e);
	return e;
}

/* Before the real calls, after which the handle may be another task's. */
static void give_up(struct sn_self *self, struct snarl_task *handle)
{
	struct sn_sync_rec *sync = known(self, handle);
	if (sync && __atomic_fetch_sub(&sync->arrived, 1, __ATOMIC_ACQ_REL) == 1)
		sn_task_unneeded(self, sync->count, sync->first_round);
}

SN_EXPORT struct snarl_task *snarl_task_retain(struct snarl_task *task)
{
	struct sn_self *self = task ? sn_self_get(SN_CALLER_CFA) : NULL;
	struct sn_sync_rec *sync = known(self, task);
	if (sync)
		__atomic_fetch_add(&sync->arrived, 1, __ATOMIC_RELAXED);
	return sn_channel_real(snarl_task_retain)(task);
}

SN_EXPORT void snarl_task_release(struct snarl_task *task)
{
	struct sn_self *self = task ? sn_self_get(SN_CALLER_CFA) : NULL;
	int saved = errno;
	give_up(self, task);
	errno = saved;
	sn_channel_real(snarl_task_release)(task);
}

/* When it succeeds the caller's reference is gone, and perhaps the handle with it. */
SN_EXPORT int snarl_task_detach(struct snarl_task *task)
{
	struct sn_self *self = task ? sn_self_get(SN_CALLER_CFA) : NULL;
	struct sn_sync_rec *sync = known(self, task);
	uint32_t record = sync ? sync->count : 0, serial = sync ? sync->first_round : 0;
	int result = sn_channel_real(snarl_task_detach)(task);
	if (record && !result)
		sn_task_unneeded(self, record, serial);
	return result;
}
