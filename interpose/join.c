/* SPDX-License-Identifier: Apache-2.0
 *
 * Joining and detaching of threads, and what is wrong with doing it twice.  Ids are reused: of one
 * that no living thread bears, the newest thread that bore it is meant, and only if every creation
 * was seen.  Signalling or cancelling a thread that has ended but is not joined is allowed, and so
 * is not looked at. */
#include "interpose/join.h"
#include "graph/registry.h"
#include "interpose/api_error.h"
#include "interpose/deadline.h"
#include "interpose/real.h"
#include "interpose/self.h"

/* Whether the record is that of a thread whose id was free from then on: it was joined, or it was
 * detached and has ended. Records that were given back still tell. */
static int bore(const struct sn_thread_rec *t, pthread_t id)
{
	if (t->state == SN_THREAD_JOINED)
		return t->joined_pthread == (uint64_t)id;
	return (t->state == SN_THREAD_ENDED || t->state == SN_THREAD_FREE) && t->serial &&
	       (t->joined_pthread == (uint64_t)id || t->pthread == (uint64_t)id);
}

static uint32_t find_former(pthread_t id)
{
	const struct sn_recorder *r = &sn_shim.recorder;
	uint32_t used = r->header->tables[SN_TABLE_THREAD].used, found = 0, serial = 0;
	for (uint32_t i = 1; i < used; i++) {
		const struct sn_thread_rec *t = sn_rec_thread(r, i);
		if (t->state == SN_THREAD_CREATED && !t->pthread)
			return 0; /* the id may be its own */
		if (t->serial > serial && bore(t, id)) {
			found = i;
			serial = t->serial;
		}
	}
	return found;
}

/* Another thread that is joining the target now. */
static uint32_t find_joining(uint32_t target, uint32_t self)
{
	const struct sn_recorder *r = &sn_shim.recorder;
	for (uint32_t i = 1; i < r->header->tables[SN_TABLE_THREAD].used; i++) {
		const struct sn_thread_rec *t = sn_rec_thread(r, i);
		if (i != self && t->state == SN_THREAD_RUNNING && t->wait_kind == SN_WAIT_JOIN &&
		    t->wait_object == target)
			return i;
	}
	return 0;
}

static void tell(struct sn_join *j, uint32_t target, uint32_t by, uint32_t stack)
{
	struct sn_self *self = j->self;
	struct sn_finding f;
	sn_finding_start(&f, SN_KIND_DOUBLE_JOIN, SN_CONFIRMED, SN_WHY_JOINED_BEFORE);
	sn_finding_add(&f, (struct sn_part){.role = SN_ROLE_CALLED,
					    .object_is_thread = 1,
					    .thread = self->thread,
					    .object = target,
					    .stack = sn_trace(self, j->site.ra, j->site.cfa)});
	if (stack)
		sn_finding_add(&f, (struct sn_part){.role = SN_ROLE_JOINED,
						    .object_is_thread = 1,
						    .thread = by,
						    .object = target,
						    .stack = stack});
	sn_finding_add(&f, (struct sn_part){.role = SN_ROLE_SUBJECT, .thread = target});
	j->told = 1;
	sn_report_finding(self, &f);
}

/* Of two that come at once neither has seen the other, but the one that published its wait last
 * sees the other's. */
static void judge_again(struct sn_join *j)
{
	uint32_t self = j->self->thread, other = find_joining(j->target, self);
	const struct sn_thread_rec *t = sn_rec_thread(&sn_shim.recorder, other);
	if (!other || t->wait_since_ns > j->self->rec->wait_since_ns)
		return;
	int saved = errno;
	tell(j, j->target, other, t->wait_stack);
	errno = saved;
}

static void keep_record(struct sn_self *self, uint32_t thread)
{
	const struct sn_thread_rec *t = sn_rec_thread(&sn_shim.recorder, thread);
	if (t->state != SN_THREAD_FREE)
		return;
	sn_busy_begin(self, (uintptr_t)__builtin_frame_address(0));
	if (!sn_lock_take(&sn_shim.lock)) {
		uint32_t state = t->joined_pthread ? SN_THREAD_JOINED : SN_THREAD_ENDED;
		sn_registry_thread_keep(&sn_shim.recorder, thread, state);
		sn_lock_give(&sn_shim.lock);
	}
	sn_busy_end(self);
}

