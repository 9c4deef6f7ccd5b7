/* SPDX-License-Identifier: Apache-2.0
 *
 * See self.h. States are mapped one by one and pooled: a thread's state is 64 KiB of address space
 * of which it touches what it uses. */
#include "interpose/self.h"
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include "graph/registry.h"
#include "interpose/channel.h"
#include "interpose/ending.h"
#include "interpose/evidence.h"
#include "interpose/fork.h"
#include "interpose/held.h"
#include "interpose/wait.h"

__thread struct sn_self *sn_self_tls __attribute__((tls_model("initial-exec")));
/* Set when the thread's last destructor has run: whatever it still calls is passed through. */
static __thread int gone;
/* Not wiped in a fork child: the id that the forking thread had in the parent. */
static __thread uint32_t last_tid;

static struct sn_lock pool_lock;
static struct sn_self *pool;
static uint32_t graveyard; /* detached threads that ended; chained through rec->joiner */

void sn_self_reset(void)
{
	pool_lock = (struct sn_lock){0};
	pool = NULL; /* its memory was wiped, and is lost: a few pages a fork */
	graveyard = 0;
}

static struct sn_self *from_pool(void)
{
	if (sn_lock_take(&pool_lock))
		return NULL;
	struct sn_self *self = pool;
	if (self)
		pool = self->next_free;
	sn_lock_give(&pool_lock);
	if (self)
		memset(self, 0, sizeof *self);
	return self;
}

