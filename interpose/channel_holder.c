/* SPDX-License-Identifier: Apache-2.0
 *
 * Who has a counted object of libsnarl-channel: how many references the program has, whether the
 * object's maker has given its own up, and which threads have it.  A thread has an object that it
 * was spawned with or has used, until it releases it.  From this graph/sealed.h tells whether
 * anybody could still come.  What is lost here (more threads than there is room for, two that write
 * at once) can only make that unknown. */
#include "interpose/channel.h"

void sn_channel_retained(struct sn_self *self, void *handle, uint32_t type)
{
	struct sn_sync_rec *sync = self && handle ? sn_channel_known(self, handle) : NULL;
	if (sync && self->locks[sync->object].type == type)
		__atomic_fetch_add(&sync->count, 1, __ATOMIC_RELAXED);
}

void sn_channel_shared(struct sn_sync_rec *sync)
{
	__atomic_fetch_or(&sync->flags, SN_SYNC_OUTSIDE, __ATOMIC_RELAXED);
}

static void let_go(struct sn_sync_rec *sync, uint32_t thread)
{
	for (uint32_t i = 0; i < SN_WAKERS; i++)
		if (sync->wakers[i] == thread)
			sync->waker_serial[i] = 0;
}

static int is_maker(const struct sn_self *self, const struct sn_lock_rec *l)
{
	return l->birth_thread == self->thread && l->birth_serial == self->rec->serial;
}

void sn_channel_released(struct sn_self *self, void *handle, uint32_t type)
{
	struct sn_sync_rec *sync = self && handle ? sn_channel_known(self, handle) : NULL;
	if (!sync || self->locks[sync->object].type != type)
		return;
	uint32_t left = sync->count ? __atomic_sub_fetch(&sync->count, 1, __ATOMIC_RELAXED) : 0;
	/* Contexts are kept by their tasks; of all others the memory may serve as something else
	 * from now on, and that may be an object that the library makes unseen. */
	if (!left && type != SN_LOCK_CONTEXT)
		sn_channel_shared(sync);
	let_go(sync, self->thread);
	if (is_maker(self, &self->locks[sync->object]))
		__atomic_fetch_or(&sync->flags, SN_SYNC_GIVEN_UP, __ATOMIC_RELAXED);
}

void sn_channel_kept(struct sn_self *self, struct sn_sync_rec *sync)
{
	if (is_maker(self, &self->locks[sync->object]))
		__atomic_fetch_and(&sync->flags, ~SN_SYNC_GIVEN_UP, __ATOMIC_RELAXED);
}

/* Whether nobody has it by that entry any more. */
static int is_vacant(const struct sn_sync_rec *sync, uint32_t i)
{
	const struct sn_thread_rec *t = sn_rec_thread(&sn_shim.recorder, sync->wakers[i]);
	return !sync->waker_serial[i] || sync->waker_serial[i] != t->serial ||
	       t->state > SN_THREAD_RUNNING;
}

/* The thread's entry, or one that it may have; SN_WAKERS where there is none. */
static uint32_t entry_for(const struct sn_sync_rec *sync, uint32_t thread)
{
	uint32_t i;
	for (i = 0; i < SN_WAKERS; i++)
		if (sync->wakers[i] == thread)
			return i;
	for (i = 0; i < SN_WAKERS && sync->wakers[i]; i++)
		continue;
	if (i < SN_WAKERS)
		return i;
	for (i = 0; i < SN_WAKERS && !is_vacant(sync, i); i++)
		continue;
	return i;
}

void sn_channel_holds(struct sn_sync_rec *sync, uint32_t thread, int declared)
{
	uint32_t serial = sn_rec_thread(&sn_shim.recorder, thread)->serial;
	uint32_t i = entry_for(sync, thread);
	if (i == SN_WAKERS) {
		__atomic_fetch_or(&sync->flags, SN_SYNC_MANY_WAKERS, __ATOMIC_RELAXED);
		return;
	}
	if (sync->wakers[i] == thread && sync->waker_serial[i] == serial)
		return;
	sync->waker_serial[i] = 0;
	if (declared)
		__atomic_fetch_or(&sync->declared, 1u << i, __ATOMIC_RELAXED);
	else
		__atomic_fetch_and(&sync->declared, ~(1u << i), __ATOMIC_RELAXED);
	sync->wakers[i] = thread;
	sync->waker_serial[i] = serial;
}

void sn_channel_given(struct sn_self *self, void *argument, uint32_t task)
{
	struct sn_sync_rec *sync = argument ? sn_channel_known(self, argument) : NULL;
	/* A context's done channel leads to the context's record, and is no way to cancel it. */
	if (sync && self->locks[sync->object].address == (uintptr_t)argument)
		sn_channel_holds(sync, task, 1);
}

uint32_t sn_channel_context(struct sn_self *self, struct snarl_context *context)
{
	if (!context || context == sn_channel_real(snarl_context_background)())
		return 0;
	struct sn_sync_rec *sync = sn_channel_known(self, context);
	if (!sync)
		return SN_CONTEXT_UNKNOWN;
	sn_channel_keeps(self, sync);
	return sync->object;
}

uint32_t sn_channel_with(struct sn_self *self, struct snarl_context *context)
{
	if (self)
		self->rec->wait_context = sn_channel_context(self, context);
	return sn_channel_until(sn_channel_real(snarl_context_deadline)(context));
}
