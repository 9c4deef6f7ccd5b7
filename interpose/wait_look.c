/* SPDX-License-Identifier: Apache-2.0
 *
 * See wait.h: whether a wait closes a ring, or leaves nobody awake; and what is done then. */
#include "interpose/wait.h"
#include "graph/registry.h"
#include "base/asleep.h"
#include "base/end_in_sight.h"
#include "graph/knot.h"
#include "graph/wait_for.h"
#include "interpose/ring.h"

/* Findings are large and threads' stacks may be tiny: one is built here at a time, under this lock.
 */
static struct sn_lock finding_lock;
static struct sn_finding finding;
static struct sn_finding deadlock; /* the last one found */

void sn_wait_reset(void)
{
	finding_lock = (struct sn_lock){0};
	deadlock.part_count = 0;
}

static uint32_t main_thread(void)
{
	const struct sn_recorder *r = &sn_shim.recorder;
	for (uint32_t i = 1; i < r->header->tables[SN_TABLE_THREAD].used; i++)
		if (sn_rec_thread(r, i)->flags & SN_THREAD_MAIN)
			return i;
	return 0;
}

/* Whether some thread of the ring is part of a ring that has been recorded. */
static int told_already(const struct sn_finding *f)
{
	for (uint32_t i = 0; i < f->part_count; i++) {
		uint32_t t = f->parts[i].thread;
		if (f->parts[i].role == SN_ROLE_WAITS && t &&
		    sn_rec_thread(&sn_shim.recorder, t)->flags & SN_THREAD_DEADLOCKED)
			return 1;
	}
	return 0;
}

/* Called with finding_lock held. Returns 1 if the finding is new. */
static int record(const struct sn_finding *f)
{
	int fresh = 0;
	if (sn_lock_take(&sn_shim.lock))
		return 0;
	uint32_t scope = sn_self_tls ? sn_self_tls->rec->scope : 0;
	uint32_t i = sn_registry_finding(&sn_shim.recorder, f, scope, &fresh);
	if (i && fresh)
		sn_rec_finding(&sn_shim.recorder, i)->when_ns = sn_now();
	sn_lock_give(&sn_shim.lock);
	return i && fresh;
}

static int record_deadlock(const struct sn_finding *f)
{
	if (told_already(f) || !record(f))
		return 0;
	if (f->verdict != SN_CONFIRMED)
		return 1;
	for (uint32_t i = 0; i < f->part_count; i++)
		if (f->parts[i].role == SN_ROLE_WAITS && f->parts[i].thread)
			sn_rec_thread(&sn_shim.recorder, f->parts[i].thread)->flags |=
				SN_THREAD_DEADLOCKED;
	__atomic_fetch_add(&sn_shim.recorder.header->deadlocks, 1, __ATOMIC_RELEASE);
	return 1;
}

/* Whether the main thread has left by pthread_exit and each thread that is left is stuck: then the
 * process, which ends with its last thread, never does. */
static int never_ends(const struct sn_view *v, const struct sn_finding *f)
{
	if (sn_view_thread(v, main_thread())->state < SN_THREAD_ENDED)
		return 0;
	for (uint32_t i = 1; i < sn_view_count(v, SN_TABLE_THREAD); i++) {
		const struct sn_thread_rec *t = sn_view_thread(v, i);
		int lives = t->state == SN_THREAD_CREATED || t->state == SN_THREAD_RUNNING;
		if (lives && !(t->flags & SN_THREAD_LIBRARY) && !sn_wait_for_stuck(v, i, f))
			return 0;
	}
	return 1;
}

/* What to do about a new deadlock: 0 go on, 1 end with the error status, 2 abort. */
static int verdict_on_process(const struct sn_view *v, const struct sn_finding *f)
{
	switch (sn_shim.options.on_deadlock) {
	case SN_DEADLOCK_CONTINUE:
		return 0;
	case SN_DEADLOCK_EXIT:
		return 1;
	case SN_DEADLOCK_ABORT:
		return 2;
	default:
		return sn_shim.options.halt_on_error || sn_wait_for_stuck(v, main_thread(), f) ||
		       never_ends(v, f);
	}
}

/* A member that is not asleep yet is looked at again, a millisecond apart: either the ring comes
 * apart meanwhile, or all sleep. Nobody is kept from anything: who looks would sleep, too. */
#define RING_PATIENCE 1000

static enum sn_ring ring_through(uint32_t thread, uint32_t tid)
{
	struct sn_view v;
	enum sn_ring ring = SN_RING_OPEN;
	if (sn_lock_take(&finding_lock))
		return SN_RING_OPEN;
	sn_recorder_view(&sn_shim.recorder, &v);
	if (sn_wait_for_find(&v, thread, &finding) && !told_already(&finding))
		ring = sn_ring_ask(&v, &finding, tid);
	sn_lock_give(&finding_lock);
	return ring;
}

/* Whether there is a ring through `thread` that has not been told, as the kernel sees it, too. The
 * calling thread, `tid`, is not asked about. */
