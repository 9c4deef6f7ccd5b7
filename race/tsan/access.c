/* SPDX-License-Identifier: Apache-2.0
 *
 * Accesses and calls, as gcc and clang announce them.  An access that tells nothing new ends in the
 * inline test of race/access.h; a call pushes two words and a zero. */
#include "race/tsan/front.h"

#define PC ((uintptr_t)__builtin_return_address(0))

SN_RACE_SLOW void sn_front_access(uintptr_t address, size_t size, uint32_t what, uintptr_t pc)
{
	struct sn_front *f = sn_front_get();
	if (sn_race_unlikely(!f || f->ignoring[what & SN_RACE_WRITE]))
		return;
	if (sn_race_unlikely(f->race->busy)) {
		sn_race_lose(SN_LOSS_HANDLER);
		return;
	}
	if (sn_race_seen_among(f->race, address, size, what))
		return;
	if (sn_race_unlikely(!f->known))
		sn_front_known(f);
	sn_race_access(f->race, address, size, what, sn_context(f, pc, size));
}

static inline __attribute__((always_inline)) void access_word(uintptr_t address, size_t size,
							      uint32_t what, uintptr_t pc)
{
	const struct sn_front *f = sn_front_self;
	if (sn_race_likely(f && sn_race_seen(f->race, address, size, what)))
		return;
	sn_front_access(address, size, what, pc);
}

/* Aligned ones of up to 8 bytes lie in one word. */
#define WORD(name, size, what)                                                                     \
	SN_FRONT_EXPORT void __tsan_##name(void *address);                                         \
	SN_FRONT_EXPORT void __tsan_##name(void *address)                                          \
	{                                                                                          \
		access_word((uintptr_t)address, size, what, PC);                                   \
	}                                                                                          \
	SN_FRONT_EXPORT void __tsan_##name##_pc(void *address, void *pc);                          \
	SN_FRONT_EXPORT void __tsan_##name##_pc(void *address, void *pc)                           \
	{                                                                                          \
		access_word((uintptr_t)address, size, what, (uintptr_t)pc);                        \
	}
/* Others may lie in several. */
#define WIDE(name, size, what)                                                                     \
	SN_FRONT_EXPORT void __tsan_##name(void *address);                                         \
	SN_FRONT_EXPORT void __tsan_##name(void *address)                                          \
	{                                                                                          \
		sn_front_access((uintptr_t)address, size, what, PC);                               \
	}
/* Unaligned ones mostly lie in one. */
#define UNALIGNED(name, size, what)                                                                \
	SN_FRONT_EXPORT void __tsan_##name(void *address);                                         \
	SN_FRONT_EXPORT void __tsan_##name(void *address)                                          \
	{                                                                                          \
		if (((uintptr_t)address & 7) + (size) <= 8)                                        \
			access_word((uintptr_t)address, size, what, PC);                           \
		else                                                                               \
			sn_front_access((uintptr_t)address, size, what, PC);                       \
	}

