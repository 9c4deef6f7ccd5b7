/* SPDX-License-Identifier: Apache-2.0
 *
 * pthread_once and call_once (and std::call_once, which is made of the former).  While its routine
 * runs an once control is a lock that the running thread holds: whoever comes meanwhile waits for
 * that thread.  When the routine has returned nobody waits for the control ever again: such a call
 * records nothing, and costs one load.
 *
 * Which thread runs the routine is decided in the real call, so that is given a routine of ours.
 * Every other way out of the routine (an exception, cancellation, the thread's end) makes glibc
 * reset the control, and ends the hold here.
 *
 * Orders with other locks are recorded of controls in static memory only.  Those on the heap serve
 * once each, in every std::promise for one; to record them would never end. */
#include <dlfcn.h>
#include "interpose/acquire.h"
#include "interpose/brief.h"
#include "interpose/real.h"

/* glibc's, and musl's too: 2 is done. */
#define RUNNING 1
#define DONE 2

struct once_call {
	const int *control;
	void (*routine)(void);
	struct once_call *outer;
	struct sn_site site;
	struct sn_brief brief; /* the control is known where brief.lock is not 0 */
	struct sn_wait_scope wait;
	uint32_t mode;
	uint32_t stack;
};

int sn_once_done = DONE;

/* The thread's innermost call whose routine has not begun. */
static __thread struct once_call *pending __attribute__((tls_model("initial-exec")));

static inline int word_of(const int *control)
{
	return __atomic_load_n(control, __ATOMIC_ACQUIRE);
}

static int is_static(const void *address)
{
	struct dl_find_object found;
	return !_dl_find_object((void *)(uintptr_t)address, &found);
}

static void note_order(struct sn_self *self, const struct once_call *c)
{
	if (!(c->mode & SN_MODE_UNORDERED) && sn_held_find(self, c->brief.lock) == UINT32_MAX)
		sn_order(self, c->brief.lock, c->mode, c->stack, NULL, c->site);
}

/* Another thread may take the control between a look at it and the real call. So the wait is
 * published first: a thread that takes it after the look finds the wait when it comes to block. */
static void wait_for_runner(struct sn_self *self, struct once_call *c)
{
	const uint32_t *live = &sn_shim.recorder.header->live_threads;
	int alone = __atomic_load_n(live, __ATOMIC_RELAXED) < 2;
	if (alone && !(word_of(c->control) & RUNNING))
		return;
	sn_wait_publish(self, &c->wait, SN_WAIT_LOCK, c->brief.lock, c->mode, c->stack);
	if (!(word_of(c->control) & RUNNING))
		return;
	note_order(self, c);
	sn_wait_look(self);
}

static SN_COLD void begin(struct once_call *c)
{
	int saved = errno;
	struct sn_self *self = sn_self_get(c->site.cfa);
	if (self) {
		c->mode = SN_MODE_WRITE | (is_static(c->control) ? 0 : SN_MODE_UNORDERED);
		c->stack = sn_trace(self, c->site.ra, c->site.cfa);
		sn_brief_enter(self, &c->brief, c->control, SN_LOCK_ONCE, c->stack);
		if (c->brief.lock)
			wait_for_runner(self, c);
	}
	c->outer = pending;
	pending = c;
	errno = saved;
}

/* A routine that threw, or was cancelled, is tried again: what is recorded of one attempt holds for
 * the next, and however many there are make one record. */
static int outlives(const struct sn_self *self, const struct once_call *c)
{
	return c->brief.nonce == sn_shim.nonce && !(c->mode & SN_MODE_UNORDERED) &&
	       self->locks[c->brief.lock].flags & SN_LOCK_ORDERED;
}

static void finish(struct once_call *c)
{
	int saved = errno;
	if (pending == c)
		pending = c->outer;
	sn_wait_end(&c->wait);
	struct sn_self *self = c->brief.lock ? sn_self_get(c->site.cfa) : NULL;
	if (self && !outlives(self, c))
		sn_brief_leave(self, &c->brief, SN_LOCK_ONCE);
	errno = saved;
}

static void hold(struct once_call *c)
{
	int saved = errno;
	sn_wait_end(&c->wait);
	struct sn_self *self = c->brief.lock ? sn_self_get(SN_CALLER_CFA) : NULL;
	if (self) {
		note_order(self, c);
		self->locks[c->brief.lock].owner_hint = self->thread;
		sn_held_push(self, c->brief.lock, c->mode, c->stack);
		sn_held_reprint(self);
	}
	errno = saved;
}

/* Nobody holds a control for a critical section: that a thread has held one says nothing of what
 * it knows, so no trace of it stays. In a child that the routine has forked nothing is held. */
static void let_go(struct once_call **call)
{
	const struct sn_brief *b = &(*call)->brief;
	int saved = errno;
	struct sn_self *self = b->lock ? sn_self_get(SN_CALLER_CFA) : NULL;
	if (self && b->nonce == sn_shim.nonce) {
		uint32_t *released = &self->rec->released[b->lock % SN_RELEASED], was = *released;
		self->locks[b->lock].owner_hint = 0;
		if (sn_release(self, b->lock))
			*released = was;
	}
	errno = saved;
}

/* What the real call runs. */
static void run(void)
{
	struct once_call *c __attribute__((cleanup(let_go))) = pending;
	pending = c->outer;
	hold(c);
	c->routine();
}

#define ONCE_CALL(name, address, function)                                                         \
	struct once_call name __attribute__((cleanup(finish))) = {                                 \
		.control = (address), .routine = (function), .site = SN_SITE}

SN_EXPORT int pthread_once(pthread_once_t *control, void (*routine)(void))
{
	if (sn_likely(word_of(control) == sn_once_done))
		return 0;
	ONCE_CALL(c, control, routine);
	begin(&c);
	return sn_real(pthread_once)(control, run);
}

/* C11's, whose control is made like the other one. */
SN_EXPORT void call_once(once_flag *control, void (*routine)(void))
{
	const int *word = (const int *)control;
	if (sn_likely(word_of(word) == sn_once_done))
		return;
	ONCE_CALL(c, word, routine);
	begin(&c);
	sn_real(call_once)(control, run);
}
