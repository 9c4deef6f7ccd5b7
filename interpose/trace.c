/* SPDX-License-Identifier: Apache-2.0
 *
 * The slow half of the trace cache: unwinding, and keeping what was found.  The unwinder's result
 * is large, and threads may have tiny stacks: it is built in a buffer that belongs to whoever holds
 * the lock of this file. */
#include "interpose/trace.h"
#include <sys/mman.h>
#include "base/unwind.h"
#include "graph/registry.h"
#include "interpose/module.h"
#include "interpose/self.h"

static struct sn_lock unwind_lock;
static struct sn_unwind unwound;

void sn_trace_reset_lock(void)
{
	unwind_lock = (struct sn_lock){0};
}

#define SMALL_SETS_LOG 6
#define LARGE_SETS_LOG 9
#define LARGE_BYTES (1u << 20)

static uint32_t set_bytes(const struct sn_self *self)
{
	return (uint32_t)sizeof *self->traces << (64 - self->trace_shift);
}

static void use(struct sn_self *self, void *cache, uint32_t bytes, uint32_t sets_log)
{
	self->traces = cache;
	self->trace_bytes = bytes;
	self->trace_shift = 64 - sets_log;
	self->trace_used = set_bytes(self);
}

void sn_trace_begin(struct sn_self *self)
{
	use(self, self->own_traces, SN_SELF_BYTES - sizeof *self, SMALL_SETS_LOG);
	__builtin_memset(self->traces, 0, set_bytes(self));
}

void sn_trace_end(struct sn_self *self)
{
	if (self->traces != self->own_traces)
		sn_sys(SYS_munmap, self->traces, self->trace_bytes);
}

/* A thread that fills its cache has more places than most: it gets a larger one, once. An
 * interpreter's main thread would else unwind again and again. Like the state itself it is wiped in
 * a fork child. Returns whether there is one. */
static int enlarge(struct sn_self *self)
{
	if (self->traces != self->own_traces)
		return 0;
	void *large = sn_self_memory(LARGE_BYTES);
	if (large)
		use(self, large, LARGE_BYTES, LARGE_SETS_LOG);
	return large != NULL;
}

/* Room for so many bytes of checks; when the cache is full everything in it is forgotten. */
static uint32_t take_checks(struct sn_self *self, uint32_t bytes)
{
	if (self->trace_used + bytes > self->trace_bytes && !enlarge(self)) {
		__builtin_memset(self->traces, 0, set_bytes(self));
		self->trace_used = set_bytes(self);
	}
	uint32_t first = self->trace_used;
	self->trace_used += bytes;
	return first;
}

uint32_t sn_trace_other(struct sn_self *self, uintptr_t ra, uintptr_t cfa)
{
	struct sn_trace *set = sn_trace_set(self, ra, cfa), *t = set + 1;
	while (t < set + SN_TRACE_WAYS && !sn_trace_holds(self, t, ra, cfa))
		t++;
	if (t == set + SN_TRACE_WAYS)
		return 0;
	uint32_t stack = t->stack;
	if (stack == self->last_other && self->state == SN_SELF_READY) {
		struct sn_trace was = *set;
		sn_busy_begin(self, cfa);
		*set = *t;
		*t = was;
		sn_busy_end(self);
	}
	self->last_other = stack;
	return stack;
}

/* The first free way of the set, else one after the other. */
static struct sn_trace *choose_way(struct sn_self *self, struct sn_trace *set)
{
	for (int i = 0; i < SN_TRACE_WAYS; i++)
		if (!set[i].ra)
			return &set[i];
	return &set[self->evict++ % SN_TRACE_WAYS];
}

