/* SPDX-License-Identifier: Apache-2.0
 *
 * Findings that somebody decided not to see.  A file of lines `kind:pattern`; # begins a comment.
 * The kind is one of ours or *; the pattern, a shell glob, is held against every function, source
 * file, module, thread name and lock name of the finding.  ThreadSanitizer's files work as they
 * are: its names mean several of our kinds, and its patterns match anywhere in a name. */
#include "report/race.h"
#include "base/names.h"
#include "report/demangle.h"

#include <errno.h>
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

enum scope { ANY_NAME, MODULE_NAME, TOP_FUNCTION };

struct sn_suppression {
	uint64_t kinds; /* bit set of enum sn_kind */
	enum scope scope;
	int anywhere; /* the pattern may match in the middle of a name */
	char *pattern;
	char *line; /* of the user's file, to be told where it fits nothing; else NULL */
	int used;
};

_Static_assert(SN_KIND_COUNT <= 64, "the set of kinds is one word");

static uint64_t family(const char *name)
{
	uint64_t set = 0;

	for (unsigned k = 0; k < SN_KIND_COUNT; k++)
		if (!strcmp(sn_kind_family(k), name))
			set |= 1ull << k;
	return set;
}

/* ThreadSanitizer's names. */
static int other_tool(const char *kind, struct sn_suppression *s)
{
	s->anywhere = 1;
	if (!strcmp(kind, "deadlock"))
		s->kinds = 1ull << SN_KIND_LOCK_ORDER_INVERSION | 1ull << SN_KIND_DEADLOCK;
	else if (!strcmp(kind, "thread"))
		s->kinds = 1ull << SN_KIND_THREAD_LEAK;
	else if (!strcmp(kind, "mutex"))
		s->kinds = family("misuse");
	else if (!strcmp(kind, "called_from_lib"))
		s->kinds = ~0ull;
	else if (!strcmp(kind, "race") || !strcmp(kind, "race_top"))
		s->kinds = 1ull << SN_KIND_DATA_RACE;
	else if (!strcmp(kind, "signal"))
		s->kinds = 1ull << SN_KIND_SIGNAL_UNSAFE_LOCK;
	else
		return -ENOENT;
	if (!strcmp(kind, "called_from_lib"))
		s->scope = MODULE_NAME;
	if (!strcmp(kind, "race_top"))
		s->scope = TOP_FUNCTION;
	return 0;
}

/* "deadlock" is a name of ours as well as of ThreadSanitizer's: theirs is the wider one. */
static int parse_kind(const char *kind, struct sn_suppression *s)
{
	int k;

	if (!strcmp(kind, "*")) {
		s->kinds = ~0ull;
		return 0;
	}
	if (!other_tool(kind, s))
		return 0;
	s->anywhere = 0;
	k = sn_kind_by_name(kind);
	if (k < 0)
		return k;
	s->kinds = 1ull << k;
	return 0;
}

static int set_pattern(struct sn_suppression *s, const char *text)
{
	int rc;

	if (!s->anywhere) {
		s->pattern = strdup(text);
		return s->pattern ? 0 : -ENOMEM;
	}
	/* ^ and $ tie a pattern of ThreadSanitizer's to the ends. */
	rc = *text == '^' ? asprintf(&s->pattern, "%s*", text + 1)
			  : asprintf(&s->pattern, "*%s*", text);
	if (rc < 0)
		return -ENOMEM;
	if (rc >= 2 && s->pattern[rc - 2] == '$')
		s->pattern[rc - 2] = 0;
	return 0;
}

static char *trimmed(char *line)
{
	size_t n;

	line += strspn(line, " \t\r\n");
	n = strlen(line);
	while (n && strchr(" \t\r\n", line[n - 1]))
		line[--n] = 0;
	return line;
}

/* Parses one line that is no comment. Returns NULL, or what is wrong with it. */
static const char *parse_line(const char *line, struct sn_suppression *s)
{
	const char *colon = strchr(line, ':'), *pattern;
	char kind[64];

	if (!colon)
		return "expected kind:pattern";
	pattern = colon + 1 + strspn(colon + 1, " \t");
	if (!*pattern)
		return "the pattern is empty; * matches everything";
	snprintf(kind, sizeof(kind), "%.*s", (int)(colon - line), line);
	if (parse_kind(trimmed(kind), s))
		return "no kind of finding has that name";
	return set_pattern(s, pattern) ? "out of memory" : NULL;
}

static int append(struct sn_report *r, const struct sn_suppression *s)
{
	struct sn_suppression *more =
		realloc(r->suppressions, (r->suppression_count + 1) * sizeof(*more));

	if (!more)
		return -ENOMEM;
	r->suppressions = more;
	more[r->suppression_count++] = *s;
	return 0;
}

static int read_lines(struct sn_report *r, FILE *f, const char *path, char *error,
		      size_t error_size)
{
	char *line = NULL, *text;
	size_t size = 0;
	unsigned number = 0;
	int rc = 0;

	while (!rc && getline(&line, &size, f) >= 0) {
		struct sn_suppression s = {0};
		const char *wrong;

		number++;
		text = trimmed(line);
		if (!*text || *text == '#')
			continue;
		wrong = parse_line(text, &s);
		if (wrong) {
			snprintf(error, error_size, "%s:%u: '%s': %s", path, number, text, wrong);
			rc = -EINVAL;
		} else if (!(s.line = strdup(text)) || append(r, &s)) {
			snprintf(error, error_size, "%s: out of memory", path);
			free(s.pattern);
			free(s.line);
			rc = -ENOMEM;
		}
	}
	free(line);
	return rc;
}

