/* SPDX-License-Identifier: Apache-2.0
 *
 * `snarl run`: reads its options and leads through the run.  Everything that can be wrong with them
 * is told before the program is started. */
#include "cli/run.h"
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
	OPT_FAIL_ON = 256,
	OPT_EXITCODE,
	OPT_TIMEOUT,
	OPT_SUPPRESSIONS,
	OPT_BASELINE,
	OPT_SOURCE_ROOT,
	OPT_REFUTED,
	OPT_QUIET,
	OPT_COLOR
};

static const struct option long_options[] = {
	{"output", required_argument, NULL, 'o'},
	{"format", required_argument, NULL, 'f'},
	{"fail-on", required_argument, NULL, OPT_FAIL_ON},
	{"exitcode", required_argument, NULL, OPT_EXITCODE},
	{"timeout", required_argument, NULL, OPT_TIMEOUT},
	{"suppressions", required_argument, NULL, OPT_SUPPRESSIONS},
	{"baseline", required_argument, NULL, OPT_BASELINE},
	{"source-root", required_argument, NULL, OPT_SOURCE_ROOT},
	{"show-refuted", no_argument, NULL, OPT_REFUTED},
	{"quiet", no_argument, NULL, OPT_QUIET},
	{"color", required_argument, NULL, OPT_COLOR},
	{"help", no_argument, NULL, 'h'},
	{NULL, 0, NULL, 0},
};

static int set_formats(struct run *run, const char *list)
{
	/* The first list replaces what is usual, each further one adds to it. */
	if (!run->chosen)
		run->formats = 0;
	run->chosen = 1;
	return cli_formats_add(&run->formats, "run", list);
}

static int set_timeout(struct run *run, const char *text)
{
	if (!cli_parse_duration(text, &run->timeout))
		return 0;
	return cli_usage("run", "bad value '%s' for --timeout: give 10, 10s, 500ms, 2m or 1h",
			 text);
}

static int set_color(struct run *run, const char *when)
{
	run->color = when;
	if (cli_color(when, stderr) >= 0)
		return 0;
	return cli_usage("run", "bad value '%s' for --color: give auto, always or never", when);
}

static int take_option(struct run *run, int c)
{
	switch (c) {
	case 'o':
		run->dir = optarg;
		return *optarg ? 0 : cli_usage("run", "-o needs a directory");
	case 'f':
		return set_formats(run, optarg);
	case 'O':
		return cli_options_add(&run->options, optarg);
	case OPT_FAIL_ON:
		return cli_options_set(&run->options, "fail_on", optarg);
	case OPT_EXITCODE:
		return cli_options_set(&run->options, "exitcode", optarg);
	case OPT_TIMEOUT:
		return set_timeout(run, optarg);
	case OPT_BASELINE:
		return cli_options_set(&run->options, "baseline", optarg);
	case OPT_SUPPRESSIONS:
		return cli_options_set(&run->options, "suppressions", optarg);
	case OPT_SOURCE_ROOT:
		return cli_options_set(&run->options, "source_root", optarg);
	case OPT_REFUTED:
		return cli_options_set(&run->options, "show_refuted", "1");
	case OPT_QUIET:
		run->quiet = 1;
		return 0;
	case OPT_COLOR:
		return set_color(run, optarg);
	default:
		return CLI_USAGE;
	}
}

/* The program may change its directory: file names among the options must not depend on it. */
static int set_absolute(struct cli_options *o, const char *key, const char *value)
{
	char *full;
	int rc;

	if (!*value || *value == '/')
		return 0;
	full = cli_absolute(value);
	rc = full ? cli_options_set(o, key, full) : CLI_USAGE;
	free(full);
	return rc;
}

static int check_suppressions(const struct run *run)
{
	struct sn_report *r = cli_report_new(&run->options.parsed);

	if (!r)
		return CLI_USAGE;
	sn_report_free(r);
	return 0;
}

static int prepare(struct run *run)
{
	struct cli_options *o = &run->options;

	if (!run->program[0])
		return cli_usage("run", "no program given");
	run_tsan_options(run);
	if (set_absolute(o, "suppressions", o->parsed.suppressions) ||
	    set_absolute(o, "baseline", o->parsed.baseline) ||
	    set_absolute(o, "source_root", o->parsed.source_root) ||
	    set_absolute(o, "log_path", o->parsed.log_path) || check_suppressions(run) ||
	    run_find_library(run))
		return CLI_USAGE;
	return run_make_directory(run);
}

