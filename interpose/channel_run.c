/* SPDX-License-Identifier: Apache-2.0
 *
 * Tasks as threads of the registry.  Every task has a record of its own, with its name, its spawner
 * and the stack of the spawn, whichever pooled thread runs it: what is known of threads (who made
 * and joined whom, what one holds and waits for, which are left at the end) then holds for tasks
 * with no further rule.  Between two tasks a pooled thread has a record of its own, marked IDLE:
 * only a spawn wakes it, so it is the cause of nothing, is not counted among the threads that live,
 * and is not told of. */
#include "interpose/channel.h"
#include <string.h>
#include "detect/detect.h"
#include "graph/registry.h"
#include "interpose/self.h"

/* A task's record is given back when the task is over and nobody may join it. Called with the
 * shim's lock held. */
static void free_if_done(uint32_t task)
{
	struct sn_thread_rec *t = sn_rec_thread(&sn_shim.recorder, task);
	if (!(t->flags & SN_THREAD_HANDLE) &&
	    (t->state == SN_THREAD_ENDED || t->state == SN_THREAD_JOINED))
		sn_registry_thread_free(&sn_shim.recorder, task);
}

uint32_t sn_task_new(struct sn_self *self, const char *name, void *function, void *argument,
		     struct snarl_context *context, struct sn_site site)
{
	int saved = errno;
	struct sn_sync_rec *c = context ? sn_channel_known(self, context) : NULL;
	if (c)
		sn_channel_keeps(self, c);
	uint32_t stack = sn_trace(self, site.ra, site.cfa), state = self->state;
	sn_busy_begin(self, (uintptr_t)__builtin_frame_address(0));
	uint32_t task = sn_thread_record();
	self->state = state;
	errno = saved;
	if (!task)
		return 0;
	struct sn_thread_rec *t = sn_rec_thread(&sn_shim.recorder, task);
	t->flags = SN_THREAD_DETACHED | SN_THREAD_TASK;
	t->start_routine = t->task_function = (uint64_t)(uintptr_t)function;
	t->task_argument = (uint64_t)(uintptr_t)argument;
	t->context = c ? c->object : 0;
	t->creator = self->thread;
	t->creator_epoch = self->rec->epoch;
	t->create_stack = stack;
	t->scope = self->rec->scope;
	strncpy(t->name, name ? name : "task", sizeof t->name - 1);
	sn_channel_given(self, argument, task);
	return task;
}

/* Whoever comes first, the spawner or the task. */
void sn_task_starts(uint32_t task)
{
	struct sn_thread_rec *t = sn_rec_thread(&sn_shim.recorder, task);
	uint32_t none = SN_THREAD_FREE;
	if (!t->created_ns)
		t->created_ns = sn_now();
	if (__atomic_compare_exchange_n(&t->state, &none, SN_THREAD_CREATED, 0, __ATOMIC_ACQ_REL,
					__ATOMIC_RELAXED))
		__atomic_fetch_add(&sn_shim.recorder.header->live_threads, 1, __ATOMIC_SEQ_CST);
	if (sn_self_tls)
		sn_self_tls->spawning = task;
}

void sn_task_spawned(struct sn_self *self, uint32_t task)
{
	(void)task;
	self->spawning = 0;
	sn_self_tick(self);
}

void sn_task_withdraw(struct sn_self *self, uint32_t task)
{
	struct sn_thread_rec *t = sn_rec_thread(&sn_shim.recorder, task);
	self->spawning = 0;
	sn_wait_no_more(t);
	t->created_ns = 0;
	__atomic_store_n(&t->state, SN_THREAD_FREE, __ATOMIC_RELEASE);
}

void sn_task_drop(struct sn_self *self, uint32_t task)
{
	uint32_t state = self->state;
	int saved = errno;
	sn_busy_begin(self, (uintptr_t)__builtin_frame_address(0));
	if (!sn_lock_take(&sn_shim.lock)) {
		sn_registry_thread_free(&sn_shim.recorder, task);
		sn_lock_give(&sn_shim.lock);
	}
	self->state = state;
	errno = saved;
}

