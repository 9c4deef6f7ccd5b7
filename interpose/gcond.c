/* SPDX-License-Identifier: Apache-2.0
 *
 * GCond: waits, signals and the object's life.  The real wait gives up the mutex and takes it again
 * by steps of GLib's own, and sleeps by syscall, which knows from sn_glib_wait that this wait has
 * been published. */
#include "interpose/deadline.h"
#include "interpose/glib.h"
#include "interpose/gone.h"
#include "interpose/lost.h"
#include "interpose/progress.h"

struct wait {
	struct sn_self *self; /* NULL: unseen */
	struct sn_gcond *cond;
	struct sn_gmutex *mutex;
	struct sn_sync_rec *sync;
	uint32_t lock;  /* what was given up, 0 if nothing */
	uint32_t stack; /* of the wait */
	int woken;
	int64_t until; /* microseconds of CLOCK_MONOTONIC; -1: no limit */
	struct sn_site site;
	struct sn_glib_wait before;
	struct sn_wait_scope outer;
};

#define NO_LIMIT (-1)
#define MILLION 1000000

static uint32_t mode_of(const struct wait *w)
{
	if (w->until == NO_LIMIT)
		return 0;
	struct timespec limit = {w->until / MILLION, w->until % MILLION * 1000};
	return sn_deadline_mode(w->self, w->sync->object, CLOCK_MONOTONIC, &limit, w->site);
}

/* The wait takes the mutex from whoever holds it. */
static SN_COLD void without_mutex(const struct wait *w, uint32_t lock)
{
	struct sn_use use;
	if (sn_use_of(w->self, lock, &use))
		sn_misuse_wait_with(w->self, w->sync, lock, 0, w->site);
}

/* The real call says that the mutex is free, and ends the process: it is no wait. One whose limit
 * has passed does nothing at all. */
static SN_COLD void refuse(struct wait *w)
{
	uint32_t lock = w->until ? sn_gmutex_lock_of(w->self, w->mutex, w->site) : 0;
	if (lock)
		sn_misuse_wait_with(w->self, w->sync, lock, 0, w->site);
	w->self = NULL;
}

/* What the thread gives up for the wait, and how it had come by it. */
static uint32_t leave_mutex(const struct wait *w, struct sn_held *was)
{
	struct sn_self *self = w->self;
	uint32_t lock = sn_gmutex_lock_of(self, w->mutex, w->site);
	uint32_t slot = lock ? sn_held_find(self, lock) : UINT32_MAX;
	*was = (struct sn_held){0};
	self->rec->wait_mutex = 0;
	if (sn_unlikely(slot == UINT32_MAX)) {
		if (lock)
			without_mutex(w, lock);
		return 0;
	}
	if (sn_unlikely(w->sync->mutex && w->sync->mutex != lock))
		sn_misuse_wait_other(self, w->sync, slot, w->site);
	*was = self->held[slot];
	self->rec->wait_mutex = lock;
	self->rec->wait_mutex_stack = was->stack;
	w->sync->mutex = lock;
	return sn_gmutex_leave(self, w->mutex);
}

static void begin(struct wait *w)
{
	struct sn_self *self = w->self;
	struct sn_held was;
	w->sync = sn_sync_of(self, w->cond, SN_LOCK_GLIB_COND, w->site);
	if (!w->sync) {
		w->self = NULL;
		return;
	}
	if (sn_unlikely(w->mutex->word == SN_GMUTEX_FREE)) {
		refuse(w);
		return;
	}
	uint32_t mode = mode_of(w);
	w->stack = sn_trace(self, w->site.ra, w->site.cfa);
	sn_gone_frames(self, w->site);
	if (self->rec->held_count > 1)
		sn_gone_memory(self, w->site);
	w->lock = leave_mutex(w, &was);
	sn_sync_enter(w->sync);
	sn_lost_waiting(self, w->sync, &was, mode, w->stack);
	sn_wait_begin(self, &w->outer, SN_WAIT_COND, w->sync->object, mode, w->stack);
	sn_glib_wait = (struct sn_glib_wait){w->cond, w->mutex, 0};
}

static void start(struct wait *w)
{
	int saved = errno;
	w->before = sn_glib_wait;
	w->self = sn_glib_ready() ? sn_self_get(w->site.cfa) : NULL;
	if (w->self)
		begin(w);
	errno = saved;
}

static void end(struct wait *w)
{
	struct sn_self *self = w->self;
	int saved = errno;
	if (!self)
		return;
	sn_glib_wait = w->before;
	sn_wait_end(&w->outer);
	sn_sync_leave(w->sync, w->woken);
	if (w->lock)
		sn_gmutex_come_back(self, w->lock, w->woken ? SN_MODE_WOKEN : 0, w->site);
	sn_lost_returned(self, w->sync, w->stack, w->woken);
	errno = saved;
}

/* Ends with the block, also when the thread is cancelled in the wait. */
#define GLIB_WAIT(name, c, m, limit)                                                               \
	struct wait name __attribute__((cleanup(end))) = {                                         \
		.cond = (c), .mutex = (m), .until = (limit), .site = SN_SITE};                     \
	start(&name)

