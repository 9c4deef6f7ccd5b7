/* SPDX-License-Identifier: Apache-2.0
 *
 * Demangling.  C++ is left to the C++ runtime; Rust's legacy scheme looks like C++'s but hides
 * characters in $..$ escapes and ends in a hash, which says nothing to a reader. */
#include "report/demangle.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

extern char *__cxa_demangle(const char *name, char *out, size_t *length, int *status);

#define RUST_HASH_LENGTH 17 /* "h" and 16 hexadecimal digits */

struct escape {
	const char *from;
	const char *to;
};

static const struct escape rust_escapes[] = {
	{"$SP$", "@"},  {"$BP$", "*"},  {"$RF$", "&"},  {"$LT$", "<"},  {"$GT$", ">"},
	{"$LP$", "("},  {"$RP$", ")"},  {"$C$", ","},   {"$u20$", " "}, {"$u22$", "\""},
	{"$u27$", "'"}, {"$u2b$", "+"}, {"$u3b$", ";"}, {"$u5b$", "["}, {"$u5d$", "]"},
	{"$u7b$", "{"}, {"$u7d$", "}"}, {"$u7e$", "~"}, {"..", "::"},
};

/* Reads one "<length><text>" component. Returns its text and moves *p past it, or NULL. */
static const char *component(const char **p, size_t *length)
{
	char *end;
	const char *text;

	if (!isdigit((unsigned char)**p))
		return NULL;
	*length = strtoul(*p, &end, 10);
	text = end;
	if (!*length || strnlen(text, *length) < *length)
		return NULL;
	*p = text + *length;
	return text;
}

static int is_rust_hash(const char *text, size_t length)
{
	if (length != RUST_HASH_LENGTH || *text != 'h')
		return 0;
	for (size_t i = 1; i < length; i++)
		if (!isxdigit((unsigned char)text[i]))
			return 0;
	return 1;
}

static char *append_unescaped(char *out, const char *text, size_t length)
{
	/* A component that would begin with '$' is given a '_' in front of it. */
	if (length > 1 && text[0] == '_' && text[1] == '$') {
		text++;
		length--;
	}
	while (length) {
		size_t from = 1;
		const struct escape *e = NULL;

		for (size_t i = 0; i < sizeof(rust_escapes) / sizeof(*rust_escapes); i++) {
			size_t n = strlen(rust_escapes[i].from);
			if (n <= length && !strncmp(text, rust_escapes[i].from, n)) {
				e = &rust_escapes[i];
				from = n;
				break;
			}
		}
		if (e)
			out = stpcpy(out, e->to);
		else
			*out++ = *text;
		text += from;
		length -= from;
	}
	*out = 0;
	return out;
}

/* Rust's legacy scheme, or NULL where the name is not of it. */
static char *demangle_rust(const char *name)
{
	const char *p = name + 3, *text;
	char *out, *end;
	size_t length = 0;
	int hashed = 0;

	if (strncmp(name, "_ZN", 3))
		return NULL;
	/* No escape is shorter than what it stands for, and "::" takes a length digit's place or
	 * one more byte. */
	out = end = malloc(2 * strlen(name) + 1);
	if (!out)
		return NULL;
	*out = 0;
	while ((text = component(&p, &length))) {
		if (*p == 'E' && is_rust_hash(text, length)) {
			hashed = 1;
			break;
		}
		if (end != out)
			end = stpcpy(end, "::");
		end = append_unescaped(end, text, length);
	}
	if (hashed && end != out)
		return out;
	free(out);
	return NULL;
}

char *sn_demangle(const char *linkage_name)
{
	char *plain = strndup(linkage_name, strcspn(linkage_name, "@"));
	char *name;
	int status;

	if (!plain || strncmp(plain, "_Z", 2))
		return plain;
	name = demangle_rust(plain);
	if (!name)
		name = __cxa_demangle(plain, NULL, NULL, &status);
	if (!name)
		return plain;
	free(plain);
	return name;
}

/* Copies `name` with each outermost open..close replaced by `instead`. "operator<", "operator()"
 * and "->" hold brackets that open nothing. */
static char *replace_brackets(const char *name, char open, char close, const char *instead)
{
	char *out = malloc(strlen(name) * (strlen(instead) + 1) + 1), *end = out;
	int depth = 0;

	if (!out)
		return NULL;
	for (const char *p = name; *p; p++) {
		if (!depth && !strncmp(p, "operator", 8)) {
			size_t n = 8 + strspn(p + 8, "<>()-=!+*&|^%/[]~,");
			if (open == '(' && p[8] != '(' && memchr(p, '(', n))
				n = (size_t)(strchr(p, '(') - p);
			else if (open == '(' && !strncmp(p + 8, "()", 2))
				n = 10;
			memcpy(end, p, n);
			end += n;
			p += n - 1;
		} else if (*p == open && strncmp(p, "(anonymous namespace)", 21)) {
			if (!depth++)
				end = stpcpy(end, instead);
		} else if (*p == close && depth && !(close == '>' && p > name && p[-1] == '-')) {
			depth--;
		} else if (!depth) {
			if (!strncmp(p, "(anonymous namespace)", 21)) {
				memcpy(end, p, 21);
				end += 21;
				p += 20;
				continue;
			}
			*end++ = *p;
		}
	}
	*end = 0;
	return out;
}

char *sn_demangle_short(const char *name)
{
	char *out = strchr(name, '(') ? replace_brackets(name, '(', ')', "") : strdup(name);
	size_t n = out ? strlen(out) : 0;

	if (n > 6 && !strcmp(out + n - 6, " const"))
		out[n - 6] = 0;
	if (out && !*out) {
		free(out);
		return strdup(name);
	}
	return out;
}

char *sn_demangle_fit(const char *name, unsigned width)
{
	char *fewer, *least;

	if (strlen(name) <= width)
		return strdup(name);
	fewer = replace_brackets(name, '<', '>', "<...>");
	if (!fewer || strlen(fewer) <= width)
		return fewer;
	least = replace_brackets(fewer, '(', ')', "(...)");
	free(fewer);
	return least;
}
