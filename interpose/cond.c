/* SPDX-License-Identifier: Apache-2.0
 *
 * Condition waits: the mutex is given up inside the call and taken again before it returns, also
 * when the thread is cancelled there.  Binaries are bound to one of two generations (GLIBC_2.2.5,
 * GLIBC_2.3.2) with different layouts; each wrapper calls its own. */
#include "interpose/cond.h"
#include "interpose/api_error.h"
#include "interpose/deadline.h"
#include "interpose/gone.h"
#include "interpose/lost.h"
#include "interpose/real.h"

/* What the thread gives up for the wait, and how it had come by it. */
static uint32_t leave_mutex(struct sn_cond_wait *w, uint32_t mode, struct sn_held *was)
{
	struct sn_self *self = w->self;
	uint32_t lock = sn_mutex_known(self, w->mutex);
	uint32_t slot = lock ? sn_held_find(self, lock) : UINT32_MAX;

	*was = (struct sn_held){0};
	self->rec->wait_mutex = 0;
	if (sn_unlikely(slot == UINT32_MAX)) {
		sn_misuse_wait_unheld(self, w->sync, w->mutex, mode, w->site);
		return 0;
	}
	if (sn_unlikely(sn_mutex_is_twice(w->mutex)))
		sn_misuse_wait_twice(self, w->sync, slot, mode, w->site);
	if (sn_unlikely(w->sync->mutex && w->sync->mutex != lock))
		sn_misuse_wait_other(self, w->sync, slot, w->site);
	*was = self->held[slot];
	self->rec->wait_mutex = lock;
	self->rec->wait_mutex_stack = was->stack;
	if (w->sync->mutex != lock)
		w->sync->mutex = lock;
	return sn_mutex_leave(self, w->mutex);
}

/* The main thread has been created nowhere. */
static SN_COLD void note_site(struct sn_sync_rec *sync, const struct sn_thread_rec *t)
{
	uint64_t start = t->start_routine;
	if (!start || (sync->waiter_site && sn_sync_waiter_start(sync) != start))
		start = SN_STARTS_VARY;
	sync->waiter_start[0] = (uint32_t)start;
	sync->waiter_start[1] = (uint32_t)(start >> 32);
	sync->waiter_site = sync->waiter_site || !t->create_stack ? SN_SITES_VARY : t->create_stack;
}

/* A time limit; none: NULL. */
struct limit {
	clockid_t clock;
	const struct timespec *time;
};

/* The flag of a condition that says by which clock it goes. */
#define COND_MONOTONIC 2u

static uint32_t mode_of(struct sn_cond_wait *w, const void *cond, const struct limit *limit)
{
	clockid_t clock = limit->clock;
	if (!limit->time)
		return 0;
	if (clock == SN_COND_OWN_CLOCK)
		clock = sn_bytes_word(cond, SN_WORD_COND_WREFS) & COND_MONOTONIC ? CLOCK_MONOTONIC
										 : CLOCK_REALTIME;
	return sn_deadline_mode(w->self, w->sync->object, clock, limit->time, w->site);
}

/* The call will return at once: it is no wait. */
static SN_COLD void refuse(struct sn_cond_wait *w)
{
	sn_misuse_wait_unheld(w->self, w->sync, w->mutex, 0, w->site);
	w->self = NULL;
}

static void begin(struct sn_cond_wait *w, void *cond, const struct limit *limit)
{
	struct sn_self *self = w->self;
	struct sn_held was;

	w->sync = sn_sync_of(self, cond, SN_LOCK_COND, w->site);
	if (!w->sync) {
		w->self = NULL;
		return;
	}
	if (sn_unlikely(sn_mutex_refuses(self, w->mutex))) {
		refuse(w);
		return;
	}
	uint32_t mode = mode_of(w, cond, limit);
	w->stack = sn_trace(self, w->site.ra, w->site.cfa);
	sn_gone_frames(self, w->site);
	if (self->rec->held_count > 1)
		sn_gone_memory(self, w->site);
	w->is_first = !w->sync->mutex;
	w->lock = leave_mutex(w, mode, &was);
	if (sn_unlikely(w->sync->waiter_site != self->rec->create_stack))
		note_site(w->sync, self->rec);
	sn_sync_enter(w->sync);
	sn_lost_waiting(self, w->sync, &was, mode, w->stack);
	sn_wait_begin_cancellable(self, &w->outer, SN_WAIT_COND, w->sync->object, mode, w->stack);
}

