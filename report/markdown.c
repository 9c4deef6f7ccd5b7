/* SPDX-License-Identifier: Apache-2.0
 *
 * A comment on a pull request: a table of the findings, and under it each with its sides and stacks, folded.  Such a
 * comment has room for some 60,000 characters: what is more is only counted. */
#include "report/formats.h"
#include "report/say.h"
#include "base/names.h"

#include <stdlib.h>

#define ROWS_MOST 100
#define DETAILS_MOST 15

static void put(FILE *out, const char *text)
{
	sn_put(out, text, SN_OUTPUT_MARKDOWN);
}

/* Markdown's own code spans know no escape; HTML's do. */
static void put_place(FILE *out, const struct sn_place *place)
{
	fputs("<code>", out);
	put(out, place->file);
	fprintf(out, ":%d</code>", place->line);
}

static void put_row(FILE *out, struct sn_report *r, const struct sn_found *f)
{
	char *message = sn_said_message(f);
	struct sn_place place;

	fprintf(out, "| %s | %s%s%s | ", sn_verdict_name(f->verdict),
		sn_found_level(r, f) == SN_LEVEL_ERROR ? "**" : "", sn_kind_name(f->kind),
		sn_found_level(r, f) == SN_LEVEL_ERROR ? "**" : "");
	if (sn_place_of_found(r, f, &place))
		put_place(out, &place);
	fputs(" | ", out);
	put(out, message);
	fputs(" |\n", out);
	free(message);
}

static void put_part(FILE *out, struct sn_report *r, const struct sn_found *f, uint32_t i)
{
	char *text = sn_said_part(r, f, i);
	char *stack = sn_said_stack(r, f->process, f->parts[i].stack);

	put(out, text);
	fputs(":\n\n<pre>", out);
	sn_put_lines(out, stack, SN_OUTPUT_XML);
	fputs("</pre>\n\n", out);
	free(text);
	free(stack);
}

static void put_details(FILE *out, struct sn_report *r, const struct sn_found *f)
{
	char *message = sn_said_message(f), *why = sn_said_why(f);

	fprintf(out, "\n<details><summary><b>%s</b> (%s): ", sn_kind_name(f->kind),
		sn_verdict_name(f->verdict));
	sn_put(out, message, SN_OUTPUT_XML);
	fputs("</summary>\n\n", out);
	if (*why) {
		fputs("**Why:** ", out);
		put(out, why);
		fputs("\n\n", out);
	}
	for (uint32_t i = 0; i < f->part_count; i++)
		if (sn_part_is_shown(&f->parts[i]))
			put_part(out, r, f, i);
	fputs("**Fix:** ", out);
	put(out, sn_say_fix(f));
	fprintf(out, "\n\n<sub>id %s, seen %u time%s</sub>\n</details>\n", f->id, f->count,
		f->count == 1 ? "" : "s");
	free(message);
	free(why);
}

/* Calls `show` for the first findings, and counts those that are more. */
static size_t put_first(FILE *out, struct sn_report *r, size_t most,
			void (*show)(FILE *, struct sn_report *, const struct sn_found *))
{
	size_t n = 0;

	for (size_t i = 0; i < r->found_count; i++) {
		if (!sn_found_counts(r->found[i]))
			continue;
		if (n++ < most)
			show(out, r, r->found[i]);
	}
	return n > most ? n - most : 0;
}

int sn_format_markdown(struct sn_report *r, FILE *out)
{
	size_t more;

	fputs("### snarl: ", out);
	sn_say_counts(r, out);
	fputs("\n\n", out);
	if (sn_report_count(r, SN_REFUTED) == r->found_count)
		return sn_format_end(out);
	fputs("| verdict | kind | where | what |\n| --- | --- | --- | --- |\n", out);
	more = put_first(out, r, ROWS_MOST, put_row);
	if (more)
		fprintf(out, "\nand %zu more.\n", more);
	more = put_first(out, r, DETAILS_MOST, put_details);
	if (more)
		fprintf(out, "\nDetails of %zu more are in the report.\n", more);
	return sn_format_end(out);
}
