/* SPDX-License-Identifier: Apache-2.0
 *
 * Select: one wait for several channels.  Its cases are published with the wait, as a run of table
 * HELD that the thread's record keeps for its next select. */
#include "interpose/channel.h"
#include "graph/registry.h"

/* The same number of cases as the library waits for without memory of its own. */
#define CASES_USUAL 16u

/* Room for n cases in the thread's record; 0 where there is none. */
static int make_room(struct sn_self *self, uint32_t n)
{
	struct sn_thread_rec *t = self->rec;
	uint32_t want = n > CASES_USUAL ? n : CASES_USUAL, first = 0, state = self->state;
	if (n <= t->cases_capacity)
		return 1;
	sn_busy_begin(self, (uintptr_t)__builtin_frame_address(0));
	if (!sn_lock_take(&sn_shim.lock)) {
		first = sn_recorder_append(&sn_shim.recorder, SN_TABLE_HELD, want);
		sn_lock_give(&sn_shim.lock);
	}
	self->state = state;
	if (!first)
		return 0;
	t->cases = first;
	t->cases_capacity = want;
	return 1;
}

static struct sn_sync_rec *use(struct sn_self *self, const struct snarl_case *c,
			       struct sn_site site)
{
	struct sn_sync_rec *sync =
		c->channel ? sn_channel_object(self, c->channel, SN_LOCK_CHANNEL, site) : NULL;
	if (!sync)
		return NULL;
	sn_channel_used(self, sync, c->direction == SNARL_SEND ? &sync->heard : &sync->unheard,
			site);
	sn_channel_keeps(self, sync);
	return sync;
}

/* Publishes the cases; returns the state of the first with a channel. *mode: whether one of them
 * ends the wait by itself. */
static struct sn_sync_rec *publish(struct sn_self *self, const struct snarl_case *cases,
				   size_t count, uint32_t *mode, struct sn_site site)
{
	struct sn_thread_rec *t = self->rec;
	struct sn_sync_rec *first = NULL;
	t->case_count = 0;
	int room = count <= UINT16_MAX && make_room(self, (uint32_t)count);
	for (size_t i = 0; i < count; i++) {
		struct sn_sync_rec *sync = use(self, &cases[i], site);
		if (!sync) {
			room = room && !cases[i].channel;
			continue;
		}
		sn_channel_holds(sync, self->thread, 0);
		first = first ? first : sync;
		*mode |= sn_channel_mode(sync);
		if (room)
			*sn_rec_held(&sn_shim.recorder,
				     t->cases + t->case_count++) = (struct sn_held){
				.lock = sync->object,
				.mode = cases[i].direction == SNARL_SEND ? SN_MODE_SEND : 0};
	}
	/* Some of the cases would say that the others could not end the wait. */
	if (!room)
		t->case_count = 0;
	return first ? first : sn_channel_met(self, NULL, SN_LOCK_CHANNEL, site);
}

static int begin(struct sn_channel_wait *w, struct sn_self *self, const struct snarl_case *cases,
		 size_t count, uint32_t mode, struct sn_site site)
{
	struct sn_sync_rec *sync = self ? publish(self, cases, count, &mode, site) : NULL;
	return sync && sn_channel_wait_begin(w, self, sync, SN_WAIT_SELECT, mode, site);
}

/* The chosen case. Of a timer that is set anew at the same moment it is not known which of the two
 * ticks was received, so it counts as set. */
static void chosen(struct sn_self *self, const struct snarl_case *c, struct sn_site site)
{
	struct sn_sync_rec *sync = use(self, c, site);
	if (!sync)
		return;
	if (c->direction == SNARL_SEND && c->result == -EPIPE)
		sn_channel_sent_on_closed(self, sync, site);
	else if (c->direction == SNARL_RECEIVE && !c->result && sync->deadline_ns)
		sn_channel_timer_over(sync, sync->deadline_ns);
}

static inline void ended(struct sn_self *self, const struct snarl_case *cases, int i,
			 struct sn_site site)
{
	if (self && i >= 0)
		chosen(self, &cases[i], site);
}

/* Whoever looks whether one of them is ready has them all. */
static void looked(struct sn_self *self, const struct snarl_case *cases, size_t count,
		   struct sn_site site)
{
	for (size_t i = 0; self && i < count; i++)
		use(self, &cases[i], site);
}

#define FORM(name, try, PARAMETERS, LIMITED, MODE, FIRST)                                          \
	SN_EXPORT int name PARAMETERS                                                              \
	{                                                                                          \
		struct sn_site site = SN_SITE;                                                     \
		struct sn_self *self = sn_self_get(site.cfa);                                      \
		SN_CHANNEL_WAIT(w);                                                                \
		int result = FIRST;                                                                \
		if (!result)                                                                       \
			result = sn_channel_real(try)(cases, count);                               \
		if (result == -EAGAIN && begin(&w, self, cases, count, MODE, site)) {              \
			result = sn_channel_real(try)(cases, count);                               \
			if (result == -EAGAIN)                                                     \
				sn_wait_look(self);                                                \
		}                                                                                  \
		if (result == -EAGAIN)                                                             \
			result = sn_channel_real(name) LIMITED;                                    \
		ended(self, cases, result, site);                                                  \
		return result;                                                                     \
	}

#define CASES struct snarl_case *cases, size_t count

#define FORMS(plain, try, until, with)                                                             \
	FORM(plain, try, (CASES), (cases, count), 0, 0)                                            \
	FORM(until, try, (CASES, int64_t deadline), (cases, count, deadline),                      \
	     sn_channel_until(deadline), 0)                                                        \
	FORM(with, try, (CASES, struct snarl_context * context), (cases, count, context),          \
	     sn_channel_with(self, context), sn_channel_real(snarl_context_error)(context))        \
	SN_EXPORT int try(struct snarl_case *cases, size_t count)                                  \
	{                                                                                          \
		struct sn_site site = SN_SITE;                                                     \
		struct sn_self *self = sn_self_get(site.cfa);                                      \
		int result = sn_channel_real(try)(cases, count);                                   \
		if (result == -EAGAIN)                                                             \
			looked(self, cases, count, site);                                          \
		ended(self, cases, result, site);                                                  \
		return result;                                                                     \
	}

FORMS(snarl_select, snarl_try_select, snarl_select_until, snarl_select_with)
FORMS(snarl_select_ordered, snarl_try_select_ordered, snarl_select_ordered_until,
      snarl_select_ordered_with)
