/* SPDX-License-Identifier: Apache-2.0
 *
 * See lost.h for the rules. */
#include "interpose/lost.h"
#include "graph/knot.h"
#include "interpose/thread.h"

/* Whether it is certain that the thread has never held the lock. */
static int never_held(const struct sn_thread_rec *t, uint32_t lock)
{
	return !t->released[lock % SN_RELEASED];
}

static int may_know_of(const struct sn_self *self, uint32_t mutex)
{
	return !never_held(self->rec, mutex) || sn_held_find(self, mutex) != UINT32_MAX;
}

/* The thread whose signal was lost signals at that place again, and it is or was heard now. */
static void note_again(const struct sn_self *self, struct sn_sync_rec *sync, uint32_t stack)
{
	if (sync->stray.by == sn_sync_by(self, stack))
		sync->flags |= SN_SYNC_STRAY_AGAIN;
}

/* Before the first wait it is not known which mutex goes with the condition. */
static void note_held(struct sn_self *self, struct sn_sync_rec *sync)
{
	uint32_t n = self->rec->held_count;
	sync->stray_locks[0] = n ? self->held[n - 1].lock : 0;
	sync->stray_locks[1] = n > 1 ? self->held[n - 2].lock : 0;
}

/* A thread into whose window a stray signal fell, and that has not come back from its wait. */
static int lost_waits(const struct sn_sync_rec *sync)
{
	uint32_t thread = sync->lost_serial ? sn_thread_of(sync->lost_serial) : 0;
	return thread && sn_rec_thread(&sn_shim.recorder, thread)->state == SN_THREAD_RUNNING;
}

static SN_COLD void note_stray(struct sn_self *self, struct sn_sync_rec *sync, uint32_t flags,
			       uint32_t stack)
{
	if (self->rec->held_count > 2 && !sync->mutex)
		return; /* one of the others may be the mutex */
	if (lost_waits(sync)) {
		note_again(self, sync, stack);
		return;
	}
	uint32_t epoch = __atomic_add_fetch(&sn_stray.epoch, 1, __ATOMIC_SEQ_CST);
	/* Nobody is to take a half-written entry for a whole one. */
	__atomic_store_n(&sync->stray.epoch, 0, __ATOMIC_RELEASE);
	note_held(self, sync);
	sn_sync_unheard(self, sync, &sync->stray, flags, stack);
	__atomic_store_n(&sync->stray.epoch, epoch, __ATOMIC_RELEASE);
}

void sn_lost_unheard(struct sn_self *self, struct sn_sync_rec *sync, uint32_t flags, uint32_t stack)
{
	sn_sync_unheard(self, sync, &sync->unheard, flags, stack);
	if (!sync->mutex || !may_know_of(self, sync->mutex))
		note_stray(self, sync, flags, stack);
}

/* A thread in an untimed wait for the condition; 0 where there is none. */
static uint32_t find_waiter(const struct sn_sync_rec *sync)
{
	const struct sn_recorder *r = &sn_shim.recorder;
	for (uint32_t i = 1; i < r->header->tables[SN_TABLE_THREAD].used; i++) {
		const struct sn_thread_rec *t = sn_rec_thread(r, i);
		if (t->state == SN_THREAD_RUNNING && t->wait_kind == SN_WAIT_COND &&
		    t->wait_object == sync->object && !(t->wait_mode & SN_MODE_TIMED))
			return i;
	}
	return 0;
}

static struct sn_part signal_part(const struct sn_sync_rec *sync, const struct sn_signal *s)
{
	return (struct sn_part){
		.role = SN_ROLE_SIGNALLED,
		.flags = sn_signal_part_flags(s->flags),
		.thread = sn_thread_of(s->serial),
		.object = sync->object,
		.stack = s->stack,
		.when_ns =
			sn_view_ticks_ns(sn_shim.recorder.header, s->ticks, sn_ticks(), sn_now()),
	};
}

