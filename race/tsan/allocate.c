/* SPDX-License-Identifier: Apache-2.0
 *
 * What allocates and frees by calling malloc and free in a library: C++'s operators, and functions
 * of libc.  The block is the caller's. */
#include <dlfcn.h>
#include <stdlib.h>
#include "race/tsan/front.h"

#define PC ((uintptr_t)__builtin_return_address(0))

static void back(uintptr_t *outer)
{
	sn_front_caller = *outer;
}

/* They may throw. */
#define ALLOCATES(name, parameters, arguments)                                                     \
	SN_FRONT_EXPORT void *name parameters;                                                     \
	SN_FRONT_EXPORT void *name parameters                                                      \
	{                                                                                          \
		static __typeof__(name) *next;                                                     \
		if (!next)                                                                         \
			next = (__typeof__(next))dlsym(RTLD_NEXT, #name);                          \
		uintptr_t outer __attribute__((cleanup(back))) = sn_front_caller;                  \
		sn_front_caller = outer ? outer : PC;                                              \
		return next arguments;                                                             \
	}
ALLOCATES(_Znwm, (size_t size), (size))
ALLOCATES(_Znam, (size_t size), (size))
ALLOCATES(_ZnwmRKSt9nothrow_t, (size_t size, const void *n), (size, n))
ALLOCATES(_ZnamRKSt9nothrow_t, (size_t size, const void *n), (size, n))
ALLOCATES(_ZnwmSt11align_val_t, (size_t size, size_t a), (size, a))
ALLOCATES(_ZnamSt11align_val_t, (size_t size, size_t a), (size, a))
ALLOCATES(_ZnwmSt11align_val_tRKSt9nothrow_t, (size_t size, size_t a, const void *n), (size, a, n))
ALLOCATES(_ZnamSt11align_val_tRKSt9nothrow_t, (size_t size, size_t a, const void *n), (size, a, n))
ALLOCATES(reallocarray, (void *p, size_t count, size_t size), (p, count, size))

/* The library's own operators call free, from code that is not ours. */
#define DELETES(name, parameters, arguments)                                                       \
	SN_FRONT_EXPORT void name parameters;                                                      \
	SN_FRONT_EXPORT void name parameters                                                       \
	{                                                                                          \
		static __typeof__(name) *next;                                                     \
		if (!next)                                                                         \
			next = (__typeof__(next))dlsym(RTLD_NEXT, #name);                          \
		sn_front_freed(p, PC);                                                             \
		next arguments;                                                                    \
	}
DELETES(_ZdlPv, (void *p), (p))
DELETES(_ZdaPv, (void *p), (p))
DELETES(_ZdlPvm, (void *p, size_t size), (p, size))
DELETES(_ZdaPvm, (void *p, size_t size), (p, size))
DELETES(_ZdlPvRKSt9nothrow_t, (void *p, const void *n), (p, n))
DELETES(_ZdaPvRKSt9nothrow_t, (void *p, const void *n), (p, n))
DELETES(_ZdlPvSt11align_val_t, (void *p, size_t a), (p, a))
DELETES(_ZdaPvSt11align_val_t, (void *p, size_t a), (p, a))
DELETES(_ZdlPvmSt11align_val_t, (void *p, size_t size, size_t a), (p, size, a))
DELETES(_ZdaPvmSt11align_val_t, (void *p, size_t size, size_t a), (p, size, a))
