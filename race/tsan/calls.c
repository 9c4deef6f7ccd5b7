/* SPDX-License-Identifier: Apache-2.0
 *
 * Calls of libc, from calls.def: what they read and write of the program's memory, and the order
 * that some of them make through the kernel and that the shim has no wrapper for: what they do
 * happens before what anybody reads afterwards (race_sync.h).
 * What is printed to the standard streams orders nothing: a program that reads its own output is
 * rare, one that prints between two accesses that race is not. */

/* With these the C library's headers have bodies for some. */
#undef _FORTIFY_SOURCE
#ifndef __NO_INLINE__
#define __NO_INLINE__ 1
#endif
#include <arpa/inet.h>
#include <dlfcn.h>
#include <mqueue.h>
#include <netdb.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/msg.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/timerfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include "race/tsan/touch.h"

enum flow {
	NONE,
	WRITES, /* it may write to a file, pipe, socket or queue, or end one, or send a signal */
	READS,  /* it may read from one */
};

static void before(enum flow flow)
{
	struct sn_front *f = flow == WRITES ? sn_front_get() : NULL;
	if (f)
		sn_sync_release(f->race, (uintptr_t)&sn_front_files, 0);
}

static void after(enum flow flow)
{
	struct sn_front *f = flow == READS ? sn_front_get() : NULL;
	if (f)
		sn_sync_acquire(f->race, (uintptr_t)&sn_front_files);
}

static enum flow to(const FILE *stream)
{
	return stream == stdout || stream == stderr ? NONE : WRITES;
}

/* Declared here, since headers make macros of some and have not all. */
#define CALL(name, result, flow, parameters, arguments, first, then) result name parameters;
#undef stat
#undef getc
#undef putc
#undef strchr
#undef strcmp
#undef strncmp
#undef strcspn
#undef strspn
#undef strpbrk
#include "race/tsan/calls.def"
#undef CALL

