/* SPDX-License-Identifier: Apache-2.0
 *
 * What memory is, of a race that is about to be told: a block of the heap, a thread's stack or its
 * thread-local variables. Of the program's own thread-local variables it is known where they lie in
 * each thread: right before its descriptor. Of a stack the frame is told by what proves it: the
 * return address that the shadow stack has of it lies in one place of the frame. */
#include <elf.h>
#include <sys/auxv.h>
#include "base/recording.h"
#include "race/block.h"
#include "race/tsan/front.h"

/* How far before a thread's descriptor the program's variables begin; 0: there are none. */
static uintptr_t tls_size(void)
{
	static uintptr_t size = 1;
	const Elf64_Phdr *header = (const Elf64_Phdr *)getauxval(AT_PHDR);
	uintptr_t found = 0;
	if (size != 1)
		return size;
	for (unsigned long n = header ? getauxval(AT_PHNUM) : 0; n--; header++) {
		if (header->p_type != PT_TLS)
			continue;
		uintptr_t align = header->p_align ? header->p_align : 1;
		uintptr_t first = -header->p_vaddr & (align - 1);
		found = ((header->p_memsz - first + align - 1) & -align) + first;
	}
	return size = found;
}

struct look {
	uintptr_t address;
	struct sn_race_memory *memory;
};

#define FRAME_MOST ((uintptr_t)1 << 16)

/* What the call of ours left lies at `sp`, the frame above it; `pc` is what it returns to. That is
 * found by the caller's `sp` and what that has left, at the latest. */
static void prove_frame(struct sn_race_memory *m, uintptr_t sp, uintptr_t end, uintptr_t pc)
{
	uintptr_t slot = 0;
	uint32_t found = 0;
	for (uintptr_t at = (sp + 16) & -(uintptr_t)8; at < end && at - sp < FRAME_MOST; at += 8)
		if (*(const volatile uintptr_t *)at == pc) {
			slot = at;
			found++;
		}
	if (found != 1)
		return;
	m->start = slot + 8;
	m->code = *(const volatile uintptr_t *)(sp + 8);
}

static void find_frame(struct sn_front *f, uintptr_t address, struct sn_race_memory *m)
{
	const struct sn_frame *last = f == sn_front_self ? sn_front_top : &f->frames[SN_FRAMES - 1];
	uintptr_t end = f->stack_high;
	for (const struct sn_frame *frame = f->frames + 1; frame <= last; frame++) {
		uintptr_t sp = frame->sp;
		if (sp >= end || sp < f->stack_low)
			return;
		if (sp <= address) {
			prove_frame(m, sp, end == f->stack_high ? end : end + 16, frame->pc);
			return;
		}
		end = sp;
	}
}

static int is_stack_of(struct sn_front *f, void *context)
{
	struct look *l = context;
	struct sn_race_memory *m = l->memory;
	uintptr_t end = (uintptr_t)f->id;
	if (l->address < end && end - l->address <= tls_size()) {
		m->what = SN_ACCESS_TLS;
		m->start = end - tls_size();
		m->size = tls_size();
	} else if (l->address - f->stack_low < f->stack_high - f->stack_low) {
		m->what = SN_ACCESS_STACK;
		find_frame(f, l->address, m);
	} else
		return 0;
	m->stack.serial = sn_front_serial(f->race->serial);
	return 1;
}

static void tell_block(const struct sn_block *b, struct sn_race_memory *m)
{
	struct sn_context_told told;
	m->what = SN_ACCESS_HEAP | (b->freed ? SN_ACCESS_FREE : 0);
	m->start = b->start;
	m->size = b->size;
	sn_context_tell(b->context, m->stack.pcs, SN_RACE_STACK_MOST, &told);
	m->stack.depth = told.depth;
	if (b->stamp)
		m->stack.serial = sn_front_serial(
			sn_race_thread_who(sn_cell_slot(b->stamp), sn_cell_clock(b->stamp)));
}

void sn_front_place(uintptr_t address, struct sn_race_memory *m)
{
	struct look look = {address, m};
	struct sn_block block;
	m->what = 0;
	m->start = m->size = m->code = 0;
	m->stack.serial = m->stack.depth = 0;
	sn_front_visit(is_stack_of, &look);
	if (!m->what && sn_block_find(address, &block))
		tell_block(&block, m);
}
