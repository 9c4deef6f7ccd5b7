/* SPDX-License-Identifier: Apache-2.0
 *
 * JUnit's XML, as servers read results of tests: each finding is a test that failed where it fails the run, and else
 * one that was skipped; where there is none, one test that passed. */
#include "report/formats.h"
#include "report/say.h"
#include "base/names.h"

#include <stdlib.h>
#include <time.h>

static void put(FILE *out, const char *text)
{
	sn_put(out, text, SN_OUTPUT_XML);
}

static unsigned count(const struct sn_report *r, int failed)
{
	unsigned n = 0;

	for (size_t i = 0; i < r->found_count; i++)
		n += sn_found_counts(r->found[i]) &&
		     (sn_found_level(r, r->found[i]) == SN_LEVEL_ERROR) == failed;
	return n;
}

/* When the first process began, and for how long it ran as far as that is known. */
static void put_time(FILE *out, const struct sn_report *r)
{
	const struct sn_process *p = r->process_count ? r->processes[0] : NULL;
	uint64_t began = p ? p->view->header->started_mono_ns : 0;
	time_t start = p ? (time_t)(p->view->header->started_ns / 1000000000) : 0;
	char text[40] = "1970-01-01T00:00:00";
	struct tm tm;

	if (gmtime_r(&start, &tm) && tm.tm_year < 8000)
		strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &tm);
	fprintf(out, " timestamp=\"%s\" time=\"%.3f\"", text,
		p && p->end_known && p->end_ns > began ? (double)(p->end_ns - began) / 1e9 : 0);
}

/* Its function is part of the name, its line is not: the name stays the same when lines move. */
static void put_case(FILE *out, struct sn_report *r, const struct sn_found *f)
{
	struct sn_place place;
	const char *function = sn_place_of_found(r, f, &place) ? place.frame->function : NULL;

	fprintf(out, "  <testcase classname=\"snarl.%s\" name=\"%s", sn_kind_name(f->kind), f->id);
	if (function) {
		fputs(" in ", out);
		put(out, function);
	}
	fputs("\" time=\"0\">\n", out);
}

static void put_part(FILE *out, struct sn_report *r, const struct sn_found *f, uint32_t i)
{
	char *text = sn_said_part(r, f, i);
	char *stack = sn_said_stack(r, f->process, f->parts[i].stack);

	put(out, text);
	fputs(":\n", out);
	sn_put_lines(out, stack, SN_OUTPUT_XML);
	free(text);
	free(stack);
}

static void put_details(FILE *out, struct sn_report *r, const struct sn_found *f)
{
	struct sn_place place;
	char *why = sn_said_why(f);

	if (sn_place_of_found(r, f, &place)) {
		put(out, place.file);
		fprintf(out, ":%d\n", place.line);
	}
	fputs("why: ", out);
	put(out, why);
	fputc('\n', out);
	for (uint32_t i = 0; i < f->part_count; i++)
		if (sn_part_is_shown(&f->parts[i]))
			put_part(out, r, f, i);
	fputs("fix: ", out);
	put(out, sn_say_fix(f));
	free(why);
}

static void put_found(FILE *out, struct sn_report *r, const struct sn_found *f)
{
	int failed = sn_found_level(r, f) == SN_LEVEL_ERROR;
	const char *element = failed ? "failure" : "skipped";
	char *message = sn_said_message(f);

	put_case(out, r, f);
	fprintf(out, "   <%s", element);
	/* Some know no attributes of one that was skipped. */
	if (failed)
		fprintf(out, " type=\"%s\" message=\"", sn_verdict_name(f->verdict));
	else
		fprintf(out, ">%s: ", sn_verdict_name(f->verdict));
	put(out, message);
	fputs(failed ? "\">" : "\n", out);
	put_details(out, r, f);
	fprintf(out, "</%s>\n  </testcase>\n", element);
	free(message);
}

int sn_format_junit(struct sn_report *r, FILE *out)
{
	unsigned failed = count(r, 1), skipped = count(r, 0), all = failed + skipped;

	fputs("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n", out);
	fputs(" <testsuite id=\"0\" package=\"snarl\" name=\"snarl\" hostname=\"localhost\"", out);
	fprintf(out, " tests=\"%u\" failures=\"%u\" errors=\"0\" skipped=\"%u\"", all ? all : 1,
		failed, skipped);
	put_time(out, r);
	fputs(">\n  <properties>\n", out);
	fputs("   <property name=\"tool\" value=\"snarl\"/>\n  </properties>\n", out);
	for (size_t i = 0; i < r->found_count; i++)
		if (sn_found_counts(r->found[i]))
			put_found(out, r, r->found[i]);
	if (!all)
		fputs("  <testcase classname=\"snarl\" name=\"no findings\" time=\"0\"/>\n", out);
	fputs("  <system-out>", out);
	sn_say_counts(r, out);
	fputs("</system-out>\n  <system-err/>\n </testsuite>\n</testsuites>\n", out);
	return sn_format_end(out);
}