/* From now on the thread's events are those of record `thread`. */
static void bear(struct sn_self *self, uint32_t thread)
{
	struct sn_thread_rec *t = sn_rec_thread(&sn_shim.recorder, thread);
	self->thread = thread;
	self->rec = t;
	sn_held_capacity(self, t->held_capacity);
	self->held = t->held_more ? sn_rec_held(&sn_shim.recorder, t->held_more) : t->held;
	sn_self_salt(self);
	t->tid = self->tid;
	sn_thread_has_tid(thread, self->tid);
	t->pthread = (uint64_t)pthread_self();
	__atomic_store_n(&t->state, SN_THREAD_RUNNING, __ATOMIC_RELEASE);
}

/* The thread's own record is out of the registry while it bears a task's. */
static void put_away(struct sn_self *self)
{
	self->carrier = self->thread;
	self->rec->flags &= ~SN_THREAD_IDLE;
	__atomic_store_n(&self->rec->state, SN_THREAD_FREE, __ATOMIC_RELEASE);
}

struct sn_self *sn_task_begin(uint32_t task)
{
	struct sn_self *self = sn_self_get(SN_CALLER_CFA);
	if (!self || self->thread == task)
		return self;
	sn_task_starts(task);
	self->spawning = 0;
	sn_busy_begin(self, (uintptr_t)__builtin_frame_address(0));
	put_away(self);
	bear(self, task);
	sn_busy_end(self);
	return self;
}

/* It went on for long after its context had ended. */
static void look_for_orphan(struct sn_self *self)
{
	struct sn_finding f;
	struct sn_view v;
	if (!self->rec->context)
		return;
	sn_recorder_view(&sn_shim.recorder, &v);
	if (sn_detect_orphan(&v, self->thread, sn_now(),
			     (uint64_t)sn_shim.options.orphan_ms * 1000000u, &f))
		sn_report_finding(self, &f);
}

/* Before the carrier is put back: of two records of one thread the one that waits counts. */
static void end(struct sn_self *self)
{
	uint32_t task = self->thread;
	struct sn_thread_rec *t = self->rec;
	t->ended_ns = sn_now();
	sn_wait_no_more(t);
	if (!self->carrier)
		self->carrier = sn_thread_record();
	if (sn_lock_take(&sn_shim.lock))
		return;
	t->pthread = 0;
	__atomic_store_n(&t->state, SN_THREAD_ENDED, __ATOMIC_RELEASE);
	if (self->carrier) {
		struct sn_thread_rec *c = sn_rec_thread(&sn_shim.recorder, self->carrier);
		c->flags |= SN_THREAD_LIBRARY | SN_THREAD_DETACHED | SN_THREAD_IDLE;
		bear(self, self->carrier);
		free_if_done(task);
	}
	sn_lock_give(&sn_shim.lock);
}

void sn_task_end(struct sn_self **runs)
{
	struct sn_self *self = *runs;
	if (!self || self != sn_self_tls || self->state != SN_SELF_READY)
		return;
	struct sn_thread_rec *t = self->rec;
	int saved = errno;
	look_for_orphan(self);
	sn_busy_begin(self, (uintptr_t)__builtin_frame_address(0));
	end(self);
	sn_wait_orphaned(t);
	sn_busy_end(self);
	errno = saved;
}

void sn_task_leaves(struct sn_self *self)
{
	self->rec->flags &= ~SN_THREAD_IDLE;
}

void sn_task_thread_ends(struct sn_self *self)
{
	uint32_t carrier = self->carrier;
	if (carrier && carrier != self->thread)
		sn_registry_thread_free(&sn_shim.recorder, carrier);
	if (self->rec->flags & SN_THREAD_TASK)
		free_if_done(self->thread);
}

void sn_task_unneeded(struct sn_self *self, uint32_t task, uint32_t serial)
{
	struct sn_thread_rec *t = sn_rec_thread(&sn_shim.recorder, task);
	uint32_t state = self->state;
	if (t->serial != serial || !(t->flags & SN_THREAD_HANDLE))
		return;
	sn_busy_begin(self, (uintptr_t)__builtin_frame_address(0));
	if (!sn_lock_take(&sn_shim.lock)) {
		t->flags &= ~SN_THREAD_HANDLE;
		free_if_done(task);
		sn_lock_give(&sn_shim.lock);
	}
	self->state = state;
}