#define SIZES(X, prefix, what)                                                                     \
	X(prefix##1, 1, what) X(prefix##2, 2, what) X(prefix##4, 4, what) X(prefix##8, 8, what)
SIZES(WORD, read, SN_RACE_READ)
SIZES(WORD, write, SN_RACE_WRITE)
SIZES(WORD, volatile_read, SN_RACE_READ)
SIZES(WORD, volatile_write, SN_RACE_WRITE)
/* A read and a write of the same bytes is a write. */
SIZES(WORD, read_write, SN_RACE_WRITE)
WIDE(read16, 16, SN_RACE_READ)
WIDE(write16, 16, SN_RACE_WRITE)
WIDE(read16_pc, 16, SN_RACE_READ)
WIDE(write16_pc, 16, SN_RACE_WRITE)
WIDE(volatile_read16, 16, SN_RACE_READ)
WIDE(volatile_write16, 16, SN_RACE_WRITE)
WIDE(read_write16, 16, SN_RACE_WRITE)

#define UNALIGNED_SIZES(prefix, what)                                                              \
	UNALIGNED(prefix##1, 1, what)                                                              \
	UNALIGNED(prefix##2, 2, what)                                                              \
	UNALIGNED(prefix##4, 4, what)                                                              \
	UNALIGNED(prefix##8, 8, what)                                                              \
	WIDE(prefix##16, 16, what)
UNALIGNED_SIZES(unaligned_read, SN_RACE_READ)
UNALIGNED_SIZES(unaligned_write, SN_RACE_WRITE)
UNALIGNED_SIZES(unaligned_read_write, SN_RACE_WRITE)
UNALIGNED_SIZES(unaligned_volatile_read, SN_RACE_READ)
UNALIGNED_SIZES(unaligned_volatile_write, SN_RACE_WRITE)

#define RANGE(name, what)                                                                          \
	SN_FRONT_EXPORT void __tsan_##name(void *address, size_t size);                            \
	SN_FRONT_EXPORT void __tsan_##name(void *address, size_t size)                             \
	{                                                                                          \
		if (size)                                                                          \
			sn_front_access((uintptr_t)address, size, what, PC);                       \
	}                                                                                          \
	SN_FRONT_EXPORT void __tsan_##name##_pc(void *address, size_t size, void *pc);             \
	SN_FRONT_EXPORT void __tsan_##name##_pc(void *address, size_t size, void *pc)              \
	{                                                                                          \
		if (size)                                                                          \
			sn_front_access((uintptr_t)address, size, what, (uintptr_t)pc);            \
	}
RANGE(read_range, SN_RACE_READ)
RANGE(write_range, SN_RACE_WRITE)

/* The pointer to an object's table of virtual functions. Constructors and destructors store what is
 * there already: that is no change that anybody could see. */
SN_FRONT_EXPORT void __tsan_vptr_update(void **at, void *value);
SN_FRONT_EXPORT void __tsan_vptr_update(void **at, void *value)
{
	access_word((uintptr_t)at, 8, *at == value ? SN_RACE_READ : SN_RACE_WRITE, PC);
}

SN_FRONT_EXPORT void __tsan_vptr_read(void **at);
SN_FRONT_EXPORT void __tsan_vptr_read(void **at)
{
	access_word((uintptr_t)at, 8, SN_RACE_READ, PC);
}

/* Frames that were left without a word (longjmp, a thread's cancellation) lie below the new one; a
 * handler's stack of its own may lie anywhere. */
static SN_RACE_SLOW struct sn_frame *leave_dead(struct sn_frame *top, uintptr_t sp)
{
	const struct sn_front *f = sn_front_get();
	if (!f)
		return NULL;
	top = sn_front_top;
	if (sp - f->stack_low < f->stack_high - f->stack_low)
		while (top > f->frames && top->sp <= sp && top->sp >= f->stack_low)
			top--;
	return top;
}

SN_FRONT_EXPORT void __tsan_func_entry(void *pc);
SN_FRONT_EXPORT void __tsan_func_entry(void *pc)
{
	struct sn_frame *top = sn_front_top;
	uintptr_t sp = (uintptr_t)__builtin_frame_address(0);
	if (sn_race_unlikely(!top || top->sp <= sp)) {
		top = leave_dead(top, sp);
		if (!top)
			return;
	}
	struct sn_front *f = sn_front_self;
	if (sn_race_unlikely(top == &f->frames[SN_FRAMES - 1])) {
		f->too_deep++;
		return;
	}
	top++;
	top->sp = sp;
	top->pc = (uintptr_t)pc;
	top->node = 0;
	sn_front_top = top;
}

SN_FRONT_EXPORT void __tsan_func_exit(void);
SN_FRONT_EXPORT void __tsan_func_exit(void)
{
	struct sn_front *f = sn_front_self;
	if (sn_race_unlikely(!f || f->too_deep)) {
		if (f)
			f->too_deep--;
		return;
	}
	if (sn_race_likely(sn_front_top > f->frames))
		sn_front_top--;
}
