/* SPDX-License-Identifier: Apache-2.0
 *
 * Calls that may block in the kernel, made from blocking.def.  A thread that holds no lock is
 * passed on at once: no clock is read, nothing is written, errno and cancellation are the real
 * call's own. One that holds a lock says in its record that it is in the call, for whoever looks
 * meanwhile; the time is taken, and a long call is judged when it has returned, with the lock still
 * held (progress.c).
 *
 * The thread is not made known here: these calls come before constructors, after the last
 * destructors and from vfork children, and one who is not known holds nothing that we know of. */

/* Of some of these the C library's headers have inline bodies. */
#ifndef __NO_INLINE__
#define __NO_INLINE__ 1
#endif
#undef _FORTIFY_SOURCE
#include "interpose/blocking.h"
#include "interpose/progress.h"
#include "interpose/real.h"

/* In a fork child the state is wiped; while it is busy the call is our own, or a handler's. */
static inline int holds(const struct sn_self *self)
{
	return self && self->state == SN_SELF_READY && self->rec->held_count;
}

struct call {
	struct sn_self *self;
	uint64_t outer; /* a signal handler may call within a call */
};

static inline struct call call_begin(struct sn_self *self, uint64_t since, struct sn_site site)
{
	int saved = errno;
	struct call call = {self, self->rec->call};
	uint32_t stack = sn_trace(self, site.ra, site.cfa);
	uint64_t now = sn_call_pack(sn_shim.recorder.header, stack, since);
	__atomic_store_n(&self->rec->call, now, __ATOMIC_RELAXED);
	errno = saved;
	return call;
}

static inline void call_end(struct call *call)
{
	__atomic_store_n(&call->self->rec->call, call->outer, __ATOMIC_RELAXED);
}

/* Ends with the block, also when the thread is cancelled in it. */
#define CALL_SCOPE(name) struct call name __attribute__((cleanup(call_end), unused))

/* Some have no declaration in the public headers: compilers make calls to them. */
#define SN_BLOCKING(name, result, parameters, arguments) result name parameters;
#include "interpose/blocking.def"
#undef SN_BLOCKING

#define LISTED(...) __VA_ARGS__
#define SN_BLOCKING(name, result, parameters, arguments)                                           \
	static SN_COLD result hold_##name(struct sn_self *self, struct sn_site site,               \
					  LISTED parameters)                                       \
	{                                                                                          \
		uint64_t since = sn_now();                                                         \
		CALL_SCOPE(call) = call_begin(self, since, site);                                  \
		result value = sn_real(name) arguments;                                            \
		sn_progress_called(self, since, site);                                             \
		return value;                                                                      \
	}                                                                                          \
	SN_EXPORT result name parameters                                                           \
	{                                                                                          \
		struct sn_self *self = sn_self_tls;                                                \
		if (sn_unlikely(holds(self)))                                                      \
			return hold_##name(self, SN_SITE, LISTED arguments);                       \
		return sn_real(name) arguments;                                                    \
	}
#include "interpose/blocking.def"
#undef SN_BLOCKING

/* Their last argument is one word where there is one, and whatever lies there where not, which
 * nobody looks at then: so the C library itself hands it on. */
#define ONE_MORE(name, type)                                                                       \
	SN_EXPORT int name(int fd, type what, ...)                                                 \
	{                                                                                          \
		struct sn_self *self = sn_self_tls;                                                \
		va_list list;                                                                      \
		va_start(list, what);                                                              \
		void *more = va_arg(list, void *);                                                 \
		va_end(list);                                                                      \
		if (sn_likely(!holds(self)))                                                       \
			return sn_real(name)(fd, what, more);                                      \
		struct sn_site site = SN_SITE;                                                     \
		uint64_t since = sn_now();                                                         \
		CALL_SCOPE(call) = call_begin(self, since, site);                                  \
		int value = sn_real(name)(fd, what, more);                                         \
		sn_progress_called(self, since, site);                                             \
		return value;                                                                      \
	}

ONE_MORE(ioctl, unsigned long)
ONE_MORE(fcntl, int)
ONE_MORE(fcntl64, int)

SN_EXPORT int pause(void)
{
	struct sn_self *self = sn_self_tls;
	if (sn_likely(!holds(self)))
		return sn_real(pause)();
	struct sn_site site = SN_SITE;
	uint64_t since = sn_now();
	CALL_SCOPE(call) = call_begin(self, since, site);
	int value = sn_real(pause)();
	sn_progress_called(self, since, site);
	return value;
}
