/* SPDX-License-Identifier: Apache-2.0
 *
 * TSAN_OPTIONS of a program whose libtsan we stand for: what means the same here is honoured, where
 * our own option has not been given; what has no counterpart because nothing here needs it is
 * passed over; the rest is named in one line. */
#include "cli/run.h"
#include <stdlib.h>
#include <string.h>

#define SEPARATORS ":, \t\n\r"

static const char *const same[] = {
	"suppressions",        "exitcode", "halt_on_error", "log_path", "strip_path_prefix",
	"report_thread_leaks", NULL};
static const char *const needless[] = {
	"history_size",     "flush_memory_ms",          "memory_limit_mb", "second_deadlock_stack",
	"symbolize",        "external_symbolizer_path", "verbosity",       "color",
	"detect_deadlocks", "print_suppressions",       "io_sync",         NULL};

static int is_among(const char *const *names, const char *key)
{
	while (*names && strcmp(*names, key))
		names++;
	return *names != NULL;
}

/* Numbers and choices are ints, texts arrays. */
static int is_same(const void *a, const void *b, size_t size)
{
	return size == sizeof(int) ? !memcmp(a, b, size) : !strcmp(a, b);
}

/* Whether ours was not given, or is as it would be without. */
static int is_free(const struct sn_options *o, const char *key)
{
	struct sn_options none;

	sn_options_default(&none);
#define SN_OPTION(name, type, def, choices, help)                                                  \
	if (!strcmp(key, #name))                                                                   \
		return is_same(&o->name, &none.name, sizeof(o->name));
#include "base/options.def"
#undef SN_OPTION
	return 0;
}

static const char *as_ours(const char *value)
{
	if (!strcmp(value, "true") || !strcmp(value, "yes"))
		return "1";
	return !strcmp(value, "false") || !strcmp(value, "no") ? "0" : value;
}

/* Cuts the next key=value off `at`; NULL at the end. */
static char *next_part(char **at, char **value)
{
	char *key = *at + strspn(*at, SEPARATORS), *end, *from, quote;

	if (!*key)
		return NULL;
	end = key + strcspn(key, SEPARATORS "=");
	from = *end == '=' ? end + 1 : end;
	quote = *end == '=' && (*from == '\'' || *from == '"') ? *from++ : 0;
	*at = quote ? from + strcspn(from, (char[]){quote, 0}) : from + strcspn(from, SEPARATORS);
	if (**at)
		*(*at)++ = 0;
	*end = 0;
	*value = from;
	return key;
}

static void add_name(char *list, size_t size, const char *name)
{
	size_t used = strlen(list);

	if (used + strlen(name) + 3 < size)
		snprintf(list + used, size - used, "%s%s", used ? ", " : "", name);
}

void run_tsan_options(struct run *run)
{
	const char *text = getenv("TSAN_OPTIONS");
	char *copy = text && run_needs_front(run) ? strdup(text) : NULL, *at = copy, *key, *value;
	char unknown[512] = "";

	while (at && (key = next_part(&at, &value))) {
		if (is_among(needless, key))
			continue;
		if (!is_among(same, key))
			add_name(unknown, sizeof(unknown), key);
		else if (*value && is_free(&run->options.parsed, key))
			cli_options_set(&run->options, key, as_ours(value));
	}
	if (*unknown && !run->quiet)
		cli_error("TSAN_OPTIONS: left aside, since they mean nothing here: %s", unknown);
	free(copy);
}