/* The target is known and its id is its own. */
static void judge_living(struct sn_join *j)
{
	const struct sn_recorder *r = &sn_shim.recorder;
	const struct sn_thread_rec *t = sn_rec_thread(r, j->target);
	if (t->flags & SN_THREAD_DETACHED) {
		tell(j, j->target, sn_thread_of(t->joined_serial), t->joined_stack);
		return;
	}
	/* A thread that joins itself joins nobody. */
	uint32_t self = j->self->thread;
	uint32_t other = j->target == self ? 0 : find_joining(j->target, self);
	if (other)
		tell(j, j->target, other, sn_rec_thread(r, other)->wait_stack);
}

static void judge_former(struct sn_join *j, pthread_t id)
{
	uint32_t former = sn_thread_unseen ? 0 : find_former(id);
	if (!former)
		return;
	keep_record(j->self, former);
	const struct sn_thread_rec *t = sn_rec_thread(&sn_shim.recorder, former);
	tell(j, former, sn_thread_of(t->joined_serial), t->joined_stack);
}

static void begin(struct sn_join *j, pthread_t id, struct sn_site site)
{
	j->site = site;
	j->self = sn_self_get(site.cfa);
	if (!j->self)
		return;
	int saved = errno;
	j->target = sn_thread_by_id(id);
	if (j->target)
		judge_living(j);
	else
		judge_former(j, id);
	errno = saved;
}

void sn_join_begin(struct sn_join *j, pthread_t id, uint32_t mode, struct sn_site site)
{
	begin(j, id, site);
	/* glibc does not wait for the calling thread itself: it returns EDEADLK. Nor does it for a
	 * detached one. */
	if (j->self && j->target && j->target != j->self->thread && !j->told &&
	    !(mode & SN_MODE_TRY)) {
		sn_wait_begin_cancellable(j->self, &j->outer, SN_WAIT_JOIN, j->target, mode,
					  sn_trace(j->self, site.ra, site.cfa));
		judge_again(j);
	}
}

void sn_detach_begin(struct sn_join *j, pthread_t id, struct sn_site site)
{
	begin(j, id, site);
}

/* Called with the shim's lock held. */
static void note_where(struct sn_thread_rec *t, const struct sn_self *self, uint32_t stack)
{
	t->joined_stack = stack;
	t->joined_serial = self->rec->serial;
}

/* Threads of one place are joined by one rule: whoever asks why one was not must know of the
 * others, whose records may be gone. Called with the shim's lock held. */
static void note_habit(const struct sn_thread_rec *t, const struct sn_self *self)
{
	if (t->create_stack)
		sn_rec_stack(&sn_shim.recorder, t->create_stack)->flags |=
			t->creator == self->thread ? SN_STACK_THREAD_JOINED
						   : SN_STACK_THREAD_REAPED;
}

static void joined(struct sn_self *self, uint32_t target, uint32_t stack)
{
	struct sn_thread_rec *t = sn_rec_thread(&sn_shim.recorder, target);
	uint32_t epoch = sn_self_tick(self);
	sn_busy_begin(self, (uintptr_t)__builtin_frame_address(0));
	if (!sn_lock_take(&sn_shim.lock)) {
		/* Its end was not seen: see ending.h. */
		if (t->state == SN_THREAD_RUNNING)
			sn_wait_no_more(t);
		t->joiner = self->thread;
		t->joiner_epoch = epoch;
		t->joined_pthread = t->pthread;
		t->pthread = 0;
		note_where(t, self, stack);
		note_habit(t, self);
		__atomic_store_n(&t->state, SN_THREAD_JOINED, __ATOMIC_RELEASE);
		sn_registry_thread_free(&sn_shim.recorder, target);
		sn_lock_give(&sn_shim.lock);
	}
	sn_busy_end(self);
}

static void detached(struct sn_self *self, uint32_t target, uint32_t stack)
{
	struct sn_thread_rec *t = sn_rec_thread(&sn_shim.recorder, target);
	sn_busy_begin(self, (uintptr_t)__builtin_frame_address(0));
	if (!sn_lock_take(&sn_shim.lock)) {
		t->flags |= SN_THREAD_DETACHED;
		note_where(t, self, stack);
		if (t->state == SN_THREAD_ENDED)
			sn_registry_thread_free(&sn_shim.recorder, target);
		sn_lock_give(&sn_shim.lock);
	}
	sn_busy_end(self);
}

