/* SPDX-License-Identifier: Apache-2.0
 *
 * The calling thread's stack as a record, exact and cheap.  A thread remembers each trace under
 * (return address, canonical frame address) together with the stack words that it depends on; it is
 * good again if re-reading those words finds the same values.  A miss unwinds. */
#ifndef SN_INTERPOSE_TRACE_H
#define SN_INTERPOSE_TRACE_H

#include "interpose/shim.h"

/* Unwinds and remembers. Returns the stack's record, 0 where there is no room. */
SN_COLD uint32_t sn_trace_miss(struct sn_self *self, uintptr_t ra, uintptr_t cfa);

/* For a fork child. */
void sn_trace_reset_lock(void);

static inline struct sn_trace *sn_trace_set(struct sn_self *self, uintptr_t ra, uintptr_t cfa)
{
	uintptr_t h = (ra ^ (cfa << 20) ^ (cfa >> 4)) * 0x9e3779b97f4a7c15u;
	return self->traces[h >> 58];
}

/* Whether the trace is that of this place, and the words that it depends on are as they were. Their
 * order makes it safe to read them: each one proves that the frame in which the next one lies is
 * still there (see base/unwind.h). */
static inline int sn_trace_holds(const struct sn_self *self, const struct sn_trace *t, uintptr_t ra,
				 uintptr_t cfa)
{
	if (t->ra != ra || t->cfa != cfa || t->epoch != sn_shim.module_epoch)
		return 0;
	const struct sn_check *c = &self->checks[t->check_first], *end = c + t->check_count;
	for (; c < end; c++)
		if (*(const volatile uintptr_t *)(cfa + (intptr_t)c->offset) != c->value)
			return 0;
	return 1;
}

static inline uint32_t sn_trace(struct sn_self *self, uintptr_t ra, uintptr_t cfa)
{
	const struct sn_trace *t = sn_trace_set(self, ra, cfa);
	for (const struct sn_trace *end = t + SN_TRACE_WAYS; t < end && t->ra; t++)
		if (sn_trace_holds(self, t, ra, cfa))
			return t->stack;
	return sn_trace_miss(self, ra, cfa);
}

#endif
