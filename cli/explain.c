/* SPDX-License-Identifier: Apache-2.0
 *
 * `snarl explain`: what a kind of finding means, how it is judged and how it is mended, from the
 * tables; or one finding of a recording with all that is known about it. */
#include "cli/cli.h"
#include "base/names.h"
#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const struct judged {
	unsigned char kind, verdict, why;
} judged[] = {
#define SN_JUDGED(kind, verdict, why) {SN_KIND_##kind, SN_##verdict, SN_WHY_##why},
#include "base/verdicts.def"
#undef SN_JUDGED
};
#define JUDGED (sizeof(judged) / sizeof(judged[0]))

static const char *const verdict_means[] = {
	[SN_REFUTED] = "looked like one and is ruled out; counted, listed with --show-refuted",
	[SN_SUSPECT] = "it breaks a rule or is dangerous, and a person should look",
	[SN_PREDICTED] = "another schedule of this same run makes it happen",
	[SN_CONFIRMED] = "it happened in this run",
};

/* Prints `text` in lines of at most 80 columns, each behind `indent` blanks. */
static void print_wrapped(FILE *out, const char *text, int indent)
{
	int column = 0;

	while (*text) {
		int n = (int)strcspn(text, " ");
		if (column && column + 1 + n > 80) {
			fputc('\n', out);
			column = 0;
		}
		column += column ? fprintf(out, " %.*s", n, text)
				 : fprintf(out, "%*s%.*s", indent, "", n, text);
		text += n;
		text += strspn(text, " ");
	}
	fputc('\n', out);
}

static void print_verdict(FILE *out, int kind, enum sn_verdict verdict)
{
	int any = 0;

	for (size_t i = 0; i < JUDGED; i++) {
		if (judged[i].kind != kind || judged[i].verdict != verdict)
			continue;
		if (!any++)
			fprintf(out, "    %s: %s\n", sn_verdict_name(verdict),
				verdict_means[verdict]);
		fprintf(out, "      %s\n", sn_why_name(judged[i].why));
		print_wrapped(out, sn_why_text(judged[i].why), 10);
	}
}

/* A reason may stand for several verdicts. */
static int is_first(size_t i)
{
	for (size_t j = 0; j < i; j++)
		if (judged[j].kind == judged[i].kind && judged[j].why == judged[i].why)
			return 0;
	return 1;
}

static void print_case_fixes(FILE *out, unsigned kind)
{
	for (size_t i = 0; i < JUDGED; i++) {
		const char *fix = sn_case_fix(kind, (unsigned)judged[i].why);

		if ((unsigned)judged[i].kind != kind || !fix || !is_first(i))
			continue;
		fprintf(out, "    %s:\n", sn_why_name((unsigned)judged[i].why));
		print_wrapped(out, fix, 6);
	}
}

static int explain_kind(int kind, FILE *out)
{
	fprintf(out, "%s (%s)\n", sn_kind_name((unsigned)kind), sn_kind_family((unsigned)kind));
	fprintf(out, "\nWhat it means\n");
	print_wrapped(out, sn_kind_what((unsigned)kind), 4);
	fprintf(out, "\nHow it is judged\n");
	for (int v = SN_CONFIRMED; v >= SN_REFUTED; v--)
		print_verdict(out, kind, v);
	fprintf(out, "\nHow to fix it\n");
	print_wrapped(out, sn_kind_fix((unsigned)kind), 4);
	print_case_fixes(out, (unsigned)kind);
	return 0;
}

static int explain_why(int why, FILE *out)
{
	fprintf(out, "%s\n", sn_why_name((unsigned)why));
	print_wrapped(out, sn_why_text((unsigned)why), 4);
	fprintf(out, "\nIt is the reason of\n");
	for (size_t i = 0; i < JUDGED; i++)
		if (judged[i].why == why)
			fprintf(out, "    %s (%s)\n", sn_kind_name(judged[i].kind),
				sn_verdict_name(judged[i].verdict));
	return 0;
}

static int list_kinds(FILE *out)
{
	fprintf(out, "Kinds of finding; `snarl explain KIND` tells more:\n");
	for (unsigned kind = 0; kind < SN_KIND_COUNT; kind++)
		fprintf(out, "  %-26s %s\n", sn_kind_name(kind), sn_kind_family(kind));
	return 0;
}

static int search(struct sn_report *r, const struct cli_recordings *all, const char *id)
{
	const struct sn_outside unknown = {0};
	char error[CLI_ERROR_MAX];
	size_t good = 0;

	for (size_t i = 0; i < all->count; i++) {
		int rc = cli_recording_report(r, &all->all[i], &unknown, error, sizeof(error));
		good += rc == 0;
		if (rc && rc != -ENODATA)
			cli_error("%s", error);
	}
	if (good && !sn_report_explain(r, id, stdout, cli_color(NULL, stdout)))
		return 0;
	cli_error("'%s' is neither a kind nor the id of a finding: `snarl explain` lists the "
		  "kinds, `snarl report` the findings",
		  id);
	return CLI_USAGE;
}

static int explain_finding(const char *id, char **paths)
{
	struct cli_recordings all = {0};
	struct sn_report *r = NULL;
	struct cli_options o;
	int rc = cli_options_begin(&o);

	if (!rc && !*paths)
		rc = cli_recordings_find(&all);
	for (; !rc && *paths; paths++) {
		rc = cli_recordings_add(&all, *paths);
		if (rc)
			cli_error("%s: %s", *paths, strerror(-rc));
		rc = rc ? CLI_USAGE : 0;
	}
	if (!rc)
		rc = (r = cli_report_new(&o.parsed)) ? search(r, &all, id) : CLI_USAGE;
	if (r)
		sn_report_free(r);
	cli_recordings_free(&all);
	cli_options_end(&o);
	return rc;
}

/* An id is written in hexadecimal digits; other words get an answer about words. */
static int is_id(const char *text)
{
	return *text && !text[strspn(text, "0123456789abcdefABCDEF")];
}

int cli_explain(int argc, char **argv)
{
	static const struct option long_options[] = {{"help", no_argument, NULL, 'h'},
						     {NULL, 0, NULL, 0}};
	const char *what;
	int c;

	while ((c = getopt_long(argc, argv, ":h", long_options, NULL)) != -1) {
		if (c == 'h')
			return cli_help("explain", stdout);
		return cli_usage("explain", "unknown option '%s'", argv[optind - 1]);
	}
	if (optind == argc)
		return list_kinds(stdout);
	what = argv[optind];
	if (!strcmp(what, "known")) {
		printf("Left out, unless -O known=0 is given (SNARL_OPTIONS=known=0):\n");
		sn_known_list(stdout);
		return 0;
	}
	if (sn_kind_by_name(what) >= 0)
		return explain_kind(sn_kind_by_name(what), stdout);
	if (sn_why_by_name(what) > SN_WHY_NONE)
		return explain_why(sn_why_by_name(what), stdout);
	if (!is_id(what))
		return cli_usage("explain", "'%s' is neither a kind nor the id of a finding", what);
	return explain_finding(what, argv + optind + 1);
}
