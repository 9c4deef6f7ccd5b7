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

/* Which reasons a kind's findings can have; SN_WHY_NONE ends a row. */
static const unsigned char reasons[SN_KIND_COUNT][16] = {
	[SN_KIND_LOCK_ORDER_INVERSION] = {SN_WHY_NOTHING_RULES_IT_OUT, SN_WHY_SAME_THREAD,
					  SN_WHY_GATE, SN_WHY_ORDERED, SN_WHY_TRYLOCK, SN_WHY_TIMED,
					  SN_WHY_BARRIER, SN_WHY_READERS, SN_WHY_CREATED_UNDER,
					  SN_WHY_NOT_YET_KNOWN, SN_WHY_FIRST_HOLD},
	[SN_KIND_DEADLOCK] = {SN_WHY_WAIT_RING, SN_WHY_ORPHANED, SN_WHY_WRITER_BETWEEN,
			      SN_WHY_NOBODY_LEFT, SN_WHY_NOBODY_REACHES, SN_WHY_WAKERS_ASLEEP,
			      SN_WHY_ALL_WERE_ASLEEP, SN_WHY_NEVER_WAKES, SN_WHY_OWNER_GONE,
			      SN_WHY_OWNER_GONE_SHARED},
	[SN_KIND_SELF_DEADLOCK] = {SN_WHY_RELOCK, SN_WHY_UPGRADE, SN_WHY_READ_AFTER_WRITE,
				   SN_WHY_WRITER_BETWEEN, SN_WHY_JOIN_SELF, SN_WHY_TOLD_BY_CALL,
				   SN_WHY_TRY_OWN},
	[SN_KIND_LOST_WAKEUP] = {SN_WHY_IN_THE_WINDOW, SN_WHY_WRONG_WAITER, SN_WHY_NO_LOOK,
				 SN_WHY_WINDOW_THEN_WOKEN, SN_WHY_WINDOW_AGAIN,
				 SN_WHY_SIGNALLED_BEFORE},
	[SN_KIND_SIGNAL_WITHOUT_MUTEX] = {SN_WHY_NEVER_HELD_MUTEX},
	[SN_KIND_THREAD_LEAK] = {SN_WHY_NEVER_JOINED, SN_WHY_PILED_UP, SN_WHY_STRICT,
				 SN_WHY_ENDED_LATE, SN_WHY_CUT_SHORT},
	[SN_KIND_LEAKED_WORKER] = {SN_WHY_WHOLE_PROGRAM, SN_WHY_ONLY_GREW, SN_WHY_NOBODY_REACHES,
				   SN_WHY_STRICT},
	[SN_KIND_EARLY_EXIT] = {SN_WHY_WHOLE_PROGRAM, SN_WHY_ONLY_GREW, SN_WHY_STRICT},
	[SN_KIND_LOCK_HELD_AT_THREAD_EXIT] = {SN_WHY_ENDED_HOLDING, SN_WHY_ROBUST,
					      SN_WHY_MAIN_RETURNED},
	[SN_KIND_UNLOCK_NOT_OWNER] = {SN_WHY_OWNED_BY_OTHER, SN_WHY_HELD_BY_OTHER},
	[SN_KIND_UNLOCK_NOT_LOCKED] = {SN_WHY_OWNED_BY_NOBODY},
	[SN_KIND_DESTROY_WHILE_LOCKED] = {SN_WHY_LOCKED_THEN, SN_WHY_FRAME_LEFT,
					  SN_WHY_MEMORY_UNMAPPED, SN_WHY_MEMORY_CHANGED},
	[SN_KIND_UNBOUNDED_THREADS] = {SN_WHY_ONLY_GREW},
	[SN_KIND_DESTROY_WHILE_WAITED] = {SN_WHY_WAITED_FOR},
	[SN_KIND_REINIT_IN_USE] = {SN_WHY_IN_USE, SN_WHY_NOT_ENDED},
	[SN_KIND_WAIT_WITHOUT_MUTEX] = {SN_WHY_MUTEX_NOT_HELD, SN_WHY_MUTEX_HELD_TWICE,
					SN_WHY_CALL_SAID_SO},
	[SN_KIND_COND_TWO_MUTEXES] = {SN_WHY_OTHER_MUTEX},
	[SN_KIND_WRONG_OBJECT] = {SN_WHY_DESTROYED_BEFORE, SN_WHY_OTHER_TYPE,
				  SN_WHY_NOT_INITIALISED, SN_WHY_OVERWRITTEN},
	[SN_KIND_API_ERROR] = {SN_WHY_CALL_SAID_SO, SN_WHY_BELOW_ZERO, SN_WHY_CLOCK_FAR,
			       SN_WHY_CLOCK_PAST},
	[SN_KIND_ORPHANED_TASK] = {SN_WHY_CONTEXT_ENDED},
	[SN_KIND_SEND_ON_CLOSED] = {SN_WHY_CLOSED_BEFORE},
	[SN_KIND_DOUBLE_CLOSE] = {SN_WHY_CLOSED_BEFORE},
	[SN_KIND_FORK_WITH_LOCK_HELD] = {SN_WHY_HELD_AT_FORK},
	[SN_KIND_SIGNAL_UNSAFE_LOCK] = {SN_WHY_INTERRUPTED_HOLDER, SN_WHY_BOTH_IN_AND_OUT},
	[SN_KIND_DOUBLE_JOIN] = {SN_WHY_JOINED_BEFORE},
	[SN_KIND_LIVELOCK] = {SN_WHY_MEASURED},
	[SN_KIND_STARVATION] = {SN_WHY_MEASURED},
	[SN_KIND_PRIORITY_INVERSION] = {SN_WHY_MEASURED},
	[SN_KIND_BLOCKING_UNDER_LOCK] = {SN_WHY_MEASURED, SN_WHY_HELD_NOW},
	[SN_KIND_THUNDERING_HERD] = {SN_WHY_MEASURED},
};

