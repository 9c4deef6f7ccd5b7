/* SPDX-License-Identifier: Apache-2.0
 *
 * See progress.h: what is measured when a wait or a long call of the calling thread has ended.
 * Other threads' waits are read as they are published, twice, so that none is told that ended in
 * between. */
#include "interpose/progress.h"
#include "interpose/misuse.h"
#include "detect/detect.h"
#include "interpose/hold.h"
#include "interpose/priority.h"
#include "interpose/thread.h"

/* The longest tick of a kernel (100 Hz). */
#define COARSE_TICK_NS 10000000u

static uint32_t in_ms(uint64_t ns)
{
	uint64_t ms = ns / 1000000u;
	return ms < UINT32_MAX ? (uint32_t)ms : UINT32_MAX;
}

static struct sn_finding *start(struct sn_finding *f, enum sn_kind kind)
{
	sn_finding_start(f, kind, SN_SUSPECT, SN_WHY_MEASURED);
	return f;
}

struct waiter {
	uint32_t thread, stack, mode, slot;
	uint64_t since;
	uint32_t more; /* others that wait as well */
};

/* The slot of the held lock that this wait is for; UINT32_MAX where it is for none of them. */
static uint32_t kept_by(const struct sn_self *self, uint32_t lock, uint32_t mode)
{
	uint32_t slot = lock ? sn_held_find(self, lock) : UINT32_MAX;
	if (slot != UINT32_MAX && mode & self->held[slot].mode & SN_MODE_READ)
		return UINT32_MAX; /* readers wait for a writer between them */
	return slot;
}

/* What thread i waits for, if for a lock that the calling thread holds. */
static int read_waiter(const struct sn_self *self, uint32_t i, struct waiter *w)
{
	const struct sn_thread_rec *t = sn_rec_thread(&sn_shim.recorder, i);
	/* Pairs with the store that publishes a wait: the rest of it is there when the kind is. */
	if (i == self->thread || t->state != SN_THREAD_RUNNING ||
	    __atomic_load_n(&t->wait_kind, __ATOMIC_ACQUIRE) != SN_WAIT_LOCK)
		return 0;
	*w = (struct waiter){i, t->wait_stack, t->wait_mode, 0, t->wait_since_ns, 0};
	uint32_t lock = t->wait_object;
	__atomic_thread_fence(__ATOMIC_ACQUIRE);
	if (t->wait_kind != SN_WAIT_LOCK || t->wait_object != lock || t->wait_since_ns != w->since)
		return 0;
	w->slot = kept_by(self, lock, w->mode);
	return w->slot != UINT32_MAX;
}

/* The longest of those that have waited since `latest` at least. */
static int find_waiter(const struct sn_self *self, uint64_t latest, struct waiter *longest)
{
	struct waiter w;
	uint32_t found = 0, used = sn_shim.recorder.header->tables[SN_TABLE_THREAD].used;
	for (uint32_t i = 1; i < used; i++) {
		if (!read_waiter(self, i, &w) || w.since > latest)
			continue;
		if (!found++ || w.since < longest->since)
			*longest = w;
	}
	longest->more = found - 1;
	return found != 0;
}

static struct sn_part holds_part(uint32_t thread, const struct sn_held *h)
{
	return (struct sn_part){.role = SN_ROLE_HOLDS,
				.mode = (uint8_t)h->mode,
				.thread = thread,
				.object = h->lock,
				.stack = h->stack};
}