static int ring_is_here(uint32_t thread, uint32_t tid)
{
	struct timespec millisecond = {0, 1000000};
	struct sn_thread_rec *t = sn_rec_thread(&sn_shim.recorder, thread);
	enum sn_ring ring = ring_through(thread, tid);
	if (ring != SN_RING_NOT_YET)
		return ring == SN_RING_CLOSED;
	if (t->tid == tid)
		__atomic_fetch_or(&t->flags, SN_THREAD_LOOKS, __ATOMIC_SEQ_CST);
	for (int i = 0; i < RING_PATIENCE && ring == SN_RING_NOT_YET; i++) {
		sn_sys(SYS_nanosleep, &millisecond, 0);
		ring = ring_through(thread, tid);
	}
	if (t->tid == tid)
		__atomic_fetch_and(&t->flags, ~SN_THREAD_LOOKS, __ATOMIC_SEQ_CST);
	return ring == SN_RING_CLOSED;
}

/* Called with finding_lock held, of a ring that stands. A handler that may take a member out of its
 * wait makes it a suspicion: such a program may be meant to get out. */
static int judge_ring(const struct sn_view *v)
{
	if (finding.verdict == SN_CONFIRMED && sn_ring_handler_may_leave()) {
		finding.verdict = SN_SUSPECT;
		finding.why = SN_WHY_HANDLER_MAY_LEAVE;
	}
	if (!record_deadlock(&finding) || finding.verdict != SN_CONFIRMED)
		return -1;
	deadlock = finding;
	return verdict_on_process(v, &deadlock);
}

/* Called with finding_lock held. Returns as verdict_on_process, or -1 where nothing is new. */
static int judge(const struct sn_view *v, uint32_t thread, int closed)
{
	if (closed && sn_wait_for_find(v, thread, &finding) && !told_already(&finding))
		return judge_ring(v);
	/* The main thread may come to wait for the stuck ones only after they were found. */
	if (deadlock.part_count && sn_shim.options.on_deadlock == SN_DEADLOCK_AUTO &&
	    (sn_wait_for_stuck(v, main_thread(), &deadlock) || never_ends(v, &deadlock)))
		return 1;
	return -1;
}

static void look_for_ring(uint32_t thread, uint32_t tid)
{
	struct sn_view v;
	int closed = ring_is_here(thread, tid);
	if (sn_lock_take(&finding_lock))
		return;
	sn_recorder_view(&sn_shim.recorder, &v);
	int end = judge(&v, thread, closed);
	sn_lock_give(&finding_lock);
	if (end == 0)
		sn_process_report("--at-deadlock");
	else if (end > 0)
		sn_process_end_now(end == 2);
}

/* Verifications that everybody sleeps cost some system calls for each thread: where programs come
 * near a knot again and again, this many a second are made. */
#define KNOT_LOOKS 200
/* A thread that was about to sleep when it was looked at is looked at again, up to this many times
 * a millisecond apart; meanwhile nothing but the looking thread runs, or the look ends. */
#define KNOT_PATIENCE 200

static int knot_budget(void)
{
	static uint64_t second;
	static uint32_t looks;
	uint64_t now = sn_now() / 1000000000u;
	if (__atomic_exchange_n(&second, now, __ATOMIC_RELAXED) != now)
		__atomic_store_n(&looks, 0, __ATOMIC_RELAXED);
	return __atomic_fetch_add(&looks, 1, __ATOMIC_RELAXED) < KNOT_LOOKS;
}

static int all_blocked(void)
{
	struct sn_header *h = sn_shim.recorder.header;
	return __atomic_load_n(&h->blocked_threads, __ATOMIC_SEQ_CST) >=
	       __atomic_load_n(&h->live_threads, __ATOMIC_SEQ_CST);
}

/* The thread that looks. Two that look at once would each find the other one awake, so the one that
 * came last looks and the others go to sleep. */
static uint32_t looker;

/* Changes when any thread begins or ends a wait. */
static uint64_t stamp_of(const struct sn_view *v)
{
	uint64_t sum = 0;
	for (uint32_t i = 1; i < sn_view_count(v, SN_TABLE_THREAD); i++) {
		const struct sn_thread_rec *t = sn_view_thread(v, i);
		if (t->state == SN_THREAD_RUNNING)
			sum += (t->wait_since_ns + t->wait_kind) * (2 * i + 1);
	}
	return sum;
}

/* Whether nothing and nobody can wake any thread any more. `tid` is the looking thread. The threads
 * are asked one after the other: what is found counts if none of them has moved meanwhile. */
