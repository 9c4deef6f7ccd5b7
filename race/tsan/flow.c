/* SPDX-License-Identifier: Apache-2.0
 *
 * More calls by which one thread may hand another something through the kernel, and that the shim
 * has no wrapper for: what they do happens before what anybody reads afterwards (race_sync.h).
 * What is printed to the standard streams is left out: a program that reads its own output is rare,
 * one that prints between two accesses that race is not. */

/* With it the C library's headers have bodies for some of these. */
#undef _FORTIFY_SOURCE
#include <dlfcn.h>
#include <mqueue.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>
#include "race/tsan/front.h"

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
int __vfprintf_chk(FILE *stream, int flag, const char *format, va_list arguments);
int __fprintf_chk(FILE *stream, int flag, const char *format, ...);
int __isoc99_fscanf(FILE *stream, const char *format, ...);
int __isoc99_vfscanf(FILE *stream, const char *format, va_list arguments);
int __isoc23_fscanf(FILE *stream, const char *format, ...);
int __isoc23_vfscanf(FILE *stream, const char *format, va_list arguments);
ssize_t preadv64(int fd, const struct iovec *parts, int count, off64_t offset);
ssize_t pwritev64(int fd, const struct iovec *parts, int count, off64_t offset);
int pthread_sigqueue(pthread_t id, int signal, const union sigval value);
int tgkill(pid_t process, pid_t thread, int signal);
#undef getc
#undef putc

#define FLOW(name, result, flow, parameters, arguments)                                            \
	static __typeof__(name) *next_##name;                                                      \
	SN_FRONT_EXPORT result name parameters                                                     \
	{                                                                                          \
		if (!next_##name)                                                                  \
			next_##name = (__typeof__(name) *)dlsym(RTLD_NEXT, #name);                 \
		before(flow);                                                                      \
		result value = next_##name arguments;                                              \
		after(flow);                                                                       \
		return value;                                                                      \
	}
#include "race/tsan/flow.def"
#undef FLOW

static __typeof__(mremap) *next_mremap;

/* At once: a child of fork may call one while the loader's lock is somebody's who is gone. */
__attribute__((constructor)) static void resolve(void)
{
#define FLOW(name, result, flow, parameters, arguments)                                            \
	next_##name = (__typeof__(name) *)dlsym(RTLD_NEXT, #name);
#include "race/tsan/flow.def"
#undef FLOW
	next_mremap = (__typeof__(mremap) *)dlsym(RTLD_NEXT, "mremap");
}

/* Where it was, others may map at once. Forgotten is more than need be where it stays. */
SN_FRONT_EXPORT void *mremap(void *old, size_t old_size, size_t size, int flags, ...)
{
	va_list list;
	va_start(list, flags);
	void *to = flags & MREMAP_FIXED ? va_arg(list, void *) : NULL;
	va_end(list);
	if (!next_mremap)
		next_mremap = (__typeof__(mremap) *)dlsym(RTLD_NEXT, "mremap");
	if (sn_front_get()) {
		sn_front_unmapping(old, old_size);
		if (to)
			sn_front_unmapping(to, size);
	}
	return next_mremap(old, old_size, size, flags, to);
}

#define VARIADIC(name, v_name, parameters, arguments)                                              \
	SN_FRONT_EXPORT int name parameters                                                        \
	{                                                                                          \
		va_list list;                                                                      \
		va_start(list, format);                                                            \
		int value = v_name arguments;                                                      \
		va_end(list);                                                                      \
		return value;                                                                      \
	}
VARIADIC(fprintf, vfprintf, (FILE * s, const char *format, ...), (s, format, list))
VARIADIC(__fprintf_chk, __vfprintf_chk, (FILE * s, int flag, const char *format, ...),
	 (s, flag, format, list))
VARIADIC(__isoc99_fscanf, __isoc99_vfscanf, (FILE * s, const char *format, ...), (s, format, list))
VARIADIC(__isoc23_fscanf, __isoc23_vfscanf, (FILE * s, const char *format, ...), (s, format, list))
