/* SPDX-License-Identifier: Apache-2.0
 *
 * The table of formats, and what is said of a finding in each. */
#include "report/formats.h"
#include "report/say.h"
#include "report/shown.h"
#include "report/text.h"
#include "base/names.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static const struct {
	const char *name, *file, *help;
	int (*write)(struct sn_report *r, FILE *out);
} formats[] = {
#define SN_FORMAT(e, name, file, function, help) {name, file, help, function},
#include "report/formats.def"
#undef SN_FORMAT
};

const char *sn_format_name(enum sn_format format)
{
	return formats[format].name;
}

const char *sn_format_file(enum sn_format format)
{
	return formats[format].file;
}

const char *sn_format_help(enum sn_format format)
{
	return formats[format].help;
}

int sn_format_find(const char *name, size_t length)
{
	for (int i = 0; i < SN_FORMAT_COUNT; i++)
		if (strlen(formats[i].name) == length && !memcmp(formats[i].name, name, length))
			return i;
	return -ENOENT;
}

int sn_report_write(struct sn_report *r, enum sn_format format, FILE *out, int color)
{
	r->color = color;
	sn_model_sort(r);
	return formats[format].write(r, out);
}

int sn_format_text(struct sn_report *r, FILE *out)
{
	sn_report_text(r, out, r->color, 1);
	return sn_format_end(out);
}

int sn_format_end(FILE *out)
{
	return fflush(out) || ferror(out) ? -EIO : 0;
}

int sn_found_counts(const struct sn_found *f)
{
	return f->verdict != SN_REFUTED;
}

enum sn_level sn_found_level(const struct sn_report *r, const struct sn_found *f)
{
	static const enum sn_verdict least[] = {
		[SN_FAIL_CONFIRMED] = SN_CONFIRMED,
		[SN_FAIL_PREDICTED] = SN_PREDICTED,
		[SN_FAIL_SUSPECT] = SN_SUSPECT,
	};

	if (r->options.fail_on != SN_FAIL_NEVER && f->verdict >= least[r->options.fail_on])
		return SN_LEVEL_ERROR;
	return f->verdict == SN_SUSPECT ? SN_LEVEL_NOTE : SN_LEVEL_WARNING;
}

int sn_part_is_shown(const struct sn_part *part)
{
	return part->role != SN_ROLE_SUBJECT && part->stack;
}

void sn_put(FILE *out, const char *text, enum sn_output output)
{
	fputs(sn_shown_as(text, output), out);
}

void sn_put_lines(FILE *out, const char *text, enum sn_output output)
{
	char *copy = strdup(text);

	for (char *line = copy, *end; line && *line; line = end) {
		end = line + strcspn(line, "\n");
		if (*end)
			*end++ = '\0';
		sn_put(out, line, output);
		fputc('\n', out);
	}
	free(copy);
}

void sn_say_counts(const struct sn_report *r, FILE *out)
{
	fprintf(out, "%u confirmed, %u predicted, %u suspect findings",
		sn_report_count(r, SN_CONFIRMED), sn_report_count(r, SN_PREDICTED),
		sn_report_count(r, SN_SUSPECT));
}

/* A stream into memory; without memory for it, one that goes nowhere. */
struct said {
	char *text;
	size_t size;
	FILE *out;
};

static void begin(struct said *s)
{
	*s = (struct said){0};
	s->out = open_memstream(&s->text, &s->size);
	if (!s->out)
		s->out = fopen("/dev/null", "w");
	if (!s->out)
		abort();
}

static char *end(struct said *s)
{
	fclose(s->out);
	if (!s->text)
		s->text = strdup("");
	if (!s->text)
		abort();
	return s->text;
}

char *sn_said_message(const struct sn_found *f)
{
	struct said s;

	begin(&s);
	sn_say_message(s.out, f);
	return end(&s);
}

/* The parts among which are those that the thread of part i holds. */
static void find_group(const struct sn_found *f, uint32_t i, uint32_t *first, uint32_t *end)
{
	*first = 0;
	*end = f->part_count;
	if (sn_found_is_story(f))
		return;
	for (uint32_t at = 0, n; at <= i; at += n) {
		n = sn_found_group(f, at, f->part_count);
		*first = at;
		*end = at + n;
	}
}

char *sn_said_part(struct sn_report *r, const struct sn_found *f, uint32_t i)
{
	struct sn_text t = {.report = r};
	uint32_t first, last;
	struct said s;

	find_group(f, i, &first, &last);
	begin(&s);
	t.out = s.out;
	sn_text_part(&t, f, i, first, last);
	return end(&s);
}

static char *said_stack(struct sn_report *r, struct sn_process *p, uint32_t stack, int no_source)
{
	struct sn_text t = {.report = r, .no_source = no_source};
	struct said s;

	begin(&s);
	t.out = s.out;
	sn_text_stack(&t, p, stack, 0);
	return end(&s);
}

char *sn_said_stack(struct sn_report *r, struct sn_process *p, uint32_t stack)
{
	return said_stack(r, p, stack, 0);
}

char *sn_said_frames(struct sn_report *r, struct sn_process *p, uint32_t stack)
{
	return said_stack(r, p, stack, 1);
}

char *sn_said_end(const struct sn_process *p)
{
	struct said s;

	begin(&s);
	sn_say_end(s.out, p);
	return end(&s);
}

char *sn_said_caller(const struct sn_place *place)
{
	struct said s;

	begin(&s);
	fprintf(s.out, "called in %s",
		place->frame->function ? sn_shown(place->frame->function) : "an unknown function");
	return end(&s);
}

char *sn_said_thread(struct sn_process *p, uint32_t thread)
{
	struct said s;

	begin(&s);
	sn_say_thread(s.out, p, thread);
	return end(&s);
}

char *sn_said_lock(struct sn_process *p, uint32_t lock)
{
	struct said s;

	begin(&s);
	sn_say_lock(s.out, p, lock);
	return end(&s);
}

char *sn_said_why(const struct sn_found *f)
{
	struct said s;

	begin(&s);
	fprintf(s.out, "%s%s",
		f->why == SN_WHY_NOTHING_RULES_IT_OUT ? "nothing rules it out: " : "",
		sn_say_why(f));
	return end(&s);
}