/* The verdict that comes with a reason. */
static enum sn_verdict verdict_of(enum sn_why why)
{
	if (why >= SN_WHY_SAME_THREAD && why <= SN_WHY_READERS)
		return SN_REFUTED;
	switch (why) {
	case SN_WHY_CREATED_UNDER:
	case SN_WHY_NOT_YET_KNOWN:
		return SN_REFUTED;
	case SN_WHY_NOTHING_RULES_IT_OUT:
	case SN_WHY_WINDOW_THEN_WOKEN:
		return SN_PREDICTED;
	case SN_WHY_WHOLE_PROGRAM:
	case SN_WHY_ROBUST:
	case SN_WHY_FIRST_HOLD:
	case SN_WHY_TOLD_BY_CALL:
	case SN_WHY_WAKERS_ASLEEP:
	case SN_WHY_ALL_WERE_ASLEEP:
	case SN_WHY_SIGNALLED_BEFORE:
	case SN_WHY_WINDOW_AGAIN:
	case SN_WHY_NEVER_HELD_MUTEX:
	case SN_WHY_CALL_SAID_SO:
	case SN_WHY_BOTH_IN_AND_OUT:
	case SN_WHY_CONTEXT_ENDED:
	case SN_WHY_MEASURED:
	case SN_WHY_HELD_NOW:
	case SN_WHY_CLOCK_PAST:
	case SN_WHY_MEMORY_CHANGED:
	case SN_WHY_MAIN_RETURNED:
	case SN_WHY_NOT_ENDED:
	case SN_WHY_TRY_OWN:
	case SN_WHY_ENDED_LATE:
	case SN_WHY_CUT_SHORT:
		return SN_SUSPECT;
	default:
		return SN_CONFIRMED;
	}
}

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

	for (size_t i = 0; reasons[kind][i]; i++) {
		enum sn_why why = reasons[kind][i];
		if (verdict_of(why) != verdict)
			continue;
		if (!any++)
			fprintf(out, "    %s: %s\n", sn_verdict_name(verdict),
				verdict_means[verdict]);
		fprintf(out, "      %s\n", sn_why_name(why));
		print_wrapped(out, sn_why_text(why), 10);
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
	return 0;
}

static int explain_why(int why, FILE *out)
{
	enum sn_verdict verdict = verdict_of(why);

	fprintf(out, "%s (a reason for the verdict %s)\n", sn_why_name((unsigned)why),
		sn_verdict_name(verdict));
	print_wrapped(out, sn_why_text((unsigned)why), 4);
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
