/* SPDX-License-Identifier: Apache-2.0
 *
 * See touch.h. */
#include "race/tsan/touch.h"
#include <wchar.h>

size_t sn_touch_length(const char *text)
{
	const volatile char *at = text;
	while (*at)
		at++;
	return (size_t)(at - text);
}

void sn_touch_text(const char *text, uintptr_t pc)
{
	if (text)
		sn_touch(text, sn_touch_length(text) + 1, SN_RACE_READ, pc);
}

static unsigned folded(char c, int folds)
{
	return (unsigned char)(folds && c >= 'A' && c <= 'Z' ? c + 'a' - 'A' : c);
}

void sn_touch_compared(const char *a, const char *b, size_t most, int folds, uintptr_t pc)
{
	size_t n = 0;
	while (n < most && a[n] && folded(a[n], folds) == folded(b[n], folds))
		n++;
	n += n < most;
	sn_touch(a, n, SN_RACE_READ, pc);
	sn_touch(b, n, SN_RACE_READ, pc);
}

void sn_touch_parts(const struct iovec *parts, size_t count, size_t size, uint32_t what,
		    uintptr_t pc)
{
	sn_touch(parts, count * sizeof *parts, SN_RACE_READ, pc);
	for (size_t i = 0; i < count && size; i++) {
		size_t n = parts[i].iov_len < size ? parts[i].iov_len : size;
		sn_touch(parts[i].iov_base, n, what, pc);
		size -= n;
	}
}

void sn_touch_message(const struct msghdr *message, size_t size, uint32_t what, uintptr_t pc)
{
	sn_touch_parts(message->msg_iov, message->msg_iovlen, size, what, pc);
}

/* A conversion of a format: how wide its argument is. */
enum width { INT, LONG, LONG_DOUBLE };

static const char *skip_number(const char *at, va_list list, int *number)
{
	*number = -1;
	if (*at == '*') {
		*number = va_arg(list, int);
		return at + 1;
	}
	for (int n = 0; *at >= '0' && *at <= '9'; at++)
		*number = n = n < 100000000 ? n * 10 + *at - '0' : n;
	return at;
}

static const char *skip_width(const char *at, enum width *width)
{
	*width = INT;
	for (;; at++)
		switch (*at) {
		case 'h':
			break;
		case 'L':
			*width = LONG_DOUBLE;
			break;
		case 'l':
		case 'q':
		case 'j':
		case 'z':
		case 'Z':
		case 't':
			*width = LONG;
			break;
		default:
			return at;
		}
}

static void printed_text(const char *text, int most, uintptr_t pc)
{
	size_t n = 0;
	if (!text)
		return;
	while ((most < 0 || n < (size_t)most) && text[n])
		n++;
	sn_touch(text, n + (most < 0 || n < (size_t)most), SN_RACE_READ, pc);
}

/* Takes the argument; returns 0 where what follows cannot be known. */
static int convert(char conversion, enum width width, int precision, va_list list, uintptr_t pc)
{
	switch (conversion) {
	case '%':
	case 'm':
		return 1;
	case 's':
		if (width == LONG)
			(void)va_arg(list, const wchar_t *);
		else
			printed_text(va_arg(list, const char *), precision, pc);
		return 1;
	case 'd':
	case 'i':
	case 'o':
	case 'u':
	case 'x':
	case 'X':
	case 'c':
		if (width == INT)
			(void)va_arg(list, int);
		else
			(void)va_arg(list, long);
		return 1;
	case 'p':
	case 'n':
		(void)va_arg(list, void *);
		return 1;
	case 'a':
	case 'A':
	case 'e':
	case 'E':
	case 'f':
	case 'F':
	case 'g':
	case 'G':
		if (width == LONG_DOUBLE)
			(void)va_arg(list, long double);
		else
			(void)va_arg(list, double);
		return 1;
	default:
		return 0;
	}
}

void sn_touch_printed(const char *format, va_list list, uintptr_t pc)
{
	va_list copy;
	int goes_on = 1, width, precision;
	enum width of;
	va_copy(copy, list);
	sn_touch_text(format, pc);
	for (const char *at = format; goes_on && *at; at++) {
		if (*at != '%')
			continue;
		do
			at++;
		while (*at == '-' || *at == '+' || *at == ' ' || *at == '#' || *at == '0' ||
		       *at == '\'' || *at == 'I');
		at = skip_number(at, copy, &width);
		precision = -1;
		if (*at == '.') {
			at = skip_number(at + 1, copy, &precision);
			precision = precision < 0 && at[-1] == '.' ? 0 : precision;
		}
		at = skip_width(at, &of);
		goes_on = *at && convert(*at, of, precision, copy, pc);
	}
	va_end(copy);
}
