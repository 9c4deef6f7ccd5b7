/* SPDX-License-Identifier: Apache-2.0
 *
 * Barriers.  Who completes a round says so before the real call, so that those who slept are not
 * taken for stuck; the count of waiters tells it, which is right again as soon as all have left
 * even where an arrival was not seen.
 *
 * A thread also remembers which round of its last two barriers it passed, and begins a new phase of
 * lock orders (detect/order_barrier.c says what follows from it).  That holds only where each round
 * was made up of the same threads: the sum of a number for each thread that arrived must be the
 * same in every round.  Whatever cannot be accounted for (shared between processes, initialised
 * unseen, a thread that comes late) makes the barrier order nothing, for good. */
#include "interpose/evidence.h"
#include "interpose/bytes.h"
#include "interpose/api_error.h"
#include "interpose/real.h"

/* glibc keeps the number of threads here. */
#define COUNT_WORD 2
/* Arrivals are 32 bits: long before they overflow they begin anew. */
#define ARRIVED_MOST (1u << 31)

/* The highest round of any barrier. A new barrier's rounds are above it, so that a record that
 * serves a second barrier is not taken for the first. */
static uint32_t highest_round;

struct barrier_wait {
	struct sn_self *self; /* NULL: unseen */
	struct sn_sync_rec *sync;
	uint32_t round;
	struct sn_wait_scope outer;
};

static inline int may_order(const struct sn_sync_rec *sync)
{
	return !(sync->flags & (SN_SYNC_MEMBERS_VARY | SN_SYNC_OUTSIDE));
}

/* Makes the barrier the newest of the thread's, with no round as yet. */
static void enter_slot(struct sn_thread_rec *t, uint32_t barrier)
{
	if (t->barrier[0] != barrier) {
		t->barrier_round[1] = t->barrier_round[0];
		t->barrier[1] = t->barrier[0];
	}
	t->barrier_round[0] = 0;
	t->barrier[0] = barrier;
}

/* Whether the thread may have been in the round before: it may have forgotten that only if it
 * passed two other barriers since. */
static int may_be_member(const struct sn_thread_rec *t, uint32_t barrier, uint32_t before)
{
	for (int i = 0; i < SN_BARRIERS; i++) {
		if (t->barrier[i] == barrier)
			return t->barrier_round[i] == before;
		if (!t->barrier[i])
			return 0;
	}
	return 1;
}

/* Numbers whose sums are different for different sets of threads. */
static uint64_t member(uint32_t serial)
{
	uint64_t x = serial * 0x9fb21c651e98df25u;
	x = (x ^ (x >> 32)) * 0xd6e8feb86659fd93u;
	return x ^ (x >> 29);
}

/* The thread's round, by order of arrival: where the members are fixed that is the real one. */
static uint32_t count_arrival(struct sn_self *self, struct sn_sync_rec *sync)
{
	uint32_t n = __atomic_fetch_add(&sync->arrived, 1, __ATOMIC_SEQ_CST);
	uint32_t before = sync->first_round + n / sync->count;
	__atomic_fetch_add(&sync->members, member(self->rec->serial), __ATOMIC_SEQ_CST);
	if (before != sync->first_round && !may_be_member(self->rec, sync->object, before))
		sync->flags |= SN_SYNC_MEMBERS_VARY;
	return before + 1;
}

/* One more is in the barrier; returns whether it completes the round. Then all are on their way. */
static int enter(struct sn_sync_rec *sync)
{
	uint64_t was = __atomic_load_n(&sync->waiters, __ATOMIC_RELAXED), now;
	uint32_t waiting, pending, complete;
	do {
		waiting = sn_sync_waiting(was) + 1;
		pending = sn_sync_pending(was);
		complete = waiting - pending >= sync->count;
		now = (uint64_t)(complete ? waiting : pending) << 32 | waiting;
	} while (!__atomic_compare_exchange_n(&sync->waiters, &was, now, 0, __ATOMIC_SEQ_CST,
					      __ATOMIC_RELAXED));
	return (int)complete;
}

/* Every thread of the round has arrived, and none can leave before the caller's real call: where
 * the members are fixed nobody else changes the sums now. */
static void account(struct sn_sync_rec *sync, uint32_t round)
{
	uint64_t sum = __atomic_exchange_n(&sync->members, 0, __ATOMIC_SEQ_CST);
	uint32_t arrived = __atomic_load_n(&sync->arrived, __ATOMIC_SEQ_CST);
	if (arrived == sync->count)
		sync->first_members = sum;
	else if (arrived % sync->count || sum != sync->first_members)
		sync->flags |= SN_SYNC_MEMBERS_VARY;
	if (arrived >= ARRIVED_MOST) {
		__atomic_fetch_sub(&sync->arrived, arrived - arrived % sync->count,
				   __ATOMIC_SEQ_CST);
		sync->flags |= SN_SYNC_MEMBERS_VARY;
	}
	if (__atomic_load_n(&highest_round, __ATOMIC_RELAXED) < round)
		__atomic_store_n(&highest_round, round, __ATOMIC_RELAXED);
}

