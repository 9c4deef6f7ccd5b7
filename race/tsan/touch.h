/* SPDX-License-Identifier: Apache-2.0
 *
 * What calls of libc do to the program's memory: the words in which the rows of calls.def say so.
 * Each takes `pc`, where the call was made; 0: in code that was not compiled for us, which is
 * passed over, for how it synchronises is not seen either. */
#ifndef SN_RACE_TSAN_TOUCH_H
#define SN_RACE_TSAN_TOUCH_H

#include <stdarg.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include "race/tsan/front.h"

static inline uintptr_t sn_touch_caller(uintptr_t pc)
{
	return sn_front_self && sn_front_is_ours(pc) ? pc : 0;
}

static inline void sn_touch(const void *at, size_t size, uint32_t what, uintptr_t pc)
{
	if (at && size)
		sn_front_access((uintptr_t)at, size, what, pc);
}

/* touch.c: none of these is a call to the program's own, or to one of ours. */
size_t sn_touch_length(const char *text);
/* A string with its end. */
void sn_touch_text(const char *text, uintptr_t pc);
/* Strings as far as a comparison of at most so many characters goes. */
void sn_touch_compared(const char *a, const char *b, size_t most, int folds, uintptr_t pc);
/* The first `size` bytes of the parts. */
void sn_touch_parts(const struct iovec *parts, size_t count, size_t size, uint32_t what,
		    uintptr_t pc);
void sn_touch_message(const struct msghdr *message, size_t size, uint32_t what, uintptr_t pc);
/* The strings among what is printed, and the format. */
void sn_touch_printed(const char *format, va_list list, uintptr_t pc);

#endif
