/* SPDX-License-Identifier: Apache-2.0
 *
 * Commands for the log of a job of GitHub Actions, ::error file=…,line=…::…, which show each finding beside its line
 * in the pull request. */
#include "report/formats.h"
#include "report/say.h"
#include "base/names.h"

#include <stdlib.h>

static const char *const levels[] = {"notice", "warning", "error"};

static void put_line(FILE *out, const char *text)
{
	sn_put(out, text, SN_OUTPUT_GITHUB);
	sn_put(out, "\n", SN_OUTPUT_GITHUB);
}

static void put_properties(FILE *out, const struct sn_report *r, const struct sn_found *f)
{
	struct sn_place place;

	if (sn_place_of_found(r, f, &place)) {
		fputs("file=", out);
		sn_put(out, place.file, SN_OUTPUT_GITHUB_PROPERTY);
		fprintf(out, ",line=%d,", place.line);
		if (place.column)
			fprintf(out, "col=%d,", place.column);
	}
	fprintf(out, "title=%s (%s)", sn_kind_name(f->kind), sn_verdict_name(f->verdict));
}

static void put_part(FILE *out, struct sn_report *r, const struct sn_found *f, uint32_t i)
{
	struct sn_place place;
	char *text = sn_said_part(r, f, i), line[32];

	sn_put(out, text, SN_OUTPUT_GITHUB);
	if (sn_place_of_stack(r, f->process, f->parts[i].stack, &place)) {
		fputs(": ", out);
		sn_put(out, place.file, SN_OUTPUT_GITHUB);
		snprintf(line, sizeof(line), ":%d", place.line);
		sn_put(out, line, SN_OUTPUT_GITHUB);
	}
	put_line(out, "");
	free(text);
}

static void put_found(FILE *out, struct sn_report *r, const struct sn_found *f)
{
	char *message = sn_said_message(f), *why = sn_said_why(f);

	fprintf(out, "::%s ", levels[sn_found_level(r, f)]);
	put_properties(out, r, f);
	fputs("::", out);
	put_line(out, message);
	for (uint32_t i = 0; i < f->part_count; i++)
		if (sn_part_is_shown(&f->parts[i]))
			put_part(out, r, f, i);
	if (*why) {
		sn_put(out, "why: ", SN_OUTPUT_GITHUB);
		put_line(out, why);
	}
	sn_put(out, "fix: ", SN_OUTPUT_GITHUB);
	sn_put(out, sn_say_fix(f), SN_OUTPUT_GITHUB);
	fprintf(out, " [id %s]\n", f->id);
	free(message);
	free(why);
}

int sn_format_github(struct sn_report *r, FILE *out)
{
	for (size_t i = 0; i < r->found_count; i++)
		if (sn_found_counts(r->found[i]))
			put_found(out, r, r->found[i]);
	return sn_format_end(out);
}
