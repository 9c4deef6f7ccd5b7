/* SPDX-License-Identifier: Apache-2.0
 *
 * Calls that may block in the kernel, made from blocking.def.  A thread that holds no lock is
 * passed on at once: no clock is read, nothing is written, errno and cancellation are the real
 * call's own. Of one that holds a lock the time is taken, and a long call is judged when it has
 * returned, with the lock still held (progress.c).  Nothing is to be undone when the thread is
 * cancelled in it.
 *
 * The thread is not made known here: these calls come before constructors, after the last
 * destructors and from vfork children, and one who is not known holds nothing that we know of. */
#include "interpose/blocking.h"
#include "interpose/progress.h"
#include "interpose/real.h"

/* In a fork child the state is wiped; while it is busy the call is our own, or a handler's. */
static inline int holds(const struct sn_self *self)
{
	return self && self->state == SN_SELF_READY && self->rec->held_count;
}

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

SN_EXPORT int pause(void)
{
	struct sn_self *self = sn_self_tls;
	if (sn_likely(!holds(self)))
		return sn_real(pause)();
	struct sn_site site = SN_SITE;
	uint64_t since = sn_now();
	int value = sn_real(pause)();
	sn_progress_called(self, since, site);
	return value;
}
