/* SPDX-License-Identifier: Apache-2.0
 *
 * Locks of the program's own make, as ThreadSanitizer's annotations tell of them (Abseil, Folly,
 * and whoever looks these functions up as weak symbols).  Their words mean what they mean in
 * compiler-rt's interface.
 *
 * Between a pre_ and its post_ the program is inside the lock: whatever it is made of there, a
 * mutex of pthread's too, is not told a second time.  In a divert it is outside for a while.  A
 * program that was built with ThreadSanitizer has these functions in its run-time library, which
 * hears of every call as it would without us. */
#include "interpose/misuse.h"
#include "interpose/progress.h"
#include "interpose/sections.h"
#include "interpose/symbol.h"

#define LINKER_INIT (1u << 0)
#define WRITE_REENTRANT (1u << 1)
#define READ_REENTRANT (1u << 2)
#define READ_LOCK (1u << 3)
#define TRY_LOCK (1u << 4)
#define TRY_FAILED (1u << 5)
#define RECURSIVE_LOCK (1u << 6)
#define RECURSIVE_UNLOCK (1u << 7)

#define SN_ANNOTATION(name, result, parameters, arguments) result name parameters;
#include "interpose/annotated.def"
#undef SN_ANNOTATION

static struct {
#define SN_ANNOTATION(name, result, parameters, arguments) result(*name) parameters;
#include "interpose/annotated.def"
#undef SN_ANNOTATION
} real;
static uint32_t resolved;

