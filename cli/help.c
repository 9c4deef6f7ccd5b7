/* SPDX-License-Identifier: Apache-2.0
 *
 * The manual that the command carries with it. */
#include "cli/cli.h"
#include "base/environment.h"
#include <string.h>

/* Where a page lists the formats. */
#define FORMATS "\f"

static const char overview[] =
	"snarl finds lock-order inversions, deadlocks and leaked threads in programs that use\n"
	"pthreads, without recompiling them.\n"
	"\n"
	"Usage\n"
	"    snarl run [OPTIONS] [--] PROGRAM [ARGUMENTS]   run a program and report on it\n"
	"    snarl report [OPTIONS] [DIR|FILE...]           report on recordings once more\n"
	"    snarl explain KIND|ID [DIR|FILE...]            what a finding means, how to fix it\n"
	"    snarl dump FILE [TABLE...]                     the records of a recording, for work "
	"on snarl\n"
	"    snarl help [COMMAND|environment]               the manual of a command; the "
	"variables\n"
	"    snarl --version\n"
	"\n"
	"Exit status\n"
	"    run: the program's own, or 66 with a finding that fails the run.  `snarl help run`\n"
	"    tells all of them.\n"
	"\n"
	"Example\n"
	"    snarl run ./server --port 8080\n"
	"    snarl report -f json snarl.data | jq .summary\n";

static const char run_help[] =
	"snarl run: runs a program, and reports on how its threads use locks\n"
	"\n"
	"Usage\n"
	"    snarl run [OPTIONS] [--] PROGRAM [ARGUMENTS]\n"
	"\n"
	"The program runs as it would without snarl: its standard input and output, signals, "
	"terminal\n"
	"and exit status are its own.  Its children are followed over fork and exec.  A run "
	"without\n"
	"findings prints nothing.\n"
	"\n"
	"Options\n"
	"    -o, --output DIR    where recordings and reports go (default snarl.data).  What an "
	"earlier\n"
	"                        run left there is replaced; a directory that is not snarl's is "
	"refused.\n"
	"                        While another run uses snarl.data, it is snarl.data.2, and so "
	"on.\n"
	"    -f, --format LIST   reports to write into DIR; several add up; default text,json.\n"
	"                        With text, findings also go to standard error.\n" FORMATS
	"    --fail-on VERDICT   lowest verdict that fails the run: confirmed, predicted "
	"(default),\n"
	"                        suspect or never\n"
	"    --exitcode N        exit status of a run that fails (default 66)\n"
	"    --timeout D         after D (10, 10s, 500ms, 2m, 1h) tell what every thread does, "
	"report,\n"
	"                        and kill the program and the children that are followed\n"
	"    --suppressions FILE findings to leave out: kind:pattern, one a line\n"
	"    --baseline REPORT   leave out what that JSON report has: only what is new fails\n"
	"    --source-root DIR   where the sources are: names of files in sarif, gcc, github and "
	"like\n"
	"                        formats are given from there (default: the working directory)\n"
	"    --show-refuted      also list the lock-order cycles that were ruled out, and why\n"
	"    --quiet             findings go to DIR only; standard error gets errors\n"
	"    --color WHEN        auto (default), always or never; auto honours NO_COLOR\n"
	"    -O KEY=VALUE        any other option; `snarl run -O help=1` lists them\n"
	"    -h, --help          this text\n"
	"\n"
	"Environment\n"
	"    SNARL_OPTIONS       KEY=VALUE:KEY=VALUE, read before the options above; `snarl help\n"
	"                        environment` lists all\n"
	"    NO_COLOR            no colour\n"
	"\n"
	"Exit status\n"
	"    the program's own; 128+N when signal N killed it\n"
	"    66     (--exitcode) there is a finding that fails the run, or the program was "
	"deadlocked\n"
	"           without seeing it and was killed (-O on_deadlock=continue: it is left alone)\n"
	"    2      the command was used wrongly; the program was not started\n"
	"    124    --timeout ran out\n"
	"    126    the program could not be executed\n"
	"    127    the program was not found\n"
	"\n"
	"Example\n"
	"    snarl run --timeout 2m -o /tmp/check ./server --port 8080\n";

