/* SPDX-License-Identifier: Apache-2.0
 *
 * The slow half of the trace cache: unwinding, and keeping what was found.  The unwinder's result
 * is large, and threads may have tiny stacks: it is built in a buffer that belongs to whoever holds
 * the lock of this file. */
#include "interpose/trace.h"
#include "base/unwind.h"
#include "graph/registry.h"
#include "interpose/module.h"

static struct sn_lock unwind_lock;
static struct sn_unwind unwound;

void sn_trace_reset_lock(void)
{
	unwind_lock = (struct sn_lock){0};
}

/* Room for n checks; when the thread's arena is full everything in it is forgotten. */
static uint32_t take_checks(struct sn_self *self, uint32_t n)
{
	if (self->check_used + n > SN_CHECKS_MAX) {
		__builtin_memset(self->traces, 0, sizeof self->traces);
		self->check_used = 0;
	}
	uint32_t first = self->check_used;
	self->check_used += n;
	return first;
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
	/* What is called from a signal handler comes here each time: see handler.h. */
	if (unwound.uncacheable || unwound.signal_frames || n > SN_CHECKS_MAX / 4)
		return;
	struct sn_trace *set = sn_trace_set(self, ra, cfa), *t = choose_way(self, set);
	uint32_t first = t->check_first;
	/* What is pushed out leaves its words to the newcomer, if they are enough. */
	if (!t->ra || t->check_count < n) {
		first = take_checks(self, n);
		t = choose_way(self, set);
	}
	for (uint32_t i = 0; i < n; i++)
		self->checks[first + i] = (struct sn_check){
			(int32_t)(unwound.checks[i].address - cfa), unwound.checks[i].value};
	*t = (struct sn_trace){ra, cfa, stack, epoch, first, n};
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
