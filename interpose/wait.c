/* SPDX-License-Identifier: Apache-2.0
 *
 * See wait.h: what a thread waits for, as its record says it. */
#include "interpose/wait.h"

/* Where the record of each thread id is, lossy: ids that follow each other do not collide, and what
 * is found is checked. */
#define BY_TID 16384
static uint32_t by_tid[BY_TID];

void sn_thread_has_tid(uint32_t thread, uint32_t tid)
{
	__atomic_store_n(&by_tid[tid % BY_TID], thread, __ATOMIC_RELAXED);
}

static int is_running(uint32_t thread, uint32_t tid)
{
	const struct sn_thread_rec *t = sn_rec_thread(&sn_shim.recorder, thread);
	return t->tid == tid && t->state == SN_THREAD_RUNNING;
}

uint32_t sn_thread_by_tid(uint32_t tid)
{
	uint32_t used = sn_shim.recorder.header->tables[SN_TABLE_THREAD].used;
	uint32_t first = __atomic_load_n(&by_tid[tid % BY_TID], __ATOMIC_RELAXED);
	if (first && first < used && is_running(first, tid))
		return first;
	for (uint32_t i = 1; i < used; i++)
		if (is_running(i, tid))
			return i;
	return 0;
}

static void count_blocked(int n)
{
	__atomic_fetch_add(&sn_shim.recorder.header->blocked_threads, (uint32_t)n,
			   __ATOMIC_SEQ_CST);
}

static int counts(uint32_t kind, uint32_t mode)
{
	return kind != SN_WAIT_NONE && !(mode & SN_MODE_TIMED);
}

void sn_wait_publish(struct sn_self *self, struct sn_wait_scope *outer, enum sn_wait kind,
		     uint32_t object, uint32_t mode, uint32_t stack)
{
	int saved = errno;
	struct sn_thread_rec *t = self->rec;
	*outer =
		(struct sn_wait_scope){self,          t->wait_kind,   t->wait_object,  t->wait_mode,
				       t->wait_stack, t->wait_passes, t->wait_since_ns};
	if (counts(t->wait_kind, t->wait_mode))
		count_blocked(-1);
	t->wait_kind = SN_WAIT_NONE;
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
	t->wait_object = object;
	t->wait_mode = mode;
	t->wait_stack = stack;
	t->wait_since_ns = sn_now();
	if (kind == SN_WAIT_LOCK) {
		t->wait_passes = self->locks[object].passes;
		t->wait_threads = sn_shim.recorder.header->live_threads;
	}
	/* Sequentially consistent, for the store-then-load of two threads that block on each other:
	 * the one that publishes last sees the other's wait (pairs with the same store there). */
	__atomic_store_n(&t->wait_kind, kind, __ATOMIC_SEQ_CST);
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	if (!(mode & SN_MODE_TIMED))
		count_blocked(1);
	errno = saved;
}

void sn_wait_begin(struct sn_self *self, struct sn_wait_scope *outer, enum sn_wait kind,
		   uint32_t object, uint32_t mode, uint32_t stack)
{
	sn_wait_publish(self, outer, kind, object, mode, stack);
	if (!(mode & SN_MODE_TIMED))
		sn_wait_look(self);
}

void sn_wait_end(struct sn_wait_scope *outer)
{
	if (!outer->self)
		return;
	struct sn_thread_rec *t = outer->self->rec;
	sn_progress_waited(outer->self);
	outer->self = NULL;
	if (counts(t->wait_kind, t->wait_mode))
		count_blocked(-1);
	__atomic_store_n(&t->wait_kind, SN_WAIT_NONE, __ATOMIC_RELEASE);
	if (sn_likely(outer->kind == SN_WAIT_NONE))
		return;
	if (counts(outer->kind, outer->mode))
		count_blocked(1);
	t->wait_object = outer->object;
	t->wait_mode = outer->mode;
	t->wait_stack = outer->stack;
	t->wait_passes = outer->passes;
	t->wait_since_ns = outer->since;
	__atomic_store_n(&t->wait_kind, outer->kind, __ATOMIC_RELEASE);
}

void sn_wait_begin_cancellable(struct sn_self *self, struct sn_wait_scope *outer, enum sn_wait kind,
			       uint32_t object, uint32_t mode, uint32_t stack)
{
	sn_wait_publish(self, outer, kind, object, mode, stack);
	if (!(mode & SN_MODE_TIMED))
		sn_wait_look_cancellable(self);
}

void sn_wait_no_more(struct sn_thread_rec *t)
{
	if (counts(t->wait_kind, t->wait_mode))
		count_blocked(-1);
	t->wait_kind = SN_WAIT_NONE;
	if (!(t->flags & SN_THREAD_LIBRARY))
		__atomic_fetch_sub(&sn_shim.recorder.header->live_threads, 1, __ATOMIC_SEQ_CST);
}