static void remember(struct sn_self *self, uintptr_t ra, uintptr_t cfa, uint32_t stack,
		     uint32_t epoch)
{
	uint32_t n = unwound.check_count;
	uint32_t bytes = (n + (n & 1)) * (uint32_t)sizeof(struct sn_check);
	/* What is called from a signal handler comes here each time: see handler.h. */
	if (unwound.uncacheable || unwound.signal_frames || bytes > self->trace_bytes / 4)
		return;
	struct sn_trace *t = choose_way(self, sn_trace_set(self, ra, cfa));
	uint32_t first = t->checks;
	/* What is pushed out leaves its words to the newcomer, if they are enough. */
	if (!t->ra || t->bytes < bytes) {
		first = take_checks(self, bytes);
		t = choose_way(self, sn_trace_set(self, ra, cfa));
	}
	struct sn_check *checks = (struct sn_check *)((char *)self->traces + first);
	for (uint32_t i = 0; i < n; i++)
		checks[i] = (struct sn_check){unwound.checks[i].address, unwound.checks[i].value};
	if (n & 1)
		checks[n] = checks[n - 1];
	*t = (struct sn_trace){ra, cfa, stack, epoch, first, bytes};
}

static uint32_t depth_wanted(void)
{
	int depth = sn_shim.options.stacks == SN_STACKS_SITE ? 1 : sn_shim.options.stack_depth;
	return depth < 1 ? 1 : depth > SN_UNWIND_MAX ? SN_UNWIND_MAX : (uint32_t)depth;
}

/* Called with the shim's lock held. */
static void note_handler(struct sn_self *self, uint32_t stack)
{
	uint32_t handlers = unwound.signal_frames < 255 ? unwound.signal_frames : 255;
	sn_rec_stack(&sn_shim.recorder, stack)->flags |=
		(uint16_t)(handlers << SN_STACK_HANDLERS_SHIFT);
	self->handler_stack = stack;
	self->attention |= SN_ATTENTION_HANDLER;
	self->handler = unwound.handler;
	self->signal_context = unwound.signal_context;
}

static uint32_t unwind_and_keep(struct sn_self *self, uintptr_t ra, uintptr_t cfa)
{
	uint32_t depth = sn_unwind_from(&unwound, cfa, depth_wanted());
	if (!unwound.complete && depth < depth_wanted())
		sn_recorder_count(&sn_shim.recorder, SN_COUNTER_UNWIND_SHORT);
	for (uint32_t i = 0; i < depth; i++)
		sn_module_seen(unwound.pc[i]);
	uint32_t epoch = sn_shim.module_epoch, stack = 0;
	if (!sn_lock_take(&sn_shim.lock)) {
		stack = sn_registry_stack(&sn_shim.recorder, unwound.pc, depth, epoch);
		if (stack && unwound.signal_frames)
			note_handler(self, stack);
		sn_lock_give(&sn_shim.lock);
	}
	if (stack)
		remember(self, ra, cfa, stack, epoch);
	return stack;
}

uint32_t sn_trace_miss(struct sn_self *self, uintptr_t ra, uintptr_t cfa)
{
	uint32_t stack = 0, was = self->state;
	if (was != SN_SELF_BUSY)
		sn_busy_begin(self, cfa);
	if (!sn_lock_take(&unwind_lock)) {
		stack = unwind_and_keep(self, ra, cfa);
		sn_lock_give(&unwind_lock);
	}
	if (was != SN_SELF_BUSY)
		sn_busy_end(self);
	return stack;
}

uintptr_t sn_trace_end_of(struct sn_self *self, uintptr_t cfa)
{
	uintptr_t end = 0;
	uint32_t was = self->state;
	if (was != SN_SELF_BUSY)
		sn_busy_begin(self, cfa);
	if (!sn_lock_take(&unwind_lock)) {
		sn_unwind_from(&unwound, cfa, SN_UNWIND_MAX);
		if (unwound.complete && !unwound.by_pointer && unwound.check_count)
			end = unwound.checks[unwound.check_count - 1].address;
		sn_lock_give(&unwind_lock);
	}
	if (was != SN_SELF_BUSY)
		sn_busy_end(self);
	return end;
}