void *sn_self_memory(size_t bytes)
{
	long p = sn_sys(SYS_mmap, 0, bytes, PROT_READ | PROT_WRITE,
			MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (p < 0 && p > -4096)
		return NULL;
	/* A kernel before 4.14 cannot, nor a sandbox: then only fork itself is followed
	 * (sn_self_after_fork). */
	if (!sn_sandboxed)
		sn_sys(SYS_madvise, p, bytes, MADV_WIPEONFORK);
	return (void *)p;
}

struct sn_self *sn_self_new(uint32_t thread)
{
	struct sn_self *self = from_pool();
	if (!self)
		self = sn_self_memory(SN_SELF_BYTES);
	if (!self)
		return NULL;
	struct sn_recorder *r = &sn_shim.recorder;
	self->thread = thread;
	self->rec = sn_rec_thread(r, thread);
	sn_held_capacity(self, self->rec->held_capacity);
	self->held = self->rec->held_more ? sn_rec_held(r, self->rec->held_more) : self->rec->held;
	self->locks = sn_rec_lock(r, 0);
	self->nonce = sn_shim.nonce >> 8;
	sn_trace_begin(self);
	sn_order_begin(self);
	sn_self_salt(self);
	return self;
}

void sn_self_free(struct sn_self *self)
{
	self->state = SN_SELF_WIPED;
	sn_trace_end(self);
	sn_order_end(self);
	sn_held_index_end(self);
	if (sn_lock_take(&pool_lock))
		return;
	self->next_free = pool;
	pool = self;
	sn_lock_give(&pool_lock);
}

void sn_self_salt(struct sn_self *self)
{
	self->prints[0] =
		sn_held_mix(self->rec->serial, 1) * 31 + sn_held_mix(self->rec->epoch, 0) * 7;
	sn_held_reprint(self);
}

uint32_t sn_self_tick(struct sn_self *self)
{
	self->rec->epoch++;
	sn_evidence_tick(self);
	sn_self_salt(self);
	return self->rec->epoch;
}

#define MAIN_STACK_MOST (8u << 20)

extern void *__libc_stack_end;

/* glibc keeps a thread's descriptor at the upper end of its stack, the first thread's elsewhere. Of
 * what is below, a quarter is left out: guard pages, and whatever else. */
static void find_stack(struct sn_self *self)
{
	struct rlimit limit = {MAIN_STACK_MOST, 0};
	size_t bytes = self->stack_bytes;
	uintptr_t high = (uintptr_t)pthread_self();
	if (self->tid == sn_shim.pid) {
		if (!sn_sandboxed)
			sn_sys(SYS_prlimit64, 0, RLIMIT_STACK, 0, &limit);
		bytes = limit.rlim_cur < MAIN_STACK_MOST ? limit.rlim_cur : MAIN_STACK_MOST;
		high = (uintptr_t)__libc_stack_end;
	}
	if (!bytes)
		return;
	self->stack_high = high;
	self->stack_low = high - bytes + bytes / 4;
}

void sn_self_adopt(struct sn_self *self)
{
	self->tid = (uint32_t)sn_sys(SYS_gettid);
	struct sn_thread_rec *rec = self->rec;
	rec->tid = last_tid = self->tid;
	sn_thread_has_tid(self->thread, self->tid);
	find_stack(self);
	rec->pthread = (uint64_t)pthread_self();
	if (!(rec->flags & SN_THREAD_TASK) && !sn_sandboxed)
		sn_sys(SYS_prctl, PR_GET_NAME, rec->name);
	rec->name[sizeof rec->name - 1] = 0;
	__atomic_store_n(&rec->state, SN_THREAD_RUNNING, __ATOMIC_RELEASE);
	sn_self_tls = self;
	self->state = SN_SELF_READY;
	sn_ending_watch(self);
}

/* Called with the shim's lock held. */
static void bury(uint32_t thread)
{
	sn_rec_thread(&sn_shim.recorder, thread)->joiner = graveyard;
	graveyard = thread;
}

/* What it holds at its end is told of after all, whatever becomes of those locks until then. */
static void keep_held(const struct sn_self *self)
{
	for (uint32_t i = 0; i < self->rec->held_count; i++)
		if (self->held[i].lock)
			__atomic_fetch_or(&self->locks[self->held[i].lock].flags, SN_LOCK_PINNED,
					  __ATOMIC_RELAXED);
}

/* A thread that ends in a once routine gives its control up: glibc's clean-up resets it.  Ours runs
 * only where each frame between has an unwind table. */
static void let_controls_go(struct sn_self *self)
{
	for (uint32_t i = 0; i < self->rec->held_count; i++) {
		uint32_t lock = self->held[i].lock;
		if (!lock || self->locks[lock].type != SN_LOCK_ONCE)
			continue;
		if (self->locks[lock].owner_hint == self->thread)
			self->locks[lock].owner_hint = 0;
		__atomic_store_n(&self->held[i].lock, 0, __ATOMIC_RELEASE);
	}
}

/* Whatever the thread still calls is passed through. */
static void end(struct sn_self *self)
{
	struct sn_thread_rec *rec = self->rec;
	self->state = SN_SELF_BUSY;
	rec->ended_ns = sn_now();
	if (!(rec->flags & SN_THREAD_TASK) && !sn_sandboxed)
		sn_sys(SYS_prctl, PR_GET_NAME, rec->name);
	let_controls_go(self);
	sn_wait_no_more(rec);
	keep_held(self);
	if (!sn_lock_take(&sn_shim.lock)) {
		__atomic_store_n(&rec->state, SN_THREAD_ENDED, __ATOMIC_RELEASE);
		if (rec->flags & SN_THREAD_DETACHED && !(rec->flags & SN_THREAD_TASK))
			bury(self->thread);
		if (self->carrier || rec->flags & SN_THREAD_TASK)
			sn_task_thread_ends(self);
		sn_lock_give(&sn_shim.lock);
	}
	sn_wait_orphaned(rec);
}

static void leave(struct sn_self *self)
{
	gone = 1;
	sn_self_tls = NULL;
	sn_self_free(self);
}

void sn_self_ended(struct sn_self *self)
{
	end(self);
	sn_wait_look_for_knot(self->tid);
	leave(self);
}

void sn_self_left(struct sn_self *self)
{
	for (uint32_t i = 0; i < self->rec->held_count; i++)
		__atomic_store_n(&self->held[i].lock, 0, __ATOMIC_RELEASE);
	end(self);
	leave(self);
}

/* Called with the shim's lock held: gives back the newest buried thread if the kernel knows it no
 * more. */
static void dig(void)
{
	struct sn_recorder *r = &sn_shim.recorder;
	if (!graveyard)
		return;
	uint32_t thread = graveyard;
	struct sn_thread_rec *rec = sn_rec_thread(r, thread);
	if (sn_sys(SYS_tgkill, sn_shim.pid, rec->tid, 0) != -ESRCH)
		return;
	graveyard = rec->joiner;
	rec->joiner = 0;
	sn_registry_thread_free(r, thread);
}

uint32_t sn_thread_record(void)
{
	if (sn_lock_take(&sn_shim.lock))
		return 0;
	dig();
	uint32_t thread = sn_registry_thread_new(&sn_shim.recorder);
	sn_lock_give(&sn_shim.lock);
	return thread;
}

/* A thread that nobody saw being created: the first one, or one made by other means than ours. */
static struct sn_self *attach(void)
{
	uint32_t thread = sn_thread_record();
	struct sn_self *self = thread ? sn_self_new(thread) : NULL;
	if (!self)
		return NULL;
	uint32_t tid = (uint32_t)sn_sys(SYS_gettid);
	int first = tid == sn_shim.pid || sn_rec_thread(&sn_shim.recorder, thread)->serial == 1;
	self->rec->flags = first ? SN_THREAD_MAIN : SN_THREAD_FOREIGN;
	self->rec->created_ns = sn_now();
	__atomic_fetch_add(&sn_shim.recorder.header->live_threads, 1, __ATOMIC_SEQ_CST);
	sn_self_adopt(self);
	return self;
}

static __thread char attaching;

struct sn_self *sn_self_slow(uintptr_t cfa)
{
	int saved = errno;
	struct sn_self *self = sn_self_tls;
	if (self && self->state == SN_SELF_BUSY) {
		/* A handler that interrupted our work lies below it on the stack; a frame above
		 * means that the work was jumped out of. */
		if (cfa <= self->busy_cfa || cfa - self->busy_cfa > 1 << 20) {
			sn_recorder_count(&sn_shim.recorder, SN_COUNTER_REENTRANT);
			return NULL;
		}
		self->state = SN_SELF_READY;
		return self;
	}
	if (gone || (self && self->state == SN_SELF_INSIDE) || sn_shim.phase == SN_PHASE_OFF ||
	    sn_shim.phase == SN_PHASE_STARTING)
		return NULL;
	if (sn_shim.phase == SN_PHASE_NEW)
		sn_start();
	else if (self)
		sn_self_after_fork(); /* wiped: this is a fork child */
	/* Meanwhile a clock or a handler of the program's may lock: that is passed through. */
	if (!sn_self_tls && sn_shim.phase == SN_PHASE_ON && !attaching) {
		attaching = 1;
		attach();
		attaching = 0;
	}
	errno = saved;
	return sn_self_tls;
}

void sn_self_before_fork(void)
{
	struct sn_self *self = sn_self_tls;
	if (self && self->state == SN_SELF_READY)
		sn_fork_snapshot(self);
}

void sn_self_after_fork(void)
{
	if ((uint32_t)sn_sys(SYS_getpid) == sn_shim.pid) {
		sn_fork_drop(); /* we are the parent */
		return;
	}
	sn_self_tls = NULL;
	if (sn_shim.phase != SN_PHASE_ON)
		return;
	sn_shim.forked_from = last_tid;
	sn_fork_restore(sn_start_child() == 0 ? attach() : NULL);
}