void sn_progress_blocked(struct sn_self *self, uint64_t since, uint64_t now, struct sn_part call)
{
	struct sn_finding f;
	struct waiter w = {0};
	/* A wait that began only at the call's end is not the call's doing. */
	if (!find_waiter(self, now - sn_progress_ns(sn_shim.options.blocking_ms), &w))
		return;
	struct sn_part holds = holds_part(self->thread, &self->held[w.slot]);
	call.role = SN_ROLE_BLOCKED;
	call.thread = self->thread;
	call.when_ns = since;
	call.number = in_ms(now - since);
	start(&f, SN_KIND_BLOCKING_UNDER_LOCK);
	sn_finding_add(&f, holds);
	sn_finding_add(&f, call);
	sn_finding_add(
		&f, (struct sn_part){.role = SN_ROLE_WAITS,
				     .mode = (uint8_t)w.mode,
				     .thread = w.thread,
				     .object = holds.object,
				     .stack = w.stack,
				     .when_ns = w.since,
				     .more = w.more,
				     .number = in_ms(now - (w.since > since ? w.since : since))});
	sn_hold_told(holds.stack);
	sn_report_finding(self, &f);
}

void sn_progress_long_call(struct sn_self *self, uint64_t since, uint64_t now, struct sn_site site)
{
	/* A vfork child runs on its parent's state. */
	if ((uint32_t)sn_sys(SYS_getpid) != sn_shim.pid || self != sn_self_tls ||
	    self->state != SN_SELF_READY)
		return;
	int saved = errno;
	sn_progress_blocked(self, since, now,
			    (struct sn_part){.stack = sn_trace(self, site.ra, site.cfa)});
	errno = saved;
}

static struct sn_part waits_part(const struct sn_self *self, uint64_t now)
{
	const struct sn_thread_rec *t = self->rec;
	return (struct sn_part){.role = SN_ROLE_WAITS,
				.mode = (uint8_t)t->wait_mode,
				.thread = self->thread,
				.object = t->wait_object,
				.stack = t->wait_stack,
				.when_ns = t->wait_since_ns,
				.number = in_ms(now - t->wait_since_ns)};
}

/* Who released the lock last while it was waited for; an empty part where it is not known. */
static struct sn_part passer(uint32_t lock)
{
	const struct sn_recorder *r = &sn_shim.recorder;
	uint64_t by = __atomic_load_n(&sn_rec_lock(r, lock)->passed_by, __ATOMIC_RELAXED);
	uint32_t thread = sn_thread_of((uint32_t)by);
	struct sn_part p = {.role = SN_ROLE_HOLDS, .flags = SN_PART_ANY_MODE, .object = lock};
	if (thread) {
		p.thread = thread;
		p.stack = (uint32_t)(by >> 32);
	}
	return p;
}

static void tell_starvation(struct sn_self *self, uint64_t now, uint32_t passes)
{
	struct sn_finding f;
	struct sn_part by = passer(self->rec->wait_object);
	by.number = passes;
	start(&f, SN_KIND_STARVATION);
	sn_finding_add(&f, waits_part(self, now));
	sn_finding_add(&f, by);
	sn_report_finding(self, &f);
}

/* The one thread that held the lock for all of this wait; an empty part where there was more than
 * one, or it is not known. */
static struct sn_part only_holder(const struct sn_self *self, uint32_t passes)
{
	uint32_t lock = self->rec->wait_object;
	struct sn_part p = {.role = SN_ROLE_HOLDS, .flags = SN_PART_ANY_MODE, .object = lock};
	if (passes == 1)
		return passer(lock);
	if (passes == 0)
		p.thread = self->locks[lock].owner_hint;
	if (p.thread && p.thread == self->keeper && lock == self->keeper_lock)
		p.stack = self->keeper_stack;
	return p;
}

/* A mutex that lends the holder its waiters' priority, or one of its own, cannot be inverted. */
static int lends_priority(const struct sn_lock_rec *l)
{
	const pthread_mutex_t *m = (const pthread_mutex_t *)(uintptr_t)l->address;
	return l->flags & SN_LOCK_PI || sn_mutex_kind(m) & SN_MUTEX_PROTECT;
}

