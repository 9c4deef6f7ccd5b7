/* SPDX-License-Identifier: Apache-2.0
 *
 * Memory that comes and goes, and calls that copy it.  A new block is forgotten: what its bytes
 * were before concerns nobody.  Giving one back is a write to all of it, so who uses it meanwhile
 * races. Calls from code that was not compiled for us (libraries) are not looked at: how it
 * synchronises is not seen either. */

/* With it the C library's headers have bodies for some of these. */
#undef _FORTIFY_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <malloc.h>
#include <stdlib.h>
#include <string.h>
#include "race/block.h"
#include "race/tsan/front.h"

#define PC ((uintptr_t)__builtin_return_address(0))

/* Modules that were compiled for us. */
#define MODULES 256
static struct {
	uintptr_t from, to;
} modules[MODULES];
static uint32_t module_count;

int sn_front_is_ours(uintptr_t pc)
{
	uint32_t count = __atomic_load_n(&module_count, __ATOMIC_ACQUIRE);
	for (uint32_t i = 0; i < count; i++)
		if (pc - modules[i].from < modules[i].to - modules[i].from)
			return 1;
	return 0;
}

void sn_front_note_module(uintptr_t pc)
{
	struct dl_find_object found;
	if (sn_front_is_ours(pc) || module_count == MODULES || _dl_find_object((void *)pc, &found))
		return;
	modules[module_count].from = (uintptr_t)found.dlfo_map_start;
	modules[module_count].to = (uintptr_t)found.dlfo_map_end;
	__atomic_store_n(&module_count, module_count + 1, __ATOMIC_RELEASE);
}

/* Of a larger block only the beginning is written to: looking at all of it would take too long. */
#define FREED_MOST ((size_t)1 << 18)

/* See front.h. */
__thread uintptr_t sn_front_caller __attribute__((tls_model("initial-exec")));

static void new_memory(const void *p, size_t asked, uintptr_t pc)
{
	if (!p || !sn_shadow_top || sn_race_off)
		return;
	struct sn_front *f = sn_front_get();
	size_t size = malloc_usable_size((void *)(uintptr_t)p);
	struct sn_block block = {.start = (uintptr_t)p, .size = asked};
	if (f)
		sn_race_forget(f->race, (uintptr_t)p, size);
	else
		sn_shadow_forget((uintptr_t)p, size);
	if (f && !f->race->busy) {
		block.stamp = f->race->stamp;
		block.context = sn_context_allocated(f, sn_front_caller ? sn_front_caller : pc);
	}
	sn_block_note(&block);
}

static void write_to_all(struct sn_front *f, void *p, uintptr_t pc)
{
	size_t size = malloc_usable_size(p);
	if (f->race->busy || f->ignoring[1] || !sn_front_is_ours(pc))
		return;
	sn_race_access(f->race, (uintptr_t)p, size < FREED_MOST ? size : FREED_MOST, SN_RACE_WRITE,
		       sn_context_freed(f, pc));
}

void sn_front_freed(void *p, uintptr_t pc)
{
	if (!p || !sn_front_self)
		return;
	write_to_all(sn_front_self, p, sn_front_caller ? sn_front_caller : pc);
	sn_block_freed((uintptr_t)p);
}

void sn_front_unmapping(void *address, size_t bytes)
{
	struct sn_front *f = sn_front_self;
	if (f)
		sn_race_forget(f->race, (uintptr_t)address, bytes);
}

/* dlsym may allocate itself: that is served from here, and never given back. */
static char early[65536] __attribute__((aligned(16)));
static size_t early_used;

static void *early_take(size_t size)
{
	size_t at = __atomic_fetch_add(&early_used, (size + 31) & ~(size_t)15, __ATOMIC_RELAXED);
	if (at + size + 16 > sizeof early)
		return NULL;
	return early + at;
}

static int is_early(const void *p)
{
	return (uintptr_t)p - (uintptr_t)early < sizeof early;
}

#define REAL(name) __typeof__(name) *name
static struct {
	REAL(malloc);
	REAL(calloc);
	REAL(realloc);
	REAL(free);
	REAL(memalign);
	REAL(aligned_alloc);
	REAL(posix_memalign);
	REAL(valloc);
	REAL(pvalloc);
	REAL(memcpy);
	REAL(memmove);
	REAL(memset);
} real;
static __thread int resolving __attribute__((tls_model("initial-exec")));

#define NEXT(name) real.name = (__typeof__(real.name))dlsym(RTLD_NEXT, #name)

static SN_RACE_COLD int resolve(void)
{
	if (resolving)
		return 0;
	resolving = 1;
	NEXT(memcpy);
	NEXT(memmove);
	NEXT(memset);
	NEXT(malloc);
	NEXT(calloc);
	NEXT(realloc);
	NEXT(memalign);
	NEXT(aligned_alloc);
	NEXT(posix_memalign);
	NEXT(valloc);
	NEXT(pvalloc);
	NEXT(free);
	resolving = 0;
	return 1;
}