#define PC ((uintptr_t)__builtin_return_address(0))
#define NEXT(name) ((__typeof__(name) *)dlsym(RTLD_NEXT, #name))
#define REAL(name)                                                                                 \
	(sn_race_likely(next_##name) ? next_##name                                                 \
				     : (__typeof__(name) *)find((void **)&next_##name, #name))
#define R(at, bytes) sn_touch(at, bytes, SN_RACE_READ, pc)
#define W(at, bytes) sn_touch(at, bytes, SN_RACE_WRITE, pc)
#define T(text) sn_touch_text(text, pc)
#define P(format, list) sn_touch_printed(format, list, pc)
#define NOTHING ((void)0)
#define DONE ((size_t)(value > 0 ? value : 0))
#define LENGTH(text) sn_touch_length(text)
/* Around a call that allocates what it returns: the block is its caller's. */
#define HERE (sn_front_caller = pc)
#define AWAY (sn_front_caller = 0)
#define APART(end, start) ((size_t)((const char *)(end) - (const char *)(start)))
#define FILLED(text, most) (REAL(strnlen)(text, most) + (REAL(strnlen)(text, most) < (most)))

static SN_RACE_COLD void *find(void **at, const char *name)
{
	return *at = dlsym(RTLD_NEXT, name);
}

static __typeof__(strnlen) *next_strnlen;

#define CALL(name, result, flow, parameters, arguments, first, then)                               \
	static __typeof__(name) *next_##name;                                                      \
	SN_FRONT_EXPORT result name parameters                                                     \
	{                                                                                          \
		uintptr_t pc = sn_touch_caller(PC);                                                \
		if (pc)                                                                            \
			first;                                                                     \
		before(flow);                                                                      \
		result value = REAL(name) arguments;                                               \
		after(flow);                                                                       \
		if (pc)                                                                            \
			then;                                                                      \
		return value;                                                                      \
	}
#include "race/tsan/calls.def"
#undef CALL

static __typeof__(mremap) *next_mremap;
static __typeof__(mmap) *next_mmap;
static __typeof__(mmap64) *next_mmap64;
static __typeof__(qsort) *next_qsort;

/* At once: a child of fork may call one while the loader's lock is somebody's who is gone. */
__attribute__((constructor)) static void resolve(void)
{
#define CALL(name, result, flow, parameters, arguments, first, then) next_##name = NEXT(name);
#include "race/tsan/calls.def"
#undef CALL
	next_mremap = NEXT(mremap);
	next_mmap = NEXT(mmap);
	next_mmap64 = NEXT(mmap64);
	next_qsort = NEXT(qsort);
}

/* Where it was, others may map at once. Forgotten is more than need be where it stays. */
SN_FRONT_EXPORT void *mremap(void *old, size_t old_size, size_t size, int flags, ...)
{
	va_list list;
	va_start(list, flags);
	void *to = flags & MREMAP_FIXED ? va_arg(list, void *) : NULL;
	va_end(list);
	if (sn_front_get()) {
		sn_front_unmapping(old, old_size);
		if (to)
			sn_front_unmapping(to, size);
	}
	return REAL(mremap)(old, old_size, size, flags, to);
}

/* What was there before (the stack of a thread that has ended, a module that was closed) the C
 * library may have unmapped itself. */
#define MAPS(name, offset_t)                                                                       \
	SN_FRONT_EXPORT void *name(void *at, size_t size, int protection, int flags, int fd,       \
				   offset_t offset)                                                \
	{                                                                                          \
		void *mapped = REAL(name)(at, size, protection, flags, fd, offset);                \
		if (sn_front_self && mapped != MAP_FAILED)                                         \
			sn_front_unmapping(mapped, size);                                          \
		return mapped;                                                                     \
	}
MAPS(mmap, off_t)
MAPS(mmap64, off64_t)

/* The elements move about between the calls of `compares`, in which locks may be taken. */
SN_FRONT_EXPORT void qsort(void *base, size_t count, size_t size, __compar_fn_t compares)
{
	uintptr_t pc = sn_touch_caller(PC);
	if (pc && count > 1)
		W(base, count * size);
	REAL(qsort)(base, count, size, compares);
	if (pc && count > 1)
		W(base, count * size);
}

/* `call` is that of the same function with a list. */
#define VARIADIC(name, flow, call, then, parameters)                                               \
	int name parameters;                                                                       \
	SN_FRONT_EXPORT int name parameters                                                        \
	{                                                                                          \
		uintptr_t pc = sn_touch_caller(PC);                                                \
		va_list list;                                                                      \
		va_start(list, format);                                                            \
		if (pc)                                                                            \
			PRINTED(format, list);                                                     \
		before(flow);                                                                      \
		int value = call;                                                                  \
		after(flow);                                                                       \
		if (pc)                                                                            \
			then;                                                                      \
		va_end(list);                                                                      \
		return value;                                                                      \
	}
#define PRINTED P
VARIADIC(printf, NONE, REAL(vprintf)(format, list), NOTHING, (const char *format, ...))
VARIADIC(__printf_chk, NONE, REAL(__vprintf_chk)(flag, format, list), NOTHING,
	 (int flag, const char *format, ...))
VARIADIC(fprintf, to(s), REAL(vfprintf)(s, format, list), NOTHING,
	 (FILE * s, const char *format, ...))
VARIADIC(__fprintf_chk, to(s), REAL(__vfprintf_chk)(s, flag, format, list), NOTHING,
	 (FILE * s, int flag, const char *format, ...))
VARIADIC(snprintf, NONE, REAL(vsnprintf)(to, size, format, list),
	 W(to, value < 0     ? 0
	       : DONE < size ? DONE + 1
			     : size),
	 (char *to, size_t size, const char *format, ...))
VARIADIC(__snprintf_chk, NONE, REAL(__vsnprintf_chk)(to, size, flag, room, format, list),
	 W(to, value < 0     ? 0
	       : DONE < size ? DONE + 1
			     : size),
	 (char *to, size_t size, int flag, size_t room, const char *format, ...))
VARIADIC(sprintf, NONE, REAL(vsprintf)(to, format, list), W(to, value < 0 ? 0 : DONE + 1),
	 (char *to, const char *format, ...))
VARIADIC(__sprintf_chk, NONE, REAL(__vsprintf_chk)(to, flag, room, format, list),
	 W(to, value < 0 ? 0 : DONE + 1),
	 (char *to, int flag, size_t room, const char *format, ...))
#undef PRINTED
#define PRINTED(format, list) T(format)
VARIADIC(__isoc99_fscanf, READS, REAL(__isoc99_vfscanf)(s, format, list), NOTHING,
	 (FILE * s, const char *format, ...))
VARIADIC(__isoc23_fscanf, READS, REAL(__isoc23_vfscanf)(s, format, list), NOTHING,
	 (FILE * s, const char *format, ...))
