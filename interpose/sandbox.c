/* SPDX-License-Identifier: Apache-2.0
 *
 * Programs that shut themselves into a sandbox (seccomp): browsers, mostly.  System calls that they
 * do not make themselves are then refused, by a signal handler that may write a line for each and
 * that small stacks have no room for: from here on we make only what any program makes.  Filters
 * that were there before the program, or are set by calls that libc does not see, are not known. */
#include <stdarg.h>
#include "interpose/process.h"
#include "interpose/real.h"

#define SET_SECCOMP 22 /* PR_SET_SECCOMP: with its header prctl would be declared, too */

static void note(void)
{
	int saved = errno;
	if (sn_process_is_ours())
		__atomic_store_n(&sn_sandboxed, 1, __ATOMIC_RELAXED);
	errno = saved;
}

/* Beforehand: from then on nothing grows. */
static void prepare(void)
{
	int saved = errno;
	if (sn_process_is_ours() && !sn_sandboxed)
		sn_recorder_grow_last(&sn_shim.recorder);
	errno = saved;
}

int prctl(int option, ...);

SN_EXPORT int prctl(int option, ...)
{
	unsigned long a[4];
	va_list list;
	va_start(list, option);
	for (int i = 0; i < 4; i++)
		a[i] = va_arg(list, unsigned long);
	va_end(list);
	if (option == SET_SECCOMP)
		prepare();
	int result = sn_real(prctl)(option, a[0], a[1], a[2], a[3]);
	if (option == SET_SECCOMP && result == 0)
		note();
	return result;
}

/* Reached from the stub of syscall (futex.c), with its arguments. */
__attribute__((used, visibility("hidden"))) long sn_seccomp_call(long number, long operation,
								 long flags, void *arguments);

long sn_seccomp_call(long number, long operation, long flags, void *arguments)
{
	if (operation == 0 || operation == 1)
		prepare();
	long result = sn_real(syscall)(number, operation, flags, arguments);
	/* 0 and 1 set a filter, others ask; and so do calls that are meant to fail. */
	if (result == 0 && (operation == 0 || operation == 1))
		note();
	return result;
}
