/* SPDX-License-Identifier: Apache-2.0
 *
 * Raw system calls for code inside the process under test: unlike libc's wrappers they are no
 * cancellation points and leave errno alone. They return the kernel's value: negative errno. */
#ifndef SN_BASE_SYS_H
#define SN_BASE_SYS_H

#include <errno.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static inline long sn_sys6(long n, long a, long b, long c, long d, long e, long f)
{
#if defined(__x86_64__)
	long r;
	register long r10 __asm__("r10") = d;
	register long r8 __asm__("r8") = e;
	register long r9 __asm__("r9") = f;
	__asm__ volatile("syscall"
			 : "=a"(r)
			 : "a"(n), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
			 : "rcx", "r11", "memory");
	return r;
#else
	int saved = errno;
	long r = syscall(n, a, b, c, d, e, f);
	if (r == -1)
		r = -errno;
	errno = saved;
	return r;
#endif
}

#define SN_SYS_PICK(n, a, b, c, d, e, f, ...)                                                      \
	n, (long)(a), (long)(b), (long)(c), (long)(d), (long)(e), (long)(f)
#define SN_SYS_CALL(...) sn_sys6(__VA_ARGS__)
/* sn_sys(number, up to six arguments) */
#define sn_sys(...) SN_SYS_EXPAND(__VA_ARGS__, 0, 0, 0, 0, 0, 0, 0)
#define SN_SYS_EXPAND(...) SN_SYS_CALL(SN_SYS_PICK(__VA_ARGS__))

/* The processor's time stamp: far cheaper than a clock, and good for an order of magnitude. */
static inline uint64_t sn_ticks(void)
{
#if defined(__x86_64__)
	return __builtin_ia32_rdtsc();
#else
	return 0;
#endif
}

/* What sn_now reads: in the detector the kernel's clock, see clock.c, as a system call, and from
 * sn_clock_start on without one; in the channel library libc's. */
extern int (*sn_clock)(clockid_t clock, struct timespec *t);
/* For the shim, whose process may have another clock_gettime than libc's. */
void sn_clock_start(void);

static inline uint64_t sn_clock_ns(clockid_t clock)
{
	struct timespec t;
	sn_clock(clock, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

/* CLOCK_MONOTONIC in nanoseconds. */
static inline uint64_t sn_now(void)
{
	return sn_clock_ns(CLOCK_MONOTONIC);
}

/* The same as of the last tick of the kernel's clock: up to 10 ms ago, for a fifth of the price. */
static inline uint64_t sn_now_coarse(void)
{
	return sn_clock_ns(CLOCK_MONOTONIC_COARSE);
}

/* The process has set a filter of system calls: those that not every program makes would be
 * refused, or worse. (asleep.c) */
extern int sn_sandboxed;

#endif
