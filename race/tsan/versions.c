/* SPDX-License-Identifier: Apache-2.0
 *
 * Functions of libc to which a program that was linked with libtsan is bound through libtsan, and
 * so without a version: the loader would take the oldest that there is, with other structures
 * behind it. Here they are without one, and jump to the newest, which leaves no frame of ours on
 * the stack. */
#include <dlfcn.h>
#include <stdlib.h>
#include "race/tsan/front.h"

#define FUNCTIONS(X)                                                                               \
	X(pthread_cond_init, "GLIBC_2.3.2")                                                        \
	X(pthread_cond_destroy, "GLIBC_2.3.2")                                                     \
	X(pthread_cond_wait, "GLIBC_2.3.2")                                                        \
	X(pthread_cond_timedwait, "GLIBC_2.3.2")                                                   \
	X(pthread_cond_signal, "GLIBC_2.3.2")                                                      \
	X(pthread_cond_broadcast, "GLIBC_2.3.2")                                                   \
	X(realpath, "GLIBC_2.3")                                                                   \
	X(regexec, "GLIBC_2.3.4")                                                                  \
	X(fmemopen, "GLIBC_2.22")                                                                  \
	X(glob, "GLIBC_2.27")                                                                      \
	X(glob64, "GLIBC_2.27")                                                                    \
	X(posix_spawn, "GLIBC_2.15")                                                               \
	X(posix_spawnp, "GLIBC_2.15")                                                              \
	X(sched_getaffinity, "GLIBC_2.3.4")                                                        \
	X(pthread_attr_getaffinity_np, "GLIBC_2.3.4")                                              \
	X(sigsetjmp, NULL)

static void *resolve(const char *name, const char *version)
{
	void *p = version ? dlvsym(RTLD_NEXT, name, version) : dlsym(RTLD_NEXT, "__sigsetjmp");
	return p ? p : dlsym(RTLD_NEXT, name);
}

/* The general registers have the arguments; none of these functions takes others. */
#define JUMP(name, version)                                                                        \
	void *sn_version_##name __attribute__((visibility("hidden")));                             \
	void sn_resolve_##name(void) __attribute__((visibility("hidden")));                        \
	void sn_resolve_##name(void)                                                               \
	{                                                                                          \
		sn_version_##name = resolve(#name, version);                                       \
	}                                                                                          \
	__asm__(".text\n.globl " #name "\n.type " #name ", @function\n" #name ":\n"                \
		"	.cfi_startproc\n	endbr64\n"                                                      \
		"	cmpq $0, sn_version_" #name "(%rip)\n	jne 1f\n"                            \
		"	push %rdi\n	push %rsi\n	push %rdx\n	push %rcx\n	push "                           \
		"%r8\n"                                                                            \
		"	.cfi_adjust_cfa_offset 40\n"                                                     \
		"	call sn_resolve_" #name "\n"                                               \
		"	pop %r8\n	pop %rcx\n	pop %rdx\n	pop %rsi\n	pop "                                 \
		"%rdi\n"                                                                           \
		"	.cfi_adjust_cfa_offset -40\n"                                                    \
		"1:	jmp *sn_version_" #name "(%rip)\n	.cfi_endproc\n"                          \
		".size " #name ", . - " #name "\n");
FUNCTIONS(JUMP)

/* libc has it in the part that is linked into each program, where libtsan does not stand for it. */
SN_FRONT_EXPORT int atexit(void (*routine)(void))
{
	return __cxa_atexit((void (*)(void *))(void *)routine, NULL, NULL);
}

SN_FRONT_EXPORT int RunningOnValgrind(void);
SN_FRONT_EXPORT int RunningOnValgrind(void)
{
	return 0;
}

SN_FRONT_EXPORT double ValgrindSlowdown(void);
SN_FRONT_EXPORT double ValgrindSlowdown(void)
{
	return 10;
}