static struct sn_sync_rec *find(struct sn_self *self, pthread_barrier_t *b, struct sn_site site)
{
	if (sn_unlikely(sn_bytes_no_barrier(b)))
		sn_bytes_tell(b, SN_LOCK_BARRIER, site);
	struct sn_sync_rec *sync = sn_sync_of(self, b, SN_LOCK_BARRIER, site);
	if (!sync || sync->count)
		return sync;
	sync->flags |= SN_SYNC_MEMBERS_VARY;
	sync->count = ((const uint32_t *)b)[COUNT_WORD];
	return sync->count ? sync : NULL;
}

static void wait_begin(struct barrier_wait *w, pthread_barrier_t *b, struct sn_site site)
{
	int saved = errno;
	struct sn_self *self = sn_self_get(site.cfa);
	struct sn_sync_rec *sync = self ? find(self, b, site) : NULL;
	if (sync) {
		uint32_t stack = sn_trace(self, site.ra, site.cfa);
		sn_evidence_shared(self);
		*w = (struct barrier_wait){.self = self, .sync = sync};
		if (may_order(sync)) {
			w->round = count_arrival(self, sync);
			enter_slot(self->rec, sync->object);
		}
		if (!enter(sync)) {
			sn_wait_begin(self, &w->outer, SN_WAIT_BARRIER, sync->object,
				      SN_MODE_DESTROY, stack);
		} else {
			sn_sync_signalled(self, sync, &sync->heard, SN_SIGNAL_BROADCAST, stack);
			if (may_order(sync))
				account(sync, w->round);
		}
	}
	errno = saved;
}

/* Orders that the thread has recorded are recorded anew: they are those of another phase. Its order
 * clock stands still, since a record whose clock has moved can never serve another thread. */
static void begin_phase(struct sn_self *self, uint32_t barrier, uint32_t round)
{
	self->prints[0] = (self->prints[0] + sn_held_mix(barrier, 1)) * 0x9fb21c651e98df25u +
			  sn_held_mix(round, 0);
	sn_held_reprint(self);
}

static void wait_end(struct barrier_wait *w)
{
	struct sn_self *self = w->self;
	if (!self)
		return;
	w->self = NULL;
	sn_wait_end(&w->outer);
	struct sn_thread_rec *t = self->rec;
	uint32_t barrier = w->sync->object;
	if (w->round && may_order(w->sync) && t->barrier[0] == barrier) {
		t->barrier_round[0] = w->round;
		begin_phase(self, barrier, w->round);
	}
	sn_sync_leave(w->sync, 1);
}

SN_EXPORT int pthread_barrier_wait(pthread_barrier_t *b)
{
	struct sn_site site = SN_SITE;
	/* It is no cancellation point, but a thread may be cancelled anywhere if it asks for that.
	 */
	struct barrier_wait w __attribute__((cleanup(wait_end))) = {.self = NULL};
	wait_begin(&w, b, site);
	return sn_real(pthread_barrier_wait)(b);
}

static int is_shared(const pthread_barrierattr_t *attributes)
{
	int shared = PTHREAD_PROCESS_PRIVATE;
	if (attributes)
		pthread_barrierattr_getpshared(attributes, &shared);
	return shared == PTHREAD_PROCESS_SHARED;
}

SN_EXPORT int pthread_barrier_init(pthread_barrier_t *b, const pthread_barrierattr_t *attributes,
				   unsigned int count)
{
	struct sn_site site = SN_SITE;
	struct sn_self *self = sn_self_get(site.cfa);
	if (self)
		sn_misuse_init(self, b, SN_LOCK_BARRIER, 0, site);
	int result = sn_real(pthread_barrier_init)(b, attributes, count);
	int saved = errno;
	if (self && !result) {
		uint32_t shared = is_shared(attributes) ? SN_LOCK_PSHARED : 0;
		struct sn_sync_rec *sync =
			sn_sync_make(self, b, SN_LOCK_BARRIER, SN_LOCK_INIT_SEEN | shared, 1, site);
		if (sync) {
			sync->count = count;
			sync->first_round = __atomic_load_n(&highest_round, __ATOMIC_RELAXED);
		}
	}
	sn_api_error(self, 0, result, site);
	errno = saved;
	return result;
}

/* It waits until all whom a completed round let go have left; after it nobody is inside, or on the
 * way out of our wrapper at most. Where threads sleep in the barrier it waits for good. */
SN_EXPORT int pthread_barrier_destroy(pthread_barrier_t *b)
{
	struct sn_site site = SN_SITE;
	struct sn_self *self = sn_self_get(site.cfa);
	struct sn_sync_rec *sync = self ? sn_sync_known(self, b, SN_LOCK_BARRIER) : NULL;
	SN_WAIT_SCOPE(outer);
	if (self)
		sn_misuse_destroy(self, b, SN_LOCK_BARRIER, site);
	if (sync && sn_sync_has_sleepers(sync))
		sn_wait_begin(self, &outer, SN_WAIT_BARRIER, sync->object, SN_MODE_DESTROY,
			      sn_trace(self, site.ra, site.cfa));
	int result = sn_real(pthread_barrier_destroy)(b);
	sn_wait_end(&outer);
	int saved = errno;
	if (sync && !result)
		sn_sync_gone(self, b, sync);
	errno = saved;
	return result;
}