static uint32_t stack_of(const struct sn_join *j)
{
	return sn_trace(j->self, j->site.ra, j->site.cfa);
}

void sn_join_end(struct sn_join *j, int result)
{
	int saved = errno;
	sn_wait_end(&j->outer);
	if (!j->self)
		return;
	/* Of two that join at once the first one is the joiner. */
	if (!result && j->target && !j->told)
		joined(j->self, j->target, stack_of(j));
	else if (result == EDEADLK && j->target == j->self->thread)
		sn_told_edeadlk(j->self, 0, 0, j->site);
	else if (!j->told)
		sn_api_error(j->self, 0, result, j->site);
	errno = saved;
}

void sn_detach_end(struct sn_join *j, int result)
{
	int saved = errno;
	if (!j->self)
		return;
	if (!result && j->target && !j->told)
		detached(j->self, j->target, stack_of(j));
	else if (!j->told)
		sn_api_error(j->self, 0, result, j->site);
	errno = saved;
}

/* The wrappers of pthread_join differ in how long they wait. */
struct call {
	pthread_t id;
	void **value;
	const struct timespec *limit;
	clockid_t clock;
	uint32_t mode;
};

typedef int real_call(const struct call *c);

static int join_with(const struct call *c, real_call *call, struct sn_site site)
{
	SN_JOIN(j);
	struct sn_self *self = c->mode & SN_MODE_TIMED ? sn_self_get(site.cfa) : NULL;
	uint32_t mode = self ? sn_deadline_mode(self, 0, c->clock, c->limit, site) : c->mode;
	sn_join_begin(&j, c->id, mode, site);
	int result = call(c);
	sn_join_end(&j, result);
	return result;
}

static int call_join(const struct call *c)
{
	return sn_real(pthread_join)(c->id, c->value);
}

static int call_try(const struct call *c)
{
	return sn_real(pthread_tryjoin_np)(c->id, c->value);
}

static int call_timed(const struct call *c)
{
	return sn_real(pthread_timedjoin_np)(c->id, c->value, c->limit);
}

static int call_clock(const struct call *c)
{
	return sn_real(pthread_clockjoin_np)(c->id, c->value, c->clock, c->limit);
}

SN_EXPORT int pthread_join(pthread_t id, void **value)
{
	return join_with(&(struct call){.id = id, .value = value}, call_join, SN_SITE);
}

SN_EXPORT int pthread_tryjoin_np(pthread_t id, void **value)
{
	return join_with(&(struct call){.id = id, .value = value, .mode = SN_MODE_TRY}, call_try,
			 SN_SITE);
}

SN_EXPORT int pthread_timedjoin_np(pthread_t id, void **value, const struct timespec *limit)
{
	return join_with(
		&(struct call){id, value, limit, CLOCK_REALTIME, limit ? SN_MODE_TIMED : 0},
		call_timed, SN_SITE);
}

SN_EXPORT int pthread_clockjoin_np(pthread_t id, void **value, clockid_t clock,
				   const struct timespec *limit)
{
	return join_with(&(struct call){id, value, limit, clock, limit ? SN_MODE_TIMED : 0},
			 call_clock, SN_SITE);
}

SN_EXPORT int pthread_detach(pthread_t id)
{
	SN_JOIN(j);
	sn_detach_begin(&j, id, SN_SITE);
	int result = sn_real(pthread_detach)(id);
	sn_detach_end(&j, result);
	return result;
}

/* Whoever is cancelled in a join leaves it, though not at once: it closes no ring. One that has
 * ended is past it. */
SN_EXPORT int pthread_cancel(pthread_t id)
{
	struct sn_self *self = sn_self_get(SN_CALLER_CFA);
	uint32_t target = self ? sn_thread_by_id(id) : 0;
	struct sn_thread_rec *t = sn_rec_thread(&sn_shim.recorder, target);
	if (target && t->state != SN_THREAD_ENDED)
		__atomic_fetch_or(&t->flags, SN_THREAD_CANCELLED, __ATOMIC_SEQ_CST);
	return sn_real(pthread_cancel)(id);
}