static const char report_help[] =
	"snarl report: reports on recordings, of programs that ended, crashed, hang or run\n"
	"\n"
	"Usage\n"
	"    snarl report [OPTIONS] [DIR|FILE...]\n"
	"\n"
	"Without DIR or FILE it takes snarl.data, or else the last recording that a program left "
	"in\n"
	"$TMPDIR/snarl-UID, and says which.\n"
	"\n"
	"Options\n"
	"    -f, --format F      one of these, to standard output; default text\n" FORMATS
	"    --threads           also list every thread: what it holds, what it waits for\n"
	"    --fail-on VERDICT   lowest verdict for a bad exit status: confirmed, predicted "
	"(default),\n"
	"                        suspect or never\n"
	"    --exitcode N        that exit status (default 66)\n"
	"    --suppressions FILE findings to leave out: kind:pattern, one a line\n"
	"    --baseline REPORT   leave out what that JSON report has: only what is new fails\n"
	"    --source-root DIR   where the sources are: names of files in sarif, gcc, github and "
	"like\n"
	"                        formats are given from there (default: the working directory)\n"
	"    --show-refuted      also list the lock-order cycles that were ruled out, and why\n"
	"    --color WHEN        auto (default), always or never; auto honours NO_COLOR\n"
	"    -O KEY=VALUE        any other option; `snarl report -O help=1` lists them\n"
	"    --at-exit FILE      as a program under LD_PRELOAD reports at its end: text to "
	"standard\n"
	"                        error or log_path, nothing where there is no finding\n"
	"    --at-deadlock FILE  the same, deadlocks only\n"
	"    -h, --help          this text\n"
	"\n"
	"Exit status\n"
	"    0      no finding that fails; 66 (--exitcode) there is one\n"
	"    2      the command was used wrongly, or nothing could be read\n";

static const char explain_help[] =
	"snarl explain: what a finding means, how it is judged and how to fix it\n"
	"\n"
	"Usage\n"
	"    snarl explain                          lists the kinds\n"
	"    snarl explain KIND                     explains a kind, such as lock-order-inversion\n"
	"    snarl explain REASON                   explains a reason, such as trylock\n"
	"    snarl explain ID [DIR|FILE...]         tells all about one finding; ID may be "
	"shortened\n"
	"\n"
	"Recordings are found as `snarl report` finds them.\n"
	"\n"
	"Exit status\n"
	"    0, or 2 where there is no such kind or finding\n";

static const char dump_help[] =
	"snarl dump: the records of a recording as they are\n"
	"\n"
	"Usage\n"
	"    snarl dump FILE [TABLE...]             a record a line; fields that are 0 are left "
	"out\n"
	"\n"
	"TABLE is header, thread, lock, stack, dep and so on, as the first word of each line has "
	"it;\n"
	"base/recording.h says what the fields mean.  For work on snarl: the format changes.\n"
	"\n"
	"Exit status\n"
	"    0, or 2 where FILE could not be read or there is no such table\n";

static const struct {
	const char *name, *text;
} pages[] = {
	{"run", run_help},
	{"report", report_help},
	{"explain", explain_help},
	{"dump", dump_help},
};

static int help_environment(FILE *out)
{
	fputs("Variables of the environment that are snarl's own\n", out);
	for (int e = 0; e < SN_ENV_COUNT; e++)
		fprintf(out, "    %-15s %s\n", sn_environment_name(e), sn_environment_text(e));
	return 0;
}

static int put_page(const char *text, int with_files, FILE *out)
{
	for (const char *list; (list = strstr(text, FORMATS)); text = list + strlen(FORMATS)) {
		fwrite(text, 1, (size_t)(list - text), out);
		cli_formats_help(out, 24, with_files);
	}
	fputs(text, out);
	return 0;
}

int cli_help(const char *command, FILE *out)
{
	if (!command) {
		fputs(overview, out);
		return 0;
	}
	if (!strcmp(command, "environment"))
		return help_environment(out);
	for (size_t i = 0; i < sizeof(pages) / sizeof(pages[0]); i++)
		if (!strcmp(command, pages[i].name))
			return put_page(pages[i].text, !strcmp(command, "run"), out);
	return cli_usage(NULL, "unknown command '%s'", command);
}

void cli_print_options(FILE *out)
{
	char text[8192];

	sn_options_help(text, sizeof(text));
	fprintf(out, "Options for SNARL_OPTIONS=\"key=value:key=value\" and -O, with defaults:\n%s",
		text);
}