int sn_report_suppressions(struct sn_report *r, const char *path, char *error, size_t error_size)
{
	FILE *f = fopen(path, "re");
	int rc;

	if (!f) {
		rc = -errno;
		snprintf(error, error_size, "cannot read the suppressions file %s: %s", path,
			 strerror(-rc));
		return rc;
	}
	rc = read_lines(r, f, path, error, error_size);
	fclose(f);
	return rc;
}

static const struct {
	const char *line, *why;
} known[] = {
#define SN_KNOWN(line, why) {line, why},
#include "report/known.def"
#undef SN_KNOWN
};

int sn_report_known(struct sn_report *r)
{
	for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++) {
		struct sn_suppression s = {0};

		if (parse_line(known[i].line, &s))
			return -EINVAL;
		if (append(r, &s)) {
			free(s.pattern);
			return -ENOMEM;
		}
	}
	return 0;
}

void sn_known_list(FILE *out)
{
	for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++)
		fprintf(out, "  %s\n      %s\n", known[i].line, known[i].why);
}

void sn_suppressions_free(struct sn_report *r)
{
	for (size_t i = 0; i < r->suppression_count; i++) {
		free(r->suppressions[i].pattern);
		free(r->suppressions[i].line);
	}
	free(r->suppressions);
}

const char *sn_suppression_unused(const struct sn_report *r, size_t *from)
{
	while (*from < r->suppression_count) {
		const struct sn_suppression *s = &r->suppressions[(*from)++];
		if (s->line && !s->used)
			return s->line;
	}
	return NULL;
}

static int matches(const struct sn_suppression *s, const char *name)
{
	return name && *name && !fnmatch(s->pattern, name, 0);
}

static int matches_path(const struct sn_suppression *s, const char *path)
{
	return path && (matches(s, path) || matches(s, sn_basename(path)));
}

/* A function by its whole name or, in C++, by the name without parameters. */
static int matches_function(const struct sn_suppression *s, const char *name)
{
	char *brief;
	int yes;

	if (!name || matches(s, name) || !strchr(name, '('))
		return name && matches(s, name);
	brief = sn_demangle_short(name);
	yes = matches(s, brief);
	free(brief);
	return yes;
}

static int matches_stack(const struct sn_suppression *s, struct sn_process *p, uint32_t stack)
{
	const struct sn_trace *t = sn_process_trace(p, stack);

	for (size_t i = 0; i < t->count; i++) {
		const struct sn_frame *f = t->at[i].frame;

		if (s->scope == TOP_FUNCTION && sn_trace_is_dull(t, i))
			continue;
		if (s->scope == TOP_FUNCTION)
			return matches_function(s, f->function) || matches_path(s, f->file);
		if (matches_path(s, f->module))
			return 1;
		if (s->scope == ANY_NAME &&
		    (matches_function(s, f->function) || matches_path(s, f->file)))
			return 1;
	}
	return 0;
}

static int matches_lock(const struct sn_suppression *s, struct sn_process *p, uint32_t lock)
{
	return matches(s, sn_process_lock_name(p, lock));
}

static int matches_thread(const struct sn_suppression *s, struct sn_process *p, uint32_t thread)
{
	const struct sn_thread_rec *t = sn_view_thread(p->view, thread);
	char name[sizeof(t->name) + 1] = {0};

	memcpy(name, t->name, sizeof(t->name));
	return matches(s, name) || matches_function(s, sn_process_start_function(p, thread)) ||
	       matches_stack(s, p, t->create_stack);
}

static int matches_part(const struct sn_suppression *s, struct sn_process *p,
			const struct sn_part *part)
{
	if (matches_stack(s, p, part->stack))
		return 1;
	if (s->scope != ANY_NAME)
		return 0;
	if (part->thread && matches_thread(s, p, part->thread))
		return 1;
	if (!part->object)
		return 0;
	return part->object_is_thread ? matches_thread(s, p, part->object)
				      : matches_lock(s, p, part->object);
}

/* A race by what the memory is called; by whoever held a lock or allocated it, it is not. */
static int matches_memory(const struct sn_suppression *s, const struct sn_found *f)
{
	struct sn_race r;

	return s->scope == ANY_NAME && sn_race_of(f, &r) && r.memory.variable &&
	       matches(s, r.memory.variable->name);
}

static int concerns(const struct sn_found *f, const struct sn_part *part)
{
	return f->kind != SN_KIND_DATA_RACE || part->role == SN_ROLE_ACCESSED;
}

static int matches_finding(const struct sn_suppression *s, const struct sn_found *f)
{
	for (uint32_t i = 0; i < f->part_count; i++)
		if (concerns(f, &f->parts[i]) && matches_part(s, f->process, &f->parts[i]))
			return 1;
	return matches_memory(s, f);
}

int sn_pattern_fits(const char *pattern, const struct sn_found *f)
{
	struct sn_suppression s = {.pattern = (char *)pattern};

	return !strcmp(pattern, "*") || matches_finding(&s, f);
}

int sn_suppressed(const struct sn_report *r, const struct sn_found *f)
{
	for (size_t i = 0; i < r->suppression_count; i++) {
		struct sn_suppression *s = &r->suppressions[i];

		if (s->kinds >> f->kind & 1 && matches_finding(s, f)) {
			s->used = 1;
			return 1;
		}
	}
	return sn_baseline_has(r, f->id);
}
