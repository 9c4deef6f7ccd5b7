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

/* Walks the stack from the frame at `cfa` to its end. Returns the address of the outermost return
 * address, 0 where the end is not reached. */
SN_COLD uintptr_t sn_trace_end_of(struct sn_self *self, uintptr_t cfa);

/* A new thread's cache, in its state; and what it took besides is given back. */
void sn_trace_begin(struct sn_self *self);
void sn_trace_end(struct sn_self *self);

/* For a fork child. */
void sn_trace_reset_lock(void);

static inline struct sn_trace *sn_trace_set(const struct sn_self *self, uintptr_t ra, uintptr_t cfa)
{
	uintptr_t h = (ra ^ (cfa << 20) ^ (cfa >> 4)) * 0x9e3779b97f4a7c15u;
	return self->traces[h >> self->trace_shift];
}

/* Whether the trace is that of this place, and the words that it depends on are as they were. Their
 * order makes it safe to read them: each one proves that the frame in which the next one lies is
 * still there (see base/unwind.h). */
static inline int sn_trace_holds(const struct sn_self *self, const struct sn_trace *t, uintptr_t ra,
				 uintptr_t cfa)
{
	if (t->ra != ra || t->cfa != cfa || t->epoch != sn_shim.module_epoch)
		return 0;
	const char *c = (const char *)self->traces + t->checks, *end = c + t->bytes;
	for (; c < end; c += 2 * sizeof(struct sn_check)) {
		const struct sn_check *pair = (const struct sn_check *)c;
		if (*(const volatile uintptr_t *)pair[0].address != pair[0].value ||
		    *(const volatile uintptr_t *)pair[1].address != pair[1].value)
			return 0;
	}
	return 1;
}

/* The stack's record if it is the first of its set, else 0: all that is inlined where every
 * instruction counts. */
static inline uint32_t sn_trace_first(const struct sn_self *self, uintptr_t ra, uintptr_t cfa)
{
	const struct sn_trace *t = sn_trace_set(self, ra, cfa);
	if (sn_unlikely(!sn_trace_holds(self, t, ra, cfa)))
		return 0;
	if (!t->stack)
		__builtin_unreachable(); /* what has no record is not remembered */
	return t->stack;
}

/* The same for the others of the set. One that is asked for twice in a row becomes the first. */
uint32_t sn_trace_other(struct sn_self *self, uintptr_t ra, uintptr_t cfa);

static inline uint32_t sn_trace(struct sn_self *self, uintptr_t ra, uintptr_t cfa)
{
	uint32_t stack = sn_trace_first(self, ra, cfa);
	if (sn_unlikely(!stack))
		stack = sn_trace_other(self, ra, cfa);
	return sn_likely(stack) ? stack : sn_trace_miss(self, ra, cfa);
}

#endif