static struct sn_part checked_part(uint32_t thread, uint32_t mutex, uint32_t stack)
{
	return (struct sn_part){
		.role = SN_ROLE_CHECKED, .thread = thread, .object = mutex, .stack = stack};
}

static struct sn_part wait_part(uint32_t thread, uint32_t cond, uint32_t stack, uint64_t since)
{
	return (struct sn_part){.role = SN_ROLE_WAITS,
				.thread = thread,
				.object = cond,
				.stack = stack,
				.when_ns = since};
}

/* The signal reached somebody this time. */
static SN_COLD void tell_never_held(struct sn_self *self, struct sn_sync_rec *sync)
{
	struct sn_finding f;
	uint32_t waiter = find_waiter(sync);
	if (!waiter)
		return;
	const struct sn_thread_rec *t = sn_rec_thread(&sn_shim.recorder, waiter);
	sync->flags |= SN_SYNC_TOLD_NEVER_HELD;
	sn_finding_start(&f, SN_KIND_SIGNAL_WITHOUT_MUTEX, SN_SUSPECT, SN_WHY_NEVER_HELD_MUTEX);
	sn_finding_add(&f, checked_part(waiter, t->wait_mutex, t->wait_mutex_stack));
	sn_finding_add(&f, wait_part(waiter, sync->object, t->wait_stack, t->wait_since_ns));
	sn_finding_add(&f, signal_part(sync, &sync->heard));
	sn_report_finding(self, &f);
}

void sn_lost_heard(struct sn_self *self, struct sn_sync_rec *sync, uint32_t flags, uint32_t stack)
{
	int broadcast = (flags & SN_SIGNAL_BROADCAST) != 0;
	if (sync->mutex)
		flags |= sn_held_find(self, sync->mutex) != UINT32_MAX ? SN_SIGNAL_LOCKED
								       : SN_SIGNAL_UNLOCKED;
	sn_sync_signalled(self, sync, &sync->heard, flags, stack);
	sync->unheard.by = 0;
	if (sn_unlikely(sync->lost_serial) && lost_waits(sync))
		note_again(self, sync, stack);
	else
		sync->stray.by = 0;
	sync->woken_serial = sync->back_serial = 0;
	if (broadcast) {
		uint64_t w = __atomic_load_n(&sync->waiters, __ATOMIC_RELAXED);
		sync->broadcasts++;
		sync->herd_woken += sn_sync_waiting(w) - sn_sync_pending(w);
	}
	sn_sync_wake(sync, broadcast ? UINT32_MAX : 1);
	if (sync->mutex && !(sync->flags & SN_SYNC_TOLD_NEVER_HELD) &&
	    !may_know_of(self, sync->mutex))
		tell_never_held(self, sync);
}

static int in_window(const struct sn_self *self, const struct sn_sync_rec *sync,
		     const struct sn_held *was)
{
	const struct sn_signal *s = &sync->stray;
	uint32_t epoch = __atomic_load_n(&s->epoch, __ATOMIC_ACQUIRE);
	uint32_t since = was->mode >> SN_MODE_EPOCH_SHIFT;
	if (!epoch || !was->lock || !s->serial || s->serial == self->rec->serial)
		return 0;
	/* The epoch in the mode has lost its upper bits. */
	if ((int32_t)((epoch - since) << SN_MODE_EPOCH_SHIFT) <= 0)
		return 0;
	uint32_t thread = sn_thread_of(s->serial);
	return thread && never_held(sn_rec_thread(&sn_shim.recorder, thread), was->lock) &&
	       sync->stray_locks[0] != was->lock && sync->stray_locks[1] != was->lock;
}

/* A broadcast woke the thread for nothing. */
static void note_herd(const struct sn_self *self, struct sn_sync_rec *sync, uint32_t stack)
{
	sync->herd_back++;
	sync->herd_serial = self->rec->serial;
	sync->herd_stack = stack;
	sync->herd_by = sync->heard.serial;
	sync->herd_by_stack = sync->heard.stack;
	if (sync->heard.flags & SN_SIGNAL_LOCKED)
		sync->flags |= SN_SYNC_HERD_LOCKED;
	else
		sync->flags &= ~SN_SYNC_HERD_LOCKED;
}

