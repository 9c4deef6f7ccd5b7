/* SPDX-License-Identifier: Apache-2.0
 *
 * What a program may say of itself: ThreadSanitizer's interface and the older dynamic annotations,
 * with the meanings that they have there; and the guards of C++'s local statics, whose calls are
 * made in a library that is not compiled for us. */
#include <dlfcn.h>
#include "race/tsan/front.h"

#define ANNOTATION(name, parameters)                                                               \
	SN_FRONT_EXPORT void name parameters;                                                      \
	SN_FRONT_EXPORT void name parameters

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

/* A reader's releases are of use to writers only. */
static void locked(const void *lock, int writes)
{
	acquire(lock);
	if (writes)
		acquire((const char *)lock + 1);
}

static void unlocking(const void *lock, int writes)
{
	release(writes ? lock : (const char *)lock + 1);
}

static void ignore(int what, int by)
{
	struct sn_front *f = sn_front_get();
	if (f && (by > 0 || f->ignoring[what]))
		f->ignoring[what] += (uint32_t)by;
}

ANNOTATION(__tsan_acquire, (void *object))
{
	acquire(object);
}

ANNOTATION(__tsan_release, (void *object))
{
	release(object);
}

/* The shim answers the same calls, for lock orders: each goes on to it, as the last act, so that no
 * frame of ours is on its stacks. */
