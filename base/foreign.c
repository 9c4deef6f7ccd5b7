/* SPDX-License-Identifier: Apache-2.0
 *
 * See foreign.h. A text is taken as UTF-8; a byte that is none is shown by its value. */
#include "base/foreign.h"
#include <stdint.h>
#include <string.h>

#define ESCAPED_MAX 12 /* \u{10ffff} and a NUL */

/* One character of the text: `size` bytes; `code` is its code point, or a byte's value where
 * `whole` is 0. */
struct character {
	uint32_t code;
	unsigned size;
	int whole;
};

static unsigned length_of(unsigned char first)
{
	if (first < 0x80)
		return 1;
	if (first >= 0xc2 && first <= 0xdf)
		return 2;
	if (first >= 0xe0 && first <= 0xef)
		return 3;
	return first >= 0xf0 && first <= 0xf4 ? 4 : 0;
}

/* Overlong forms, surrogates and what lies beyond Unicode are none. */
static int is_good(uint32_t code, unsigned size)
{
	static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};

	return code >= least[size] && code <= 0x10ffff && (code < 0xd800 || code > 0xdfff);
}

static struct character next_of(const char *text)
{
	const unsigned char *at = (const unsigned char *)text;
	unsigned size = length_of(*at);
	struct character byte = {*at, 1, size == 1}, c = {*at, size, 1};

	if (size < 2)
		return byte;
	c.code = *at & (0x7fu >> size);
	for (unsigned i = 1; i < size; i++) {
		if ((at[i] & 0xc0) != 0x80)
			return byte;
		c.code = c.code << 6 | (at[i] & 0x3f);
	}
	return is_good(c.code, size) ? c : byte;
}

/* Controls, C1 too; what turns the direction of writing, cannot be seen, or breaks a line. */
static int upsets_text(uint32_t code)
{
	return code < 0x20 || (code >= 0x7f && code <= 0x9f) || code == 0xad || code == 0x61c ||
	       (code >= 0x200b && code <= 0x200f) || (code >= 0x2028 && code <= 0x202e) ||
	       (code >= 0x2060 && code <= 0x2069) || code == 0xfeff ||
	       (code >= 0xfff9 && code <= 0xfffb) || (code >= 0xe0000 && code <= 0xe0fff);
}

static char *hex(char *to, uint32_t n, int least)
{
	int digits = least;

	while (digits < 8 && n >> (4 * digits))
		digits++;
	for (int i = digits - 1; i >= 0; i--)
		*to++ = "0123456789abcdef"[n >> (4 * i) & 15];
	return to;
}

/* \n, \x1b, \u{202e}; 0: it is shown as it is. */
static size_t escape_text(char *to, const struct character *c)
{
	char *at = to;

	if (c->whole && !upsets_text(c->code))
		return 0;
	*at++ = '\\';
	if (c->code == '\n' || c->code == '\t' || c->code == '\r') {
		*at++ = c->code == '\n' ? 'n' : c->code == '\t' ? 't' : 'r';
	} else if (c->code < 0x80 || !c->whole) {
		*at++ = 'x';
		at = hex(at, c->code, 2);
	} else {
		*at++ = 'u';
		*at++ = '{';
		at = hex(at, c->code, 4);
		*at++ = '}';
	}
	return (size_t)(at - to);
}

/* How an output escapes a character: the length of what it wrote, 0 where the character stays. */
static size_t (*const rules[SN_OUTPUT_COUNT])(char *to, const struct character *c) = {
	[SN_OUTPUT_TEXT] = escape_text,
};

size_t sn_foreign_escape(char *to, size_t room, const char *text, enum sn_output output)
{
	size_t used = 0;

	while (room && *text) {
		char escaped[ESCAPED_MAX];
		struct character c = next_of(text);
		size_t n = rules[output](escaped, &c);
		const char *from = n ? escaped : text;

		n = n ? n : c.size;
		if (used + n >= room)
			break;
		memcpy(to + used, from, n);
		used += n;
		text += c.size;
	}
	if (room)
		to[used] = '\0';
	return used;
}

int sn_foreign_is_harmless(const char *text, enum sn_output output)
{
	while (*text) {
		char escaped[ESCAPED_MAX];
		struct character c = next_of(text);

		if (rules[output](escaped, &c))
			return 0;
		text += c.size;
	}
	return 1;
}
