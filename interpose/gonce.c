/* SPDX-License-Identifier: Apache-2.0
 *
 * GLib's once controls: GOnce, and the variables of g_once_init_enter.  Whoever runs the routine,
 * or is between enter and leave, holds the control as a lock, so whoever comes meanwhile waits for
 * that thread.  As of pthread_once (once.c), but for orders with other locks, which are not noted:
 * types are made wherever they are needed first, under whatever locks.
 *
 * The calls of whoever finds the routine done do not come here: GLib's macros see to that. */
#include "interpose/brief.h"
#include "interpose/glib.h"

struct call {
	struct sn_self *self; /* NULL: unseen */
	const void *control;
	struct sn_brief brief;
	struct sn_wait_scope wait;
	struct sn_glib_wait before;
	uint32_t stack;
	void *(*function)(void *);
	void *argument;
	struct sn_site site;
};

#define MODE (SN_MODE_WRITE | SN_MODE_UNORDERED)

/* The wait is published before the real call decides who runs the routine; whoever does, and comes
 * to block on this thread later, finds it. */
static void begin(struct call *c)
{
	int saved = errno;
	c->before = sn_glib_wait;
	c->self = sn_glib_ready() ? sn_self_get(c->site.cfa) : NULL;
	if (c->self) {
		c->stack = sn_trace(c->self, c->site.ra, c->site.cfa);
		sn_brief_enter(c->self, &c->brief, c->control, SN_LOCK_GLIB_ONCE, c->stack);
		if (!c->brief.lock)
			c->self = NULL;
	}
	if (c->self) {
		sn_wait_publish(c->self, &c->wait, SN_WAIT_LOCK, c->brief.lock, MODE, c->stack);
		if (c->self->locks[c->brief.lock].owner_hint)
			sn_wait_look(c->self);
		sn_glib_wait = (struct sn_glib_wait){.once = 1};
	}
	errno = saved;
}

/* The thread is the one that runs the routine. */
static void hold(struct call *c)
{
	int saved = errno;
	sn_glib_wait = c->before;
	sn_wait_end(&c->wait);
	if (c->self) {
		c->self->locks[c->brief.lock].owner_hint = c->self->thread;
		sn_held_push(c->self, c->brief.lock, MODE, c->stack);
		sn_held_reprint(c->self);
	}
	errno = saved;
}

/* That a thread has held a control says nothing of what it knows: no trace of it stays. */
static void let_go(struct sn_self *self, uint32_t lock)
{
	int saved = errno;
	uint32_t *released = &self->rec->released[lock % SN_RELEASED], was = *released;
	self->locks[lock].owner_hint = 0;
	if (sn_release(self, lock))
		*released = was;
	errno = saved;
}

static void finish(struct call *c)
{
	int saved = errno;
	sn_glib_wait = c->before;
	sn_wait_end(&c->wait);
	if (c->self)
		sn_brief_leave(c->self, &c->brief, SN_LOCK_GLIB_ONCE);
	errno = saved;
}

/* What the real call runs. In a child that the routine has forked nothing is held. */
static void *run(void *p)
{
	struct call *c = p;
	hold(c);
	void *result = c->function(c->argument);
	if (c->self && c->brief.nonce == sn_shim.nonce)
		let_go(c->self, c->brief.lock);
	return result;
}

SN_EXPORT void *g_once_impl(struct sn_gonce *once, void *(*function)(void *), void *argument)
{
	struct call c = {
		.control = once, .function = function, .argument = argument, .site = SN_SITE};
	if (!sn_glib_real(g_once_impl))
		return NULL;
	begin(&c);
	void *result = sn_glib_real_table.g_once_impl(once, run, &c);
	finish(&c);
	return result;
}

static int enter(void *variable, int (*call)(void *), struct sn_site site)
{
	struct call c = {.control = variable, .site = site};
	if (!call)
		return 0;
	begin(&c);
	if (call(variable)) {
		hold(&c);
		return 1;
	}
	finish(&c);
	return 0;
}

/* Before the real call, after which another thread may use the variable anew. */
static void leave(const void *variable, struct sn_site site)
{
	struct sn_self *self = sn_glib_ready() ? sn_self_get(site.cfa) : NULL;
	struct sn_brief b = {.address = variable, .nonce = sn_shim.nonce};
	b.lock = self ? sn_brief_find(variable, SN_LOCK_GLIB_ONCE) : 0;
	if (!b.lock || sn_held_find(self, b.lock) == UINT32_MAX)
		return;
	let_go(self, b.lock);
	sn_brief_leave(self, &b, SN_LOCK_GLIB_ONCE);
}

SN_EXPORT int g_once_init_enter(void *variable)
{
	return enter(variable, sn_glib_real(g_once_init_enter), SN_SITE);
}

SN_EXPORT void g_once_init_leave(void *variable, size_t value)
{
	leave(variable, SN_SITE);
	if (sn_glib_real(g_once_init_leave))
		sn_glib_real_table.g_once_init_leave(variable, value);
}

SN_EXPORT int g_once_init_enter_pointer(void *variable)
{
	return enter(variable, sn_glib_real(g_once_init_enter_pointer), SN_SITE);
}

SN_EXPORT void g_once_init_leave_pointer(void *variable, void *value)
{
	leave(variable, SN_SITE);
	if (sn_glib_real(g_once_init_leave_pointer))
		sn_glib_real_table.g_once_init_leave_pointer(variable, value);
}