#define HAND_ON(name, arguments)                                                                   \
	static __typeof__(name) *next;                                                             \
	if (!next)                                                                                 \
		next = (__typeof__(next))dlsym(RTLD_NEXT, #name);                                  \
	if (next)                                                                                  \
	next arguments

#define MUTEX_READ (1u << 3)
#define MUTEX_TRY_FAILED (1u << 5)

ANNOTATION(__tsan_mutex_create, (void *lock, unsigned flags))
{
	(void)lock;
	(void)flags;
	HAND_ON(__tsan_mutex_create, (lock, flags));
}

ANNOTATION(__tsan_mutex_destroy, (void *lock, unsigned flags))
{
	(void)lock;
	(void)flags;
	HAND_ON(__tsan_mutex_destroy, (lock, flags));
}

ANNOTATION(__tsan_mutex_pre_lock, (void *lock, unsigned flags))
{
	(void)lock;
	(void)flags;
	ignore(SN_RACE_READ, 1);
	ignore(SN_RACE_WRITE, 1);
	HAND_ON(__tsan_mutex_pre_lock, (lock, flags));
}

static void attend(void)
{
	ignore(SN_RACE_READ, -1);
	ignore(SN_RACE_WRITE, -1);
}

ANNOTATION(__tsan_mutex_post_lock, (void *lock, unsigned flags, int recursion))
{
	(void)recursion;
	attend();
	if (!(flags & MUTEX_TRY_FAILED))
		locked(lock, !(flags & MUTEX_READ));
	HAND_ON(__tsan_mutex_post_lock, (lock, flags, recursion));
}

SN_FRONT_EXPORT int __tsan_mutex_pre_unlock(void *lock, unsigned flags);
SN_FRONT_EXPORT int __tsan_mutex_pre_unlock(void *lock, unsigned flags)
{
	unlocking(lock, !(flags & MUTEX_READ));
	ignore(SN_RACE_READ, 1);
	ignore(SN_RACE_WRITE, 1);
	static __typeof__(__tsan_mutex_pre_unlock) *next;
	if (!next)
		next = (__typeof__(next))dlsym(RTLD_NEXT, "__tsan_mutex_pre_unlock");
	return next ? next(lock, flags) : 0;
}

/* The lock's own code is between these two. */
ANNOTATION(__tsan_mutex_post_unlock, (void *lock, unsigned flags))
{
	(void)lock;
	(void)flags;
	attend();
	HAND_ON(__tsan_mutex_post_unlock, (lock, flags));
}

ANNOTATION(__tsan_mutex_pre_signal, (void *lock, unsigned flags))
{
	(void)lock;
	(void)flags;
	ignore(SN_RACE_READ, 1);
	ignore(SN_RACE_WRITE, 1);
	HAND_ON(__tsan_mutex_pre_signal, (lock, flags));
}

ANNOTATION(__tsan_mutex_post_signal, (void *lock, unsigned flags))
{
	(void)lock;
	(void)flags;
	attend();
	HAND_ON(__tsan_mutex_post_signal, (lock, flags));
}

/* From within the lock's code back to the program's. */
ANNOTATION(__tsan_mutex_pre_divert, (void *lock, unsigned flags))
{
	(void)lock;
	(void)flags;
	attend();
	HAND_ON(__tsan_mutex_pre_divert, (lock, flags));
}

ANNOTATION(__tsan_mutex_post_divert, (void *lock, unsigned flags))
{
	(void)lock;
	(void)flags;
	ignore(SN_RACE_READ, 1);
	ignore(SN_RACE_WRITE, 1);
	HAND_ON(__tsan_mutex_post_divert, (lock, flags));
}

ANNOTATION(__tsan_ignore_thread_begin, (void))
{
	ignore(SN_RACE_READ, 1);
	ignore(SN_RACE_WRITE, 1);
}

ANNOTATION(__tsan_ignore_thread_end, (void))
{
	attend();
}

ANNOTATION(__tsan_flush_memory, (void))
{
}

SN_FRONT_EXPORT void *__tsan_get_current_fiber(void);
SN_FRONT_EXPORT void *__tsan_get_current_fiber(void)
{
	return sn_front_get();
}

SN_FRONT_EXPORT void *__tsan_create_fiber(unsigned flags);
SN_FRONT_EXPORT void *__tsan_create_fiber(unsigned flags)
{
	(void)flags;
	return sn_front_fiber();
}

ANNOTATION(__tsan_destroy_fiber, (void *fiber))
{
	if (fiber)
		sn_front_fiber_end(fiber);
}

#define FIBER_NO_SYNC 1u

ANNOTATION(__tsan_switch_to_fiber, (void *fiber, unsigned flags))
{
	if (!(flags & FIBER_NO_SYNC))
		release(fiber);
	sn_front_fiber_switch(fiber);
	if (!(flags & FIBER_NO_SYNC))
		acquire(fiber);
}

ANNOTATION(__tsan_set_fiber_name, (void *fiber, const char *name))
{
	(void)fiber;
	(void)name;
}

#define SAID const char *file, int line
#define UNUSED_SAID ((void)file, (void)line)

ANNOTATION(AnnotateHappensBefore, (SAID, const volatile void *object))
{
	UNUSED_SAID;
	release(object);
}

ANNOTATION(AnnotateHappensAfter, (SAID, const volatile void *object))
{
	UNUSED_SAID;
	acquire(object);
}

ANNOTATION(AnnotateRWLockAcquired, (SAID, const volatile void *lock, long writes))
{
	UNUSED_SAID;
	locked((const void *)(uintptr_t)lock, writes != 0);
}

ANNOTATION(AnnotateRWLockReleased, (SAID, const volatile void *lock, long writes))
{
	UNUSED_SAID;
	unlocking((const void *)(uintptr_t)lock, writes != 0);
}

#define IGNORES(name, what, by)                                                                    \
	ANNOTATION(name, (SAID))                                                                   \
	{                                                                                          \
		UNUSED_SAID;                                                                       \
		ignore(what, by);                                                                  \
	}
IGNORES(AnnotateIgnoreReadsBegin, SN_RACE_READ, 1)
IGNORES(AnnotateIgnoreReadsEnd, SN_RACE_READ, -1)
IGNORES(AnnotateIgnoreWritesBegin, SN_RACE_WRITE, 1)
IGNORES(AnnotateIgnoreWritesEnd, SN_RACE_WRITE, -1)

ANNOTATION(AnnotateBenignRaceSized,
	   (SAID, const volatile void *address, long size, const char *description))
{
	UNUSED_SAID;
	(void)description;
	sn_front_benign((uintptr_t)address, (size_t)size);
}

ANNOTATION(AnnotateBenignRace, (SAID, const volatile void *address, const char *description))
{
	UNUSED_SAID;
	(void)description;
	sn_front_benign((uintptr_t)address, 1);
}

ANNOTATION(AnnotateNewMemory, (SAID, const volatile void *address, long size))
{
	struct sn_front *f = sn_front_get();
	UNUSED_SAID;
	if (f)
		sn_race_forget(f->race, (uintptr_t)address, (size_t)size);
}