static int had_one_signal(const struct sn_self *self, const struct sn_sync_rec *sync)
{
	return !sync->heard.serial && sync->unheard.serial &&
	       sync->unheard.serial != self->rec->serial &&
	       !(sync->unheard.flags & SN_SIGNAL_AGAIN) && !sync->wakers[1] &&
	       !(sync->flags & SN_SYNC_OUTSIDE);
}

void sn_lost_ran_out(struct sn_self *self, struct sn_sync_rec *sync, uint32_t stack)
{
	uint32_t taken = self->rec->wait_mutex_stack;
	struct sn_view v;
	if (!self->rec->wait_mutex || !had_one_signal(self, sync))
		return;
	sn_recorder_view(&sn_shim.recorder, &v);
	if (!sn_knot_looks_at_result(&v, stack) || !sn_knot_never_looks(&v, taken, stack))
		return;
	sync->woken_serial = self->rec->serial;
	sync->woken_stack = stack;
	sync->back_stack = taken;
	sync->flags |= SN_SYNC_RAN_OUT;
}

void sn_lost_waiting(struct sn_self *self, struct sn_sync_rec *sync, const struct sn_held *was,
		     uint32_t mode, uint32_t stack)
{
	if (sn_unlikely(sync->flags & SN_SYNC_RAN_OUT)) {
		sync->flags &= ~SN_SYNC_RAN_OUT;
		sync->woken_serial = 0;
	}
	if (was->mode & SN_MODE_WOKEN && sync->woken_serial == self->rec->serial) {
		sync->back_serial = self->rec->serial;
		sync->back_stack = stack;
	}
	if (was->mode & SN_MODE_WOKEN && self->rec->herd_cond == sync->object)
		note_herd(self, sync, stack);
	self->rec->herd_cond = 0;
	if (sync->lost_serial == self->rec->serial)
		sync->lost_serial = 0; /* that wait was jumped out of */
	if (!(mode & SN_MODE_TIMED) && sn_unlikely(in_window(self, sync, was)) &&
	    !lost_waits(sync)) {
		sync->flags &= ~SN_SYNC_STRAY_AGAIN;
		sync->lost_serial = self->rec->serial;
	}
}

static SN_COLD void tell_window(struct sn_self *self, struct sn_sync_rec *sync, uint32_t stack)
{
	struct sn_finding f;
	int again = sync->flags & SN_SYNC_STRAY_AGAIN;
	sn_finding_start(&f, SN_KIND_LOST_WAKEUP, again ? SN_SUSPECT : SN_PREDICTED,
			 again ? SN_WHY_WINDOW_AGAIN : SN_WHY_WINDOW_THEN_WOKEN);
	sn_finding_add(
		&f, checked_part(self->thread, self->rec->wait_mutex, self->rec->wait_mutex_stack));
	struct sn_part stray = signal_part(sync, &sync->stray);
	stray.flags |= SN_PART_UNLOCKED;
	sn_finding_add(&f, stray);
	sn_finding_add(&f, wait_part(self->thread, sync->object, stack, 0));
	sn_report_finding(self, &f);
}

void sn_lost_returned(struct sn_self *self, struct sn_sync_rec *sync, uint32_t stack, int woken)
{
	if (woken) {
		sync->woken_serial = self->rec->serial;
		sync->woken_stack = stack;
		/* A signal since the broadcast makes it uncertain which of them it was. */
		if (sync->heard.flags & SN_SIGNAL_BROADCAST)
			self->rec->herd_cond = sync->object;
	}
	if (sn_unlikely(sync->lost_serial == self->rec->serial)) {
		/* A signal that was heard in the very moment has taken its place where it is 0. */
		if (sync->stray.by)
			tell_window(self, sync, stack);
		sync->lost_serial = 0;
	}
}