static void block_signals(struct run *run, sigset_t *set)
{
	const struct sigaction normal = {.sa_handler = SIG_DFL};
	static const int signals[] = {SIGCHLD, SIGTERM,  SIGHUP,  SIGUSR1, SIGUSR2,
				      SIGINT,  SIGWINCH, SIGCONT, SIGQUIT};

	sigemptyset(set);
	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		sigaddset(set, signals[i]);
	sigprocmask(SIG_BLOCK, set, &run->old_mask);
	/* Ignored, it would keep waitpid from telling how the program ended. */
	sigaction(SIGCHLD, &normal, &run->old_child);
}

/* What arrived with the program's end was meant for the program: it must not cost us the report. */
static void unblock_signals(const struct run *run, const sigset_t *set)
{
	const struct timespec none = {0, 0};

	while (sigtimedwait(set, NULL, &none) > 0)
		continue;
	sigprocmask(SIG_SETMASK, &run->old_mask, NULL);
}

/* The program's limits need not be ours, as far as they can be raised. */
static const struct {
	int resource;
	rlim_t enough;
} limits[RUN_LIMITS] = {
	{RLIMIT_NOFILE, 64}, {RLIMIT_AS, RLIM_INFINITY}, {RLIMIT_DATA, RLIM_INFINITY}};

static void raise_limits(struct run *run)
{
	for (int i = 0; i < RUN_LIMITS; i++) {
		struct rlimit more;
		if (getrlimit(limits[i].resource, &run->old_limits[i]))
			continue;
		more = run->old_limits[i];
		if (more.rlim_cur < limits[i].enough)
			more.rlim_cur = more.rlim_max;
		setrlimit(limits[i].resource, &more);
	}
}

void run_restore_limits(const struct run *run)
{
	for (int i = 0; i < RUN_LIMITS; i++)
		if (run->old_limits[i].rlim_max)
			setrlimit(limits[i].resource, &run->old_limits[i]);
}

static int go(struct run *run)
{
	const struct sigaction ignored = {.sa_handler = SIG_IGN};
	sigset_t set;
	enum run_end how;
	int rc;

	if (run->options.parsed.help) {
		cli_print_options(stdout);
		return 0;
	}
	/* A limit on file sizes is ours as well as the program's: it must not kill us. */
	sigaction(SIGXFSZ, &ignored, &run->old_fsize);
	raise_limits(run);
	rc = prepare(run);
	if (rc)
		return rc;
	block_signals(run, &set);
	rc = run_start(run);
	if (rc)
		return rc;
	run->live = live_new(run);
	run->sweep = sweep_new(run);
	how = run_watch(run, &set);
	unblock_signals(run, &set);
	return how == RUN_ENDED ? run_finish_apart(run) : run_finish(run, how);
}

static int read_options(struct run *run, int argc, char **argv)
{
	int c, rc = cli_options_begin(&run->options);

	while (!rc && (c = getopt_long(argc, argv, "+:o:f:O:h", long_options, NULL)) != -1) {
		if (c == 'h')
			return -1;
		if (c == '?' || c == ':')
			rc = cli_usage("run", "%s '%s'",
				       c == '?' ? "unknown option" : "missing value of",
				       argv[optind - 1]);
		else
			rc = take_option(run, c);
	}
	run->program = argv + optind;
	return rc;
}

int cli_run(int argc, char **argv)
{
	struct run run = {
		.folder = -1, .lock = -1, .formats = 1u << SN_FORMAT_TEXT | 1u << SN_FORMAT_JSON};
	int rc = read_options(&run, argc, argv);

	if (rc < 0)
		rc = cli_help("run", stdout);
	else if (!rc)
		rc = go(&run);
	live_free(run.live);
	sweep_free(run.sweep);
	give_free(run.give);
	cli_options_end(&run.options);
	run_leave_directory(&run);
	free(run.library);
	free(run.command);
	return rc;
}