static int knot_is_closed(uint32_t tid)
{
	struct timespec millisecond = {0, 1000000};
	__atomic_store_n(&looker, tid, __ATOMIC_SEQ_CST);
	for (int i = 0; i < KNOT_PATIENCE && __atomic_load_n(&looker, __ATOMIC_SEQ_CST) == tid;
	     i++) {
		struct sn_view v;
		sn_recorder_view(&sn_shim.recorder, &v);
		uint64_t stamp = stamp_of(&v);
		if (!all_blocked() || !sn_knot_closed(&v))
			return 0;
		enum sn_asleep asleep = sn_asleep(&v, tid);
		if (asleep == SN_ASLEEP_UNKNOWN)
			return 0;
		if (asleep == SN_ASLEEP_YES && stamp == stamp_of(&v)) {
			if (sn_futex_goes_on())
				return 0;
			enum sn_handlers least =
				sn_knot_hears_handlers(&v) ? SN_HANDLERS_NONE : SN_HANDLERS_STOP;
			return sn_handlers(sn_shim.pid) <= least && sn_knot_closed(&v);
		}
		sn_sys(SYS_nanosleep, &millisecond, 0);
	}
	return 0;
}

/* Whether its end stays in sight: of a forked child whose parent is on its way to wait for it, it
 * does not. Nobody looks again where there is no command; and meanwhile nobody is kept from
 * anything, as everybody sleeps. */
static int end_stays_in_sight(const struct sn_view *v)
{
	struct timespec millisecond = {0, 1000000};
	int patience = sn_shim.run || !v->header->forked_from ? 0 : KNOT_PATIENCE;
	while (sn_end_in_sight(v->header)) {
		if (!patience--)
			return 1;
		sn_sys(SYS_nanosleep, &millisecond, 0);
	}
	return 0;
}

/* A lost wakeup is told whoever else might come; that merely everybody sleeps may be meant so. */
static int may_be_meant(const struct sn_view *v, const struct sn_finding *f)
{
	if (f->kind != SN_KIND_DEADLOCK)
		return 0;
	return (sn_knot_is_parked(v) && sn_handlers(sn_shim.pid) != SN_HANDLERS_NONE) ||
	       (sn_knot_rests(v) && end_stays_in_sight(v));
}

/* Called with finding_lock held, of a closed knot. */
static int judge_knot(const struct sn_view *v)
{
	sn_knot_tell(v, sn_ticks(), sn_now(), &finding);
	if (may_be_meant(v, &finding))
		return -1;
	if (record_deadlock(&finding)) {
		deadlock = finding;
		return verdict_on_process(v, &deadlock);
	}
	/* A ring that was told before is part of it, and by now the main thread may be as well. */
	if (sn_shim.options.on_deadlock == SN_DEADLOCK_AUTO && verdict_on_process(v, &finding))
		return 1;
	return -1;
}

static int knot_is_here(uint32_t tid)
{
	return all_blocked() && knot_budget() && knot_is_closed(tid);
}

static void tell_knot(void)
{
	struct sn_view v;
	if (sn_lock_take(&finding_lock))
		return;
	sn_recorder_view(&sn_shim.recorder, &v);
	int end = judge_knot(&v);
	sn_lock_give(&finding_lock);
	if (end == 0)
		sn_process_report("--at-deadlock");
	else if (end > 0)
		sn_process_end_now(end == 2);
}

int sn_wait_is_last(struct sn_self *self)
{
	int saved = errno;
	sn_busy_begin(self, (uintptr_t)__builtin_frame_address(0));
	int last = knot_is_here(self->tid);
	sn_busy_end(self);
	errno = saved;
	return last;
}

void sn_wait_look_for_knot(uint32_t tid)
{
	if (knot_is_here(tid))
		tell_knot();
}

void sn_wait_orphaned(const struct sn_thread_rec *ended)
{
	const struct sn_recorder *r = &sn_shim.recorder;
	if (!ended->held_count)
		return;
	for (uint32_t i = 1; i < r->header->tables[SN_TABLE_THREAD].used; i++) {
		const struct sn_thread_rec *t = sn_rec_thread(r, i);
		if (t->state == SN_THREAD_RUNNING && t->wait_kind == SN_WAIT_LOCK)
			look_for_ring(i, ended->tid);
	}
}

static void look(struct sn_self *self, int cancellable)
{
	int saved = errno;
	sn_busy_begin(self, (uintptr_t)__builtin_frame_address(0));
	if (self->rec->wait_kind == SN_WAIT_LOCK || self->rec->wait_kind == SN_WAIT_JOIN)
		look_for_ring(self->thread, self->tid);
	int knot = knot_is_here(self->tid);
	/* Asked only when all others sleep: who is awake may cancel it after any earlier look. */
	if (knot && cancellable) {
		sn_busy_end(self);
		pthread_testcancel();
		sn_busy_begin(self, (uintptr_t)__builtin_frame_address(0));
	}
	if (knot)
		tell_knot();
	sn_busy_end(self);
	errno = saved;
}

void sn_wait_look(struct sn_self *self)
{
	look(self, 0);
}

void sn_wait_look_cancellable(struct sn_self *self)
{
	look(self, 1);
}

void sn_report_finding(struct sn_self *self, const struct sn_finding *f)
{
	int saved = errno;
	uint32_t state = self->state;
	sn_busy_begin(self, (uintptr_t)__builtin_frame_address(0));
	int fresh = record(f);
	self->state = state;
	if (fresh && sn_shim.options.halt_on_error && f->verdict == SN_CONFIRMED)
		sn_process_end_now(0);
	errno = saved;
}
