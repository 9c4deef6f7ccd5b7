/* SPDX-License-Identifier: Apache-2.0
 *
 * Parses options.def's options.  Runs in the process under test, before anything else does: no
 * malloc, no stdio, no locale, no errno; only fixed buffers of the caller's. */
#include "base/options.h"
#include <errno.h>
#include <stdint.h>
#include <string.h>

enum type { BOOL, INT, TEXT, CHOICE };

struct option_row {
	const char *name;
	enum type type;
	size_t offset;
	const char *choices;
	const char *help;
};

static const struct option_row rows[] = {
#define SN_OPTION(key, kind, def, values, text)                                                    \
	{#key, kind, offsetof(struct sn_options, key), values, text},
#include "base/options.def"
#undef SN_OPTION
};

#define ROWS (sizeof(rows) / sizeof(rows[0]))

/* The limits of the numbers; one that is not listed may be 0 .. INT32_MAX. */
static const struct {
	const char *name;
	int low, high;
} limits[] = {
	{"exitcode", 0, 255},
	{"stack_depth", 1, 128},
	{"max_recording", 1, 1 << 20},
};

static void limits_of(const char *name, int *low, int *high)
{
	*low = 0;
	*high = INT32_MAX;
	for (size_t i = 0; i < sizeof(limits) / sizeof(limits[0]); i++) {
		if (strcmp(limits[i].name, name))
			continue;
		*low = limits[i].low;
		*high = limits[i].high;
	}
}

static int *number_at(struct sn_options *o, const struct option_row *row)
{
	return (int *)((char *)o + row->offset);
}

void sn_options_default(struct sn_options *o)
{
	memset(o, 0, sizeof(*o));
#define SN_SET_BOOL(name, def) o->name = def;
#define SN_SET_INT(name, def) o->name = def;
#define SN_SET_CHOICE(name, def) o->name = def;
#define SN_SET_TEXT(name, def) memcpy(o->name, def, sizeof(def));
#define SN_OPTION(key, kind, def, values, text) SN_SET_##kind(key, def)
#include "base/options.def"
#undef SN_OPTION
}

static int same(const char *word, const char *s, size_t length)
{
	return strlen(word) == length && !memcmp(word, s, length);
}

static const struct option_row *row_of(const char *key, size_t length)
{
	for (size_t i = 0; i < ROWS; i++)
		if (same(rows[i].name, key, length))
			return &rows[i];
	return NULL;
}

static int set_bool(int *out, const char *s, size_t length)
{
	static const char words[2][3][6] = {{"0", "false", "no"}, {"1", "true", "yes"}};

	for (int truth = 0; truth < 2; truth++)
		for (int i = 0; i < 3; i++)
			if (same(words[truth][i], s, length)) {
				*out = truth;
				return 0;
			}
	return -EINVAL;
}

static int set_int(int *out, const char *name, const char *s, size_t length)
{
	int low, high;
	int64_t n = 0;

	limits_of(name, &low, &high);
	if (!length)
		return -EINVAL;
	for (size_t i = 0; i < length; i++) {
		if (s[i] < '0' || s[i] > '9')
			return -EINVAL;
		n = n * 10 + (s[i] - '0');
		if (n > high)
			return -EINVAL;
	}
	if (n < low)
		return -EINVAL;
	*out = (int)n;
	return 0;
}

static int set_choice(int *out, const char *choices, const char *s, size_t length)
{
	for (int i = 0; *choices; i++) {
		size_t n = strcspn(choices, "|");
		if (n == length && !memcmp(choices, s, n)) {
			*out = i;
			return 0;
		}
		choices += n + (choices[n] == '|');
	}
	return -EINVAL;
}

static int set_text(char *out, const char *s, size_t length)
{
	if (length >= SN_OPTION_TEXT_MAX || memchr(s, '\0', length))
		return -EINVAL;
	memcpy(out, s, length);
	out[length] = '\0';
	return 0;
}

static int set_row(struct sn_options *o, const struct option_row *row, const char *s, size_t length)
{
	switch (row->type) {
	case BOOL:
		return set_bool(number_at(o, row), s, length);
	case INT:
		return set_int(number_at(o, row), row->name, s, length);
	case CHOICE:
		return set_choice(number_at(o, row), row->choices, s, length);
	case TEXT:
		return set_text((char *)o + row->offset, s, length);
	}
	return -EINVAL;
}

int sn_options_set(struct sn_options *o, const char *key, size_t key_length, const char *value,
		   size_t value_length)
{
	const struct option_row *row = row_of(key, key_length);

	return row ? set_row(o, row, value, value_length) : -ENOENT;
}

/* A bounded text under construction; `length` counts what would have been written, as snprintf. */
struct out {
	char *at;
	size_t size, length;
};

static void put(struct out *out, const char *s, size_t length)
{
	for (size_t i = 0; i < length; i++, out->length++)
		if (out->length + 1 < out->size)
			out->at[out->length] = s[i];
}

static void put_text(struct out *out, const char *s)
{
	put(out, s, strlen(s));
}

/* What the user wrote, shortened and on one line. */
static void put_quoted(struct out *out, const char *s, size_t length)
{
	const size_t most = 60;

	put_text(out, "'");
	for (size_t i = 0; i < length && i < most; i++)
		put(out, (unsigned char)s[i] < ' ' || s[i] == 127 ? "?" : &s[i], 1);
	put_text(out, length > most ? "...'" : "'");
}

static void put_number(struct out *out, int n)
{
	char digits[12];
	size_t i = sizeof(digits);

	do
		digits[--i] = (char)('0' + n % 10);
	while ((n /= 10) > 0);
	put(out, digits + i, sizeof(digits) - i);
}

static void put_end(struct out *out)
{
	if (out->size)
		out->at[out->length < out->size ? out->length : out->size - 1] = '\0';
}

static void put_wanted(struct out *out, const struct option_row *row)
{
	int low, high;

	switch (row->type) {
	case BOOL:
		put_text(out, "0 or 1");
		break;
	case INT:
		limits_of(row->name, &low, &high);
		put_text(out, "a number from ");
		put_number(out, low);
		put_text(out, " to ");
		put_number(out, high);
		break;
	case CHOICE:
		put_text(out, "one of ");
		put_text(out, row->choices);
		break;
	case TEXT:
		put_text(out, "a shorter text");
		break;
	}
}

struct word {
	const char *at;
	size_t length;
};

static void tell(char *error, size_t size, const struct word *key, const struct word *value,
		 const struct option_row *row)
{
	struct out out = {error, size, 0};

	if (!row) {
		put_text(&out, "unknown option ");
		put_quoted(&out, key->at, key->length);
		put_text(&out, ": help=1 lists them");
	} else if (!value->at) {
		put_text(&out, "option ");
		put_text(&out, row->name);
		put_text(&out, " has no value: give ");
		put_wanted(&out, row);
	} else {
		put_text(&out, "bad value ");
		put_quoted(&out, value->at, value->length);
		put_text(&out, " for ");
		put_text(&out, row->name);
		put_text(&out, ": give ");
		put_wanted(&out, row);
	}
	put_end(&out);
}

static int separates(char c)
{
	return c == ':' || c == ',' || c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* The value at `s`; a quote runs to its partner, or to the end where there is none. */
static const char *take_value(const char *s, struct word *value)
{
	char quote = *s == '\'' || *s == '"' ? *s : 0;

	value->at = quote ? ++s : s;
	while (*s && (quote ? *s != quote : !separates(*s)))
		s++;
	value->length = (size_t)(s - value->at);
	return quote && *s ? s + 1 : s;
}

static const char *take_pair(const char *s, struct word *key, struct word *value)
{
	key->at = s;
	while (*s && *s != '=' && !separates(*s))
		s++;
	key->length = (size_t)(s - key->at);
	value->at = NULL;
	value->length = 0;
	return *s == '=' ? take_value(s + 1, value) : s;
}

int sn_options_parse(struct sn_options *o, const char *text, char *error, size_t error_size)
{
	struct word key, value;
	int result = 0;

	if (error_size)
		error[0] = '\0';
	while (text && *text) {
		if (separates(*text)) {
			text++;
			continue;
		}
		text = take_pair(text, &key, &value);
		if (value.at && !sn_options_set(o, key.at, key.length, value.at, value.length))
			continue;
		if (!result)
			tell(error, error_size, &key, &value, row_of(key.at, key.length));
		result = -EINVAL;
	}
	return result;
}

static void put_default(struct out *out, const struct option_row *row, const struct sn_options *o)
{
	const char *choice = row->choices;
	int n = row->type == TEXT ? 0 : *(const int *)((const char *)o + row->offset);

	if (row->type == TEXT) {
		put_text(out, (const char *)o + row->offset);
	} else if (row->type == CHOICE) {
		while (n-- > 0)
			choice += strcspn(choice, "|") + 1;
		put(out, choice, strcspn(choice, "|"));
	} else {
		put_number(out, n);
	}
}

size_t sn_options_help(char *out_text, size_t size)
{
	struct out out = {out_text, size, 0};
	struct sn_options defaults;

	sn_options_default(&defaults);
	for (size_t i = 0; i < ROWS; i++) {
		size_t start = out.length;
		put_text(&out, "  ");
		put_text(&out, rows[i].name);
		put_text(&out, "=");
		put_default(&out, &rows[i], &defaults);
		do
			put_text(&out, " ");
		while (out.length - start < 28);
		put_text(&out, rows[i].help);
		if (rows[i].type == CHOICE) {
			put_text(&out, " (");
			put_text(&out, rows[i].choices);
			put_text(&out, ")");
		}
		put_text(&out, "\n");
	}
	put_end(&out);
	return out.length;
}
