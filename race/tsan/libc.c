/* SPDX-License-Identifier: Apache-2.0
 *
 * Order that is made in libraries which are not compiled for us, by calls that the shim has no
 * wrapper for: the guards of C++'s local statics, what is to run at exit, and event queues. */
#include <dlfcn.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include "race/tsan/front.h"

#define NEXT(name) ((__typeof__(name) *)dlsym(RTLD_NEXT, #name))

static void acquire(const volatile void *object)
{
	struct sn_front *f = sn_front_get();
	if (f)
		sn_sync_acquire(f->race, (uintptr_t)object);
}

static void release(const volatile void *object)
{
	struct sn_front *f = sn_front_get();
	if (f)
		sn_sync_release(f->race, (uintptr_t)object, 0);
}

/* Whoever finds the guard done knows of the making. */
SN_FRONT_EXPORT int __cxa_guard_acquire(void *guard);
SN_FRONT_EXPORT int __cxa_guard_acquire(void *guard)
{
	static __typeof__(__cxa_guard_acquire) *next;
	if (!next)
		next = NEXT(__cxa_guard_acquire);
	int mine = next(guard);
	acquire(guard);
	return mine;
}

SN_FRONT_EXPORT void __cxa_guard_release(void *guard);
SN_FRONT_EXPORT void __cxa_guard_release(void *guard)
{
	static __typeof__(__cxa_guard_release) *next;
	if (!next)
		next = NEXT(__cxa_guard_release);
	release(guard);
	next(guard);
}

static const char at_exit;

static void before_exit(void *unused)
{
	(void)unused;
	acquire(&at_exit);
}

/* What runs at exit knows of all that was done before it was asked for: it is asked for a step of
 * ours right before it. (The last that was asked for runs first.) */
SN_FRONT_EXPORT int __cxa_atexit(void (*routine)(void *), void *argument, void *module)
{
	static __typeof__(__cxa_atexit) *next;
	if (!next)
		next = NEXT(__cxa_atexit);
	int result = next(routine, argument, module);
	if (!sn_front_self)
		return result;
	release(&at_exit);
	next(before_exit, NULL, module);
	return result;
}

SN_FRONT_EXPORT int epoll_ctl(int set, int operation, int fd, struct epoll_event *event)
{
	static __typeof__(epoll_ctl) *next;
	if (!next)
		next = NEXT(epoll_ctl);
	release(&sn_front_files);
	return next(set, operation, fd, event);
}

SN_FRONT_EXPORT int eventfd_write(int fd, eventfd_t value)
{
	static __typeof__(eventfd_write) *next;
	if (!next)
		next = NEXT(eventfd_write);
	release(&sn_front_files);
	return next(fd, value);
}

SN_FRONT_EXPORT int eventfd_read(int fd, eventfd_t *value)
{
	static __typeof__(eventfd_read) *next;
	if (!next)
		next = NEXT(eventfd_read);
	int result = next(fd, value);
	acquire(&sn_front_files);
	return result;
}

/* std::promise's set_value_at_thread_exit: libstdc++ itself makes the state ready at the thread's
 * end, with an atomic that is not seen. It has noted the state, whose status lies behind a table of
 * functions and a pointer, in `ready`: behind a link and a routine. */
#define MAKE_READY _ZNSt13__future_base13_State_baseV211_Make_ready6_M_setEv
SN_FRONT_EXPORT void MAKE_READY(void **ready);
SN_FRONT_EXPORT void MAKE_READY(void **ready)
{
	static __typeof__(MAKE_READY) *next;
	if (!next)
		next = (__typeof__(next))dlsym(
			RTLD_NEXT, "_ZNSt13__future_base13_State_baseV211_Make_ready6_M_setEv");
	release((void **)ready[2] + 2);
	next(ready);
}