void sn_cond_begin_timed(struct sn_cond_wait *w, void *cond, pthread_mutex_t *m, clockid_t clock,
			 const struct timespec *limit, struct sn_site site)
{
	int saved = errno;
	w->self = sn_self_get(site.cfa);
	w->mutex = m;
	w->site = site;
	if (w->self)
		begin(w, cond, &(struct limit){clock, limit});
	errno = saved;
}

void sn_cond_begin(struct sn_cond_wait *w, void *cond, pthread_mutex_t *m, struct sn_site site)
{
	sn_cond_begin_timed(w, cond, m, SN_COND_OWN_CLOCK, NULL, site);
}

void sn_cond_end(struct sn_cond_wait *w)
{
	struct sn_self *self = w->self;
	if (!self)
		return;
	w->self = NULL;
	int saved = errno, woken = w->result == 0;
	sn_wait_end(&w->outer);
	if (sn_unlikely(w->result == ETIMEDOUT && w->is_first))
		sn_lost_ran_out(self, w->sync, w->stack);
	sn_sync_leave(w->sync, woken);
	if (w->lock)
		sn_mutex_come_back(self, w->mutex, w->lock, woken ? SN_MODE_WOKEN : 0, w->site);
	sn_lost_returned(self, w->sync, w->stack, woken);
	/* Told as a wait without the mutex, or with what is none. */
	if (w->result > 0 && w->result != EPERM && !sn_misuse_kind(sn_mutex_kind(w->mutex)))
		sn_api_error(self, w->sync->object, w->result, w->site);
	errno = saved;
}

typedef int plain_call(pthread_cond_t *, pthread_mutex_t *);
typedef int timed_call(pthread_cond_t *, pthread_mutex_t *, const struct timespec *);

static int wait_with(pthread_cond_t *c, pthread_mutex_t *m, plain_call *call, struct sn_site site)
{
	SN_COND_WAIT(w);
	sn_cond_begin(&w, c, m, site);
	return w.result = call(c, m);
}

static int timed_with(pthread_cond_t *c, pthread_mutex_t *m, clockid_t clock,
		      const struct timespec *limit, timed_call *call, struct sn_site site)
{
	SN_COND_WAIT(w);
	sn_cond_begin_timed(&w, c, m, clock, limit, site);
	return w.result = call(c, m, limit);
}

#define RESOLVED(call) (sn_real_table.call ? (void)0 : sn_real_resolve(), sn_real_table.call)

/* Exported under pthread's names and versions, by the directives below. */
int sn_cond_wait_new(pthread_cond_t *, pthread_mutex_t *);
int sn_cond_timedwait_new(pthread_cond_t *, pthread_mutex_t *, const struct timespec *);
int sn_cond_wait_old(pthread_cond_t *, pthread_mutex_t *);
int sn_cond_timedwait_old(pthread_cond_t *, pthread_mutex_t *, const struct timespec *);

SN_EXPORT int sn_cond_wait_new(pthread_cond_t *c, pthread_mutex_t *m)
{
	sn_cond_look(c, SN_SITE);
	return wait_with(c, m, RESOLVED(cond_wait), SN_SITE);
}

SN_EXPORT int sn_cond_timedwait_new(pthread_cond_t *c, pthread_mutex_t *m,
				    const struct timespec *limit)
{
	sn_cond_look(c, SN_SITE);
	return timed_with(c, m, SN_COND_OWN_CLOCK, limit, RESOLVED(cond_timedwait), SN_SITE);
}

SN_EXPORT int sn_cond_wait_old(pthread_cond_t *c, pthread_mutex_t *m)
{
	return wait_with(c, m, RESOLVED(cond_wait_old), SN_SITE);
}

SN_EXPORT int sn_cond_timedwait_old(pthread_cond_t *c, pthread_mutex_t *m,
				    const struct timespec *limit)
{
	return timed_with(c, m, CLOCK_REALTIME, limit, RESOLVED(cond_timedwait_old), SN_SITE);
}

__asm__(".symver sn_cond_wait_new, pthread_cond_wait@@GLIBC_2.3.2");
__asm__(".symver sn_cond_timedwait_new, pthread_cond_timedwait@@GLIBC_2.3.2");
__asm__(".symver sn_cond_wait_old, pthread_cond_wait@GLIBC_2.2.5");
__asm__(".symver sn_cond_timedwait_old, pthread_cond_timedwait@GLIBC_2.2.5");

SN_EXPORT int pthread_cond_clockwait(pthread_cond_t *c, pthread_mutex_t *m, clockid_t clock,
				     const struct timespec *limit)
{
	SN_COND_WAIT(w);
	sn_cond_look(c, SN_SITE);
	sn_cond_begin_timed(&w, c, m, clock, limit, SN_SITE);
	return w.result = sn_real(pthread_cond_clockwait)(c, m, clock, limit);
}