#define READY(name) (sn_race_likely(real.name) || (resolve() && real.name))

SN_FRONT_EXPORT void *malloc(size_t size)
{
	if (!READY(malloc))
		return early_take(size);
	void *p = real.malloc(size);
	new_memory(p, size, PC);
	return p;
}

SN_FRONT_EXPORT void *calloc(size_t count, size_t size)
{
	if (!READY(calloc))
		return early_take(count * size);
	void *p = real.calloc(count, size);
	new_memory(p, count * size, PC);
	return p;
}

SN_FRONT_EXPORT void free(void *p)
{
	if (is_early(p) || !READY(free))
		return;
	sn_front_freed(p, PC);
	real.free(p);
}

SN_FRONT_EXPORT void *realloc(void *old, size_t size)
{
	if (!READY(realloc) || is_early(old)) {
		void *moved = malloc(size);
		if (moved && old)
			memmove(moved, old, size < 4096 ? size : 4096);
		return moved;
	}
	sn_front_freed(old, PC);
	void *p = real.realloc(old, size);
	if (p || !size)
		new_memory(p, size, PC);
	else /* it has not been freed: nothing is told of it */
		new_memory(old, malloc_usable_size(old), PC);
	return p;
}

#define ALIGNED(name, parameters, arguments)                                                       \
	SN_FRONT_EXPORT void *name parameters                                                      \
	{                                                                                          \
		if (!READY(name))                                                                  \
			return NULL;                                                               \
		void *p = real.name arguments;                                                     \
		new_memory(p, size, PC);                                                           \
		return p;                                                                          \
	}
ALIGNED(memalign, (size_t alignment, size_t size), (alignment, size))
ALIGNED(aligned_alloc, (size_t alignment, size_t size), (alignment, size))
ALIGNED(valloc, (size_t size), (size))
ALIGNED(pvalloc, (size_t size), (size))

SN_FRONT_EXPORT int posix_memalign(void **at, size_t alignment, size_t size)
{
	if (!READY(posix_memalign))
		return ENOMEM;
	int result = real.posix_memalign(at, alignment, size);
	if (!result)
		new_memory(*at, size, PC);
	return result;
}

static inline void copied(const void *to, const void *from, size_t size, uintptr_t pc)
{
	if (!size || !sn_front_self || !sn_front_is_ours(pc))
		return;
	if (from)
		sn_front_access((uintptr_t)from, size, SN_RACE_READ, pc);
	sn_front_access((uintptr_t)to, size, SN_RACE_WRITE, pc);
}

static void *copy_by_hand(void *to, const void *from, size_t size)
{
	char *t = to;
	const char *f = from;
	for (size_t i = 0; i < size; i++)
		t[t <= f ? i : size - 1 - i] = f[t <= f ? i : size - 1 - i];
	return to;
}

static inline void *copy(void *to, const void *from, size_t size, uintptr_t pc)
{
	copied(to, from, size, pc);
	return READY(memmove) ? real.memmove(to, from, size) : copy_by_hand(to, from, size);
}

static inline void *fill(void *to, int byte, size_t size, uintptr_t pc)
{
	copied(to, NULL, size, pc);
	if (READY(memset))
		return real.memset(to, byte, size);
	for (size_t i = 0; i < size; i++)
		((volatile char *)to)[i] = (char)byte;
	return to;
}

SN_FRONT_EXPORT void *memcpy(void *restrict to, const void *restrict from, size_t size)
{
	return copy(to, from, size, PC);
}

SN_FRONT_EXPORT void *memmove(void *to, const void *from, size_t size)
{
	return copy(to, from, size, PC);
}

SN_FRONT_EXPORT void *memset(void *to, int byte, size_t size)
{
	return fill(to, byte, size, PC);
}

/* As clang calls them since version 15. */
SN_FRONT_EXPORT void *__tsan_memcpy(void *to, const void *from, size_t size);
SN_FRONT_EXPORT void *__tsan_memcpy(void *to, const void *from, size_t size)
{
	return copy(to, from, size, PC);
}

SN_FRONT_EXPORT void *__tsan_memmove(void *to, const void *from, size_t size);
SN_FRONT_EXPORT void *__tsan_memmove(void *to, const void *from, size_t size)
{
	return copy(to, from, size, PC);
}

SN_FRONT_EXPORT void *__tsan_memset(void *to, int byte, size_t size);
SN_FRONT_EXPORT void *__tsan_memset(void *to, int byte, size_t size)
{
	return fill(to, byte, size, PC);
}
