/* SPDX-License-Identifier: Apache-2.0
 *
 * Signals in sets, as the kernel has them: what comes from running code, what asks a program to
 * stop. */
#ifndef SN_BASE_SIGNALS_H
#define SN_BASE_SIGNALS_H

#include <signal.h>
#include <stdint.h>

#define SN_SIGNAL(n) (UINT64_C(1) << ((n)-1))

/* Who sleeps gets none of these: faults, aborts and traps come from running code, and 32 and 33 are
 * glibc's own. */
#define SN_SIGNALS_OF_CODE                                                                         \
	(SN_SIGNAL(SIGSEGV) | SN_SIGNAL(SIGBUS) | SN_SIGNAL(SIGFPE) | SN_SIGNAL(SIGILL) |          \
	 SN_SIGNAL(SIGTRAP) | SN_SIGNAL(SIGABRT) | SN_SIGNAL(SIGSYS) | SN_SIGNAL(32) |             \
	 SN_SIGNAL(33))
#define SN_SIGNALS_TO_STOP                                                                         \
	(SN_SIGNAL(SIGINT) | SN_SIGNAL(SIGTERM) | SN_SIGNAL(SIGHUP) | SN_SIGNAL(SIGQUIT))

#endif