SN_EXPORT void g_cond_wait(struct sn_gcond *c, struct sn_gmutex *m)
{
	GLIB_WAIT(w, c, m, NO_LIMIT);
	if (sn_glib_real_table.g_cond_wait)
		sn_glib_real_table.g_cond_wait(c, m);
	w.woken = 1;
}

/* A limit before the clock's beginning has passed: any such will do. */
SN_EXPORT int g_cond_wait_until(struct sn_gcond *c, struct sn_gmutex *m, int64_t until)
{
	GLIB_WAIT(w, c, m, until < 0 ? 0 : until);
	if (sn_glib_real_table.g_cond_wait_until)
		w.woken = sn_glib_real_table.g_cond_wait_until(c, m, until);
	return w.woken;
}

/* Of old. Its limit is one of the wall's clock. */
static int64_t from_wall(const struct sn_gtime *t)
{
	struct timespec wall, steady;
	if (!t)
		return NO_LIMIT;
	sn_clock(CLOCK_REALTIME, &wall);
	sn_clock(CLOCK_MONOTONIC, &steady);
	int64_t us = (t->seconds - wall.tv_sec + steady.tv_sec) * MILLION + t->microseconds;
	return us < 0 ? 0 : us;
}

SN_EXPORT int g_cond_timed_wait(struct sn_gcond *c, struct sn_gmutex *m, struct sn_gtime *limit)
{
	GLIB_WAIT(w, c, m, from_wall(limit));
	if (sn_glib_real_table.g_cond_timed_wait)
		w.woken = sn_glib_real_table.g_cond_timed_wait(c, m, limit);
	return w.woken;
}

static void signalling(struct sn_gcond *c, uint32_t flags, struct sn_site site)
{
	struct sn_self *self = sn_glib_ready() ? sn_self_get(site.cfa) : NULL;
	int saved = errno;
	struct sn_sync_rec *sync = self ? sn_sync_of(self, c, SN_LOCK_GLIB_COND, site) : NULL;
	uint32_t stack = sync ? sn_trace(self, site.ra, site.cfa) : 0;
	if (sync && sn_sync_has_sleepers(sync))
		sn_lost_heard(self, sync, flags, stack);
	else if (sync)
		sn_lost_unheard(self, sync, flags, stack);
	errno = saved;
}

SN_EXPORT void g_cond_signal(struct sn_gcond *c)
{
	signalling(c, 0, SN_SITE);
	if (sn_glib_real_table.g_cond_signal)
		sn_glib_real_table.g_cond_signal(c);
}

SN_EXPORT void g_cond_broadcast(struct sn_gcond *c)
{
	signalling(c, SN_SIGNAL_BROADCAST, SN_SITE);
	if (sn_glib_real_table.g_cond_broadcast)
		sn_glib_real_table.g_cond_broadcast(c);
}

static void born(struct sn_gcond *c, struct sn_site site)
{
	struct sn_self *self = c && sn_glib_ready() ? sn_self_get(site.cfa) : NULL;
	int saved = errno;
	if (self)
		sn_sync_make(self, c, SN_LOCK_GLIB_COND, SN_LOCK_INIT_SEEN, 1, site);
	errno = saved;
}

static void dies(struct sn_gcond *c, struct sn_site site)
{
	struct sn_self *self = c && sn_glib_ready() ? sn_self_get(site.cfa) : NULL;
	int saved = errno;
	struct sn_sync_rec *sync = self ? sn_sync_known(self, c, SN_LOCK_GLIB_COND) : NULL;
	if (!sync)
		return;
	sn_progress_cond_gone(self, sync);
	sn_misuse_destroy(self, c, SN_LOCK_GLIB_COND, site);
	sn_sync_gone(self, c, sync);
	errno = saved;
}

SN_EXPORT void g_cond_init(struct sn_gcond *c)
{
	struct sn_site site = SN_SITE;
	struct sn_self *self = sn_glib_ready() ? sn_self_get(site.cfa) : NULL;
	if (self)
		sn_misuse_init(self, c, SN_LOCK_GLIB_COND, 0, site);
	if (sn_glib_real_table.g_cond_init)
		sn_glib_real_table.g_cond_init(c);
	born(c, site);
}

SN_EXPORT void g_cond_clear(struct sn_gcond *c)
{
	dies(c, SN_SITE);
	if (sn_glib_real_table.g_cond_clear)
		sn_glib_real_table.g_cond_clear(c);
}

/* GLib's own calls of init and clear in these two do not pass by us. */
SN_EXPORT struct sn_gcond *g_cond_new(void)
{
	struct sn_gcond *c = sn_glib_real(g_cond_new) ? sn_glib_real_table.g_cond_new() : NULL;
	born(c, SN_SITE);
	return c;
}

SN_EXPORT void g_cond_free(struct sn_gcond *c)
{
	dies(c, SN_SITE);
	if (sn_glib_real(g_cond_free))
		sn_glib_real_table.g_cond_free(c);
}
