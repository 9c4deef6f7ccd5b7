/* SPDX-License-Identifier: Apache-2.0
 *
 * livelock: threads that hold a lock, fail to get another one, back off, and try again, in a ring
 * in which each wants what the next one holds or has just given up.
 *
 * A thread counts its failures in its record. The count ends when it takes a lock while it holds
 * another (sn_progress_got), by whatever call. It is judged now and then: every thread of the ring
 * must have failed often enough for long enough, and must still be at it, which shows in its count
 * having grown since the last looks.
 *
 * Where each holds what the next one wants and none lets go between its attempts, few attempts are
 * enough: nothing can come of any of them. That is told when it has been so for held_ms, as looks
 * some ten milliseconds apart have seen it. */
#include "interpose/progress.h"

/* Tries may come every few nanoseconds: a clock is read for one of so many. */
#define LOOK_EVERY 256u
#define RING_MAX 16
#define LOCK_OF_HELD (SN_BACKOFF_RESTART - 1)

static uint64_t now_if_due(const struct sn_thread_rec *t, uint32_t mode)
{
	return mode & SN_MODE_TIMED || t->backoff_count % LOOK_EVERY == 0 ? sn_now() : 0;
}

static int has_failed_enough(const struct sn_thread_rec *t, uint64_t now)
{
	return t->state == SN_THREAD_RUNNING && t->backoff_since_ns &&
	       t->backoff_count >= (uint32_t)sn_shim.options.livelock_attempts &&
	       now - t->backoff_since_ns >= sn_progress_ns(sn_shim.options.livelock_ms);
}

/* Another thread that keeps failing and held `lock` when it last did. */
static uint32_t failing_with(uint32_t lock, uint32_t except, uint64_t now)
{
	const struct sn_recorder *r = &sn_shim.recorder;
	for (uint32_t i = 1; i < r->header->tables[SN_TABLE_THREAD].used; i++) {
		const struct sn_thread_rec *t = sn_rec_thread(r, i);
		if (i != except && (t->backoff_held & LOCK_OF_HELD) == lock &&
		    has_failed_enough(t, now))
			return i;
	}
	return 0;
}

/* Another thread that has failed and holds `lock` now. */
static uint32_t keeping(uint32_t lock, uint32_t except, uint64_t now)
{
	struct sn_view v;
	(void)now;
	sn_recorder_view(&sn_shim.recorder, &v);
	for (uint32_t i = 1; i < sn_view_count(&v, SN_TABLE_THREAD); i++) {
		const struct sn_thread_rec *t = sn_view_thread(&v, i);
		if (i == except || t->state != SN_THREAD_RUNNING || !t->backoff_count)
			continue;
		for (uint32_t n = 0; n < t->held_count; n++)
			if (sn_view_thread_held(&v, t, n)->lock == lock)
				return i;
	}
	return 0;
}

typedef uint32_t next_in_ring(uint32_t lock, uint32_t except, uint64_t now);

/* Follows who keeps whom from going on. Returns the length of the ring through `first`, or 0. */
static uint32_t find_ring(uint32_t first, uint64_t now, next_in_ring *next, uint32_t ring[RING_MAX])
{
	uint32_t n = 0, thread = first;
	do {
		ring[n++] = thread;
		uint32_t wanted = sn_rec_thread(&sn_shim.recorder, thread)->backoff_wanted;
		thread = next(wanted, thread, now);
	} while (thread && thread != first && n < RING_MAX);
	return thread == first && n > 1 ? n : 0;
}

static struct sn_part failed_part(uint32_t thread)
{
	const struct sn_thread_rec *t = sn_rec_thread(&sn_shim.recorder, thread);
	return (struct sn_part){.role = SN_ROLE_FAILED,
				.thread = thread,
				.object = t->backoff_wanted,
				.stack = t->backoff_stack,
				.when_ns = t->backoff_since_ns,
				.number = t->backoff_count};
}

