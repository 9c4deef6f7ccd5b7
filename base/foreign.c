/* SPDX-License-Identifier: Apache-2.0
 *
 * See foreign.h. A text is taken as UTF-8; a byte that is none is shown by its value. */
#include "base/foreign.h"
#include <stdint.h>
#include <string.h>

#define ESCAPED_MAX 16 /* %f4%8f%bf%bf, \\u{10ffff} */

/* One character of the text: `size` bytes; `code` is its code point, or a byte's value where
 * `whole` is 0. */
struct character {
	uint32_t code;
	unsigned size;
	int whole;
	const unsigned char *bytes;
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
	struct character byte = {*at, 1, size == 1, at}, c = {*at, size, 1, at};

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

static size_t put(char *to, const char *text)
{
	size_t n = strlen(text);

	memcpy(to, text, n);
	return n;
}

static size_t percent(char *to, const struct character *c)
{
	size_t used = 0;

	for (unsigned i = 0; i < c->size; i++) {
		to[used++] = '%';
		to[used++] = "0123456789ABCDEF"[c->bytes[i] >> 4];
		to[used++] = "0123456789ABCDEF"[c->bytes[i] & 15];
	}
	return used;
}

/* GitHub undoes these, and these only: a line of ours may be several of theirs. */
static size_t escape_github(char *to, const struct character *c)
{
	if (c->code == '%' || c->code == '\n' || c->code == '\r')
		return percent(to, c);
	return escape_text(to, c);
}

static size_t escape_github_property(char *to, const struct character *c)
{
	if (c->code == ':' || c->code == ',')
		return percent(to, c);
	return escape_github(to, c);
}

static size_t escape_xml(char *to, const struct character *c)
{
	switch (c->code) {
	case '&':
		return put(to, "&amp;");
	case '<':
		return put(to, "&lt;");
	case '>':
		return put(to, "&gt;");
	case '"':
		return put(to, "&quot;");
	case '\'':
		return put(to, "&#39;");
	default:
		/* What XML knows no way to write. */
		if (c->code == 0xfffe || c->code == 0xffff)
			return put(to, "\\u{fffe}");
		return escape_text(to, c);
	}
}

/* As escape_text, for an output that takes one backslash away. */
static size_t escape_text_doubly(char *to, const struct character *c)
{
	char escaped[ESCAPED_MAX] = "";
	size_t n = escape_text(escaped, c);

	if (!n)
		return 0;
	*to = '\\';
	memcpy(to + 1, escaped, n);
	return n + 1;
}

/* What would be a link, a heading, emphasis, code, a table's border, HTML, a formula, or would call
 * somebody. */
static size_t escape_markdown(char *to, const struct character *c)
{
	if (c->code == '@')
		return put(to, "@&#8203;");
	if (c->code == '&' || c->code == '<' || c->code == '>')
		return escape_xml(to, c);
	if (c->code < 0x80 && c->code >= 0x20 && strchr("\\`*_[]|~#$", (int)c->code)) {
		to[0] = '\\';
		to[1] = (char)c->code;
		return 2;
	}
	return escape_text_doubly(to, c);
}

static size_t escape_uri(char *to, const struct character *c)
{
	int letter = (c->code | 0x20) >= 'a' && (c->code | 0x20) <= 'z';
	int digit = c->code >= '0' && c->code <= '9';

	if (c->code < 0x80 && (letter || digit || (c->code && strchr("/-._~", (int)c->code))))
		return 0;
	return percent(to, c);
}

static size_t escape_dot(char *to, const struct character *c)
{
	if (c->code == '"')
		return put(to, "\\\"");
	if (c->code == '\\')
		return put(to, "\\\\");
	return escape_text_doubly(to, c);
}

/* How an output escapes a character: the length of what it wrote, 0 where the character stays. */
static size_t (*const rules[SN_OUTPUT_COUNT])(char *to, const struct character *c) = {
	[SN_OUTPUT_TEXT] = escape_text,
	[SN_OUTPUT_GITHUB] = escape_github,
	[SN_OUTPUT_GITHUB_PROPERTY] = escape_github_property,
	[SN_OUTPUT_MARKDOWN] = escape_markdown,
	[SN_OUTPUT_XML] = escape_xml,
	[SN_OUTPUT_URI] = escape_uri,
	[SN_OUTPUT_DOT] = escape_dot,
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