static SN_COLD void resolve(void)
{
#define SN_ANNOTATION(name, result, parameters, arguments)                                         \
	real.name = (__typeof__(real.name))sn_symbol_next(#name);
#include "interpose/annotated.def"
#undef SN_ANNOTATION
	__atomic_store_n(&resolved, 1, __ATOMIC_RELEASE);
}

/* The run-time library's function of that name; NULL where there is none. */
#define REAL(name) (__atomic_load_n(&resolved, __ATOMIC_ACQUIRE) ? (void)0 : resolve(), real.name)

/* How many locks deep the thread is, one inside the other; only the outermost is told of. And its
 * wait for that one. */
static __thread uint32_t depth __attribute__((tls_model("initial-exec")));
static __thread struct sn_wait_scope waiting __attribute__((tls_model("initial-exec")));
static __thread uint32_t waiting_nonce __attribute__((tls_model("initial-exec")));

/* The wait of a thread that has forked inside the lock is the parent's. */
static void end_wait(void)
{
	if (waiting_nonce == sn_shim.nonce)
		sn_wait_end(&waiting);
	waiting.self = NULL;
}

/* The thread, where the call is about the outermost lock. */
static struct sn_self *going_in(struct sn_site site)
{
	return depth++ ? NULL : sn_self_get(site.cfa);
}

static void inside(struct sn_self *self)
{
	if (self)
		self->state = SN_SELF_INSIDE;
}

static struct sn_self *coming_out(struct sn_site site)
{
	struct sn_self *self = sn_self_tls;
	if (!depth || --depth)
		return NULL;
	if (self && self->state == SN_SELF_INSIDE)
		self->state = SN_SELF_READY;
	return sn_self_get(site.cfa);
}

static uint32_t type_of(unsigned flags)
{
	if (flags & (WRITE_REENTRANT | READ_REENTRANT))
		return SN_LOCK_ANNOTATED_RECURSIVE;
	return flags & READ_LOCK ? SN_LOCK_ANNOTATED_RWLOCK : SN_LOCK_ANNOTATED;
}

static uint32_t find_known(struct sn_self *self, const void *address)
{
	uint32_t lock = sn_identity_find(self, address);
	return lock && sn_lock_is_annotated(self->locks[lock].type) ? lock : 0;
}

/* That a lock can be taken for reading, or again, is known when a call says so. */
static uint32_t lock_of(struct sn_self *self, void *address, unsigned flags, struct sn_site site)
{
	uint32_t lock = find_known(self, address);
	if (sn_unlikely(!lock))
		lock = sn_identity_object(self, address, type_of(flags), 0,
					  sn_trace(self, site.ra, site.cfa),
					  sn_identity_find(self, address) != 0);
	if (lock && self->locks[lock].type == SN_LOCK_ANNOTATED)
		self->locks[lock].type = (uint16_t)type_of(flags);
	return lock;
}

static uint32_t mode_of(unsigned flags)
{
	return (flags & READ_LOCK ? SN_MODE_READ : SN_MODE_WRITE) |
	       (flags & TRY_LOCK ? SN_MODE_TRY : 0);
}

/* Before the wait, if it comes to one: that is not known. */
static void wanted(struct sn_self *self, void *address, unsigned flags, struct sn_site site)
{
	uint32_t lock = lock_of(self, address, flags, site), mode = mode_of(flags);
	if (!lock || mode & SN_MODE_TRY)
		return;
	if (sn_held_find(self, lock) != UINT32_MAX &&
	    (mode & SN_MODE_READ || self->locks[lock].type == SN_LOCK_ANNOTATED_RECURSIVE))
		return;
	waiting_nonce = sn_shim.nonce;
	sn_wait_publish(self, &waiting, SN_WAIT_LOCK, lock, mode,
			sn_trace(self, site.ra, site.cfa));
	sn_wait_look(self);
}

static void taken(struct sn_self *self, void *address, unsigned flags, uint32_t times,
		  struct sn_site site)
{
	uint32_t lock = lock_of(self, address, flags, site), mode = mode_of(flags);
	uint32_t slot = lock ? sn_held_find(self, lock) : 0;
	if (!lock || !times)
		return;
	if (slot == UINT32_MAX) {
		if (!(mode & SN_MODE_READ))
			sn_sections_written(self, lock, NULL);
		sn_acquired(self, lock, mode, NULL, site);
		slot = sn_held_find(self, lock);
		times--;
	}
	for (; slot != UINT32_MAX && times; times--)
		if (~self->held[slot].depth & SN_DEPTH_COUNT)
			self->held[slot].depth++;
}

/* Gives up one hold, or all; returns how many. */
static int given_up(struct sn_self *self, void *address, unsigned flags, struct sn_site site)
{
	int times = 0;
	uint32_t lock = lock_of(self, address, flags, site);
	while (lock && sn_release(self, lock)) {
		times++;
		if (!(flags & RECURSIVE_UNLOCK))
			break;
	}
	/* Who holds it, if anybody, is known from the annotations alone. */
	if (lock && !times && !(flags & READ_LOCK))
		sn_unlock_unheld(self, lock, 0, 1, site);
	return times;
}

SN_EXPORT void __tsan_mutex_create(void *lock, unsigned flags)
{
	struct sn_site site = SN_SITE;
	struct sn_self *self = depth ? NULL : sn_self_get(site.cfa);
	int saved = errno;
	/* One that needs no initialisation may have been used before its constructor runs. */
	if (self && !(flags & LINKER_INIT))
		sn_identity_object(self, lock, type_of(flags), SN_LOCK_INIT_SEEN,
				   sn_trace(self, site.ra, site.cfa), 1);
	errno = saved;
	if (REAL(__tsan_mutex_create))
		real.__tsan_mutex_create(lock, flags);
}

SN_EXPORT void __tsan_mutex_destroy(void *lock, unsigned flags)
{
	struct sn_site site = SN_SITE;
	struct sn_self *self = depth ? NULL : sn_self_get(site.cfa);
	uint32_t known = self ? find_known(self, lock) : 0;
	int saved = errno;
	if (known && !(flags & LINKER_INIT)) {
		if (sn_destroying(self, known, site))
			sn_forget_holders(known);
		sn_identity_end(self, lock, known, NULL);
	}
	errno = saved;
	if (REAL(__tsan_mutex_destroy))
		real.__tsan_mutex_destroy(lock, flags);
}

SN_EXPORT void __tsan_mutex_pre_lock(void *lock, unsigned flags)
{
	struct sn_site site = SN_SITE;
	struct sn_self *self = going_in(site);
	int saved = errno;
	if (self)
		wanted(self, lock, flags, site);
	errno = saved;
	if (REAL(__tsan_mutex_pre_lock))
		real.__tsan_mutex_pre_lock(lock, flags);
	inside(self);
}

SN_EXPORT void __tsan_mutex_post_lock(void *lock, unsigned flags, int recursion)
{
	struct sn_site site = SN_SITE;
	struct sn_self *self = coming_out(site);
	int saved = errno;
	if (self) {
		end_wait();
		if (flags & TRY_FAILED)
			sn_progress_failed(self, find_known(self, lock), SN_MODE_TRY, site);
		else
			taken(self, lock, flags,
			      flags & RECURSIVE_LOCK && recursion > 0 ? (uint32_t)recursion : 1,
			      site);
	}
	errno = saved;
	if (REAL(__tsan_mutex_post_lock))
		real.__tsan_mutex_post_lock(lock, flags, recursion);
}

SN_EXPORT int __tsan_mutex_pre_unlock(void *lock, unsigned flags)
{
	struct sn_site site = SN_SITE;
	struct sn_self *self = going_in(site);
	int saved = errno, times = self ? given_up(self, lock, flags, site) : 0;
	errno = saved;
	if (REAL(__tsan_mutex_pre_unlock))
		times = real.__tsan_mutex_pre_unlock(lock, flags);
	inside(self);
	return times;
}

SN_EXPORT void __tsan_mutex_post_unlock(void *lock, unsigned flags)
{
	coming_out(SN_SITE);
	if (REAL(__tsan_mutex_post_unlock))
		real.__tsan_mutex_post_unlock(lock, flags);
}

/* A condition's signal: what it is made of is no signal of the program's. */
SN_EXPORT void __tsan_mutex_pre_signal(void *lock, unsigned flags)
{
	struct sn_self *self = going_in(SN_SITE);
	if (REAL(__tsan_mutex_pre_signal))
		real.__tsan_mutex_pre_signal(lock, flags);
	inside(self);
}

SN_EXPORT void __tsan_mutex_post_signal(void *lock, unsigned flags)
{
	coming_out(SN_SITE);
	if (REAL(__tsan_mutex_post_signal))
		real.__tsan_mutex_post_signal(lock, flags);
}

/* The program's own code runs while the lock is being taken: it waits for nothing then. */
SN_EXPORT void __tsan_mutex_pre_divert(void *lock, unsigned flags)
{
	struct sn_self *self = coming_out(SN_SITE);
	if (self)
		end_wait();
	if (REAL(__tsan_mutex_pre_divert))
		real.__tsan_mutex_pre_divert(lock, flags);
}

SN_EXPORT void __tsan_mutex_post_divert(void *lock, unsigned flags)
{
	struct sn_self *self = going_in(SN_SITE);
	if (REAL(__tsan_mutex_post_divert))
		real.__tsan_mutex_post_divert(lock, flags);
	inside(self);
}