/* From the lowest thread on, so that it is the same finding whoever tells it. */
static void tell(struct sn_self *self, const uint32_t *ring, uint32_t n, enum sn_why why)
{
	struct sn_finding f;
	uint32_t first = 0;
	sn_finding_start(&f, SN_KIND_LIVELOCK, SN_SUSPECT, why);
	for (uint32_t i = 1; i < n; i++)
		first = ring[i] < ring[first] ? i : first;
	for (uint32_t i = 0; i < n; i++)
		sn_finding_add(&f, failed_part(ring[(first + i) % n]));
	sn_report_finding(self, &f);
}

/* Attempts of the others in the ring. */
static uint32_t attempts_of(const uint32_t *ring, uint32_t n)
{
	uint32_t sum = 0;
	for (uint32_t i = 1; i < n; i++)
		sum += sn_rec_thread(&sn_shim.recorder, ring[i])->backoff_count;
	return sum;
}

static void judge(struct sn_self *self, uint64_t now)
{
	uint32_t ring[RING_MAX], n = find_ring(self->thread, now, failing_with, ring);
	uint32_t others = attempts_of(ring, n), before = self->rec->backoff_peer;
	self->rec->backoff_peer = others;
	/* Twice: those that stopped since the look before have grown once. */
	self->peers_grew = n && before && others - before >= n - 1 ? self->peers_grew + 1 : 0;
	if (self->peers_grew >= 2)
		tell(self, ring, n, SN_WHY_MEASURED);
}

/* A number that changes when any of the ring lets go of its locks, or begins anew. */
static uint64_t key_of(const uint32_t *ring, uint32_t n)
{
	uint64_t key = n;
	for (uint32_t i = 0; i < n; i++) {
		const struct sn_thread_rec *t = sn_rec_thread(&sn_shim.recorder, ring[i]);
		key = key * 0x9fb21c651e98df25u + ring[i];
		key = key * 0x9fb21c651e98df25u + t->backoff_held / SN_BACKOFF_RESTART;
		key = key * 0x9fb21c651e98df25u + t->backoff_since_ns;
	}
	return key;
}

static void judge_kept(struct sn_self *self)
{
	uint64_t now = sn_now(), least = sn_progress_ns(sn_shim.options.held_ms);
	uint32_t ring[RING_MAX], n = find_ring(self->thread, now, keeping, ring);
	uint32_t others = attempts_of(ring, n);
	uint64_t key = n ? key_of(ring, n) : 0;
	if (key != self->kept_key) {
		self->kept_key = key;
		self->kept_since_ns = now;
		self->kept_attempts = others;
	} else if (n && least && now - self->kept_since_ns >= least &&
		   others - self->kept_attempts >= 2 * (n - 1)) {
		tell(self, ring, n, SN_WHY_KEPT);
	}
}

static int is_due(struct sn_self *self)
{
	uint64_t now = sn_ticks();
	if (sn_likely(now - self->kept_ticks < SN_PASSED_TICKS))
		return 0;
	self->kept_ticks = now;
	return 1;
}

void sn_progress_gave_up(struct sn_self *self, uint32_t lock, uint32_t mode, struct sn_site site)
{
	int saved = errno;
	struct sn_thread_rec *t = self->rec;
	self->attention |= SN_ATTENTION_BACKING_OFF;
	t->backoff_wanted = lock;
	t->backoff_held = (t->backoff_held & ~LOCK_OF_HELD) | self->held[t->held_count - 1].lock;
	if (!t->backoff_count++) {
		t->backoff_stack = sn_trace(self, site.ra, site.cfa);
		t->backoff_since_ns = sn_now();
		t->backoff_peer = 0;
		self->kept_key = 0;
	} else {
		uint64_t now = now_if_due(t, mode);
		if (now && has_failed_enough(t, now))
			judge(self, now);
		if (is_due(self))
			judge_kept(self);
	}
	errno = saved;
}

void sn_progress_got(struct sn_self *self)
{
	if (!self->rec->held_count) {
		self->rec->backoff_held += SN_BACKOFF_RESTART;
		return; /* the first lock of the next attempt */
	}
	self->attention &= ~SN_ATTENTION_BACKING_OFF;
	self->rec->backoff_count = 0;
}