static void judge_inversion(struct sn_self *self, uint64_t now, uint32_t passes)
{
	struct sn_finding f;
	const struct sn_lock_rec *l = &self->locks[self->rec->wait_object];
	struct sn_part by = only_holder(self, passes);
	const struct sn_thread_rec *holder = sn_rec_thread(&sn_shim.recorder, by.thread);
	if (sn_misuse_family(l->type) != SN_LOCK_MUTEX || lends_priority(l) || !by.thread ||
	    by.thread == self->thread || holder->state != SN_THREAD_RUNNING ||
	    holder->created_ns > self->rec->wait_since_ns)
		return;
	by.number = sn_priority_below(holder->tid, self->tid);
	if (!by.number)
		return;
	start(&f, SN_KIND_PRIORITY_INVERSION);
	sn_finding_add(&f, waits_part(self, now));
	sn_finding_add(&f, by);
	sn_report_finding(self, &f);
}

static void waited_for_lock(struct sn_self *self, uint64_t now)
{
	const struct sn_thread_rec *t = self->rec;
	uint64_t waited = now - t->wait_since_ns;
	uint32_t passes = self->locks[t->wait_object].passes - t->wait_passes;
	if (sn_is_starved(&sn_shim.options, t, waited, passes))
		tell_starvation(self, now, passes);
	sn_hold_waited(self, now, passes);
	if (waited >= sn_progress_ns(sn_shim.options.inversion_ms))
		judge_inversion(self, now, passes);
}

/* A tenth of what makes a finding is kept back by each thread. */
void sn_progress_note_passes(struct sn_self *self, uint32_t stack)
{
	struct sn_lock_rec *l = &self->locks[self->passed_lock];
	uint32_t most = (uint32_t)sn_shim.options.starvation_passes / 10;
	__atomic_store_n(&l->passed_by, (uint64_t)stack << 32 | self->rec->serial,
			 __ATOMIC_RELAXED);
	__atomic_fetch_add(&l->passes, self->passed_count, __ATOMIC_RELAXED);
	self->passed_count = 0;
	self->passed_most = most;
	self->passed_ticks = sn_ticks();
}

/* Whether the wait may have been long enough for any finding: asked of the coarse clock, which
 * costs a fifth of the exact one and is late by a tick. */
static int may_be_long(const struct sn_thread_rec *t)
{
	const struct sn_options *o = &sn_shim.options;
	int least = o->blocking_ms < o->inversion_ms ? o->blocking_ms : o->inversion_ms;
	if (o->starvation_ms < least)
		least = o->starvation_ms;
	if (o->held_ms > 0 && o->held_ms < least)
		least = o->held_ms;
	return sn_now_coarse() + COARSE_TICK_NS - t->wait_since_ns >= sn_progress_ns(least);
}

void sn_progress_waited(struct sn_self *self)
{
	const struct sn_thread_rec *t = self->rec;
	int is_lock = t->wait_kind == SN_WAIT_LOCK;
	if (t->wait_kind == SN_WAIT_NONE || (!is_lock && !t->held_count) ||
	    self->state != SN_SELF_READY || sn_likely(!may_be_long(t)))
		return;
	int saved = errno;
	uint64_t now = sn_now();
	if (is_lock)
		waited_for_lock(self, now);
	else if (now - t->wait_since_ns >= sn_progress_ns(sn_shim.options.blocking_ms))
		sn_progress_blocked(
			self, t->wait_since_ns, now,
			(struct sn_part){.mode = (uint8_t)t->wait_mode,
					 .object_is_thread = t->wait_kind == SN_WAIT_JOIN,
					 .object = t->wait_object,
					 .stack = t->wait_stack});
	errno = saved;
}

void sn_progress_cond_gone(struct sn_self *self, const struct sn_sync_rec *sync)
{
	struct sn_finding f;
	struct sn_view v;
	if (sn_is_herd(&sn_shim.options, sync)) {
		sn_recorder_view(&sn_shim.recorder, &v);
		sn_herd_finding(&v, sync, &f);
		sn_report_finding(self, &f);
	}
}
