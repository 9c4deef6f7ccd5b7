/* SPDX-License-Identifier: Apache-2.0
 *
 * `snarl report`: tells what recordings hold.  The shim uses it too, with --at-exit, --at-deadlock,
 * --at-held and --at-scope, to print its report from a process of its own. */
#include "cli/run.h"
#include "base/environment.h"
#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum mode { AT_WILL, AT_EXIT, AT_DEADLOCK, AT_HELD, AT_SCOPE };

struct request {
	enum mode mode;
	int descriptor; /* of the recording, opened by who started us; -1 */
	enum sn_format format;
	int threads;
	uint32_t scope;
	const char *color;
	struct cli_options options;
};

enum {
	OPT_FAIL_ON = 256,
	OPT_EXITCODE,
	OPT_SUPPRESSIONS,
	OPT_BASELINE,
	OPT_SOURCE_ROOT,
	OPT_REFUTED,
	OPT_COLOR,
	OPT_THREADS,
	OPT_AT_EXIT,
	OPT_AT_DEADLOCK,
	OPT_AT_HELD,
	OPT_AT_SCOPE,
	OPT_DESCRIPTOR
};

static const struct option long_options[] = {
	{"format", required_argument, NULL, 'f'},
	{"fail-on", required_argument, NULL, OPT_FAIL_ON},
	{"exitcode", required_argument, NULL, OPT_EXITCODE},
	{"suppressions", required_argument, NULL, OPT_SUPPRESSIONS},
	{"baseline", required_argument, NULL, OPT_BASELINE},
	{"source-root", required_argument, NULL, OPT_SOURCE_ROOT},
	{"show-refuted", no_argument, NULL, OPT_REFUTED},
	{"color", required_argument, NULL, OPT_COLOR},
	{"threads", no_argument, NULL, OPT_THREADS},
	{"at-exit", no_argument, NULL, OPT_AT_EXIT},
	{"at-deadlock", no_argument, NULL, OPT_AT_DEADLOCK},
	{"at-held", no_argument, NULL, OPT_AT_HELD},
	{"at-scope", required_argument, NULL, OPT_AT_SCOPE},
	{"descriptor", required_argument, NULL, OPT_DESCRIPTOR},
	{"help", no_argument, NULL, 'h'},
	{NULL, 0, NULL, 0},
};

static int set_format(struct request *q, const char *name)
{
	unsigned set = 0;
	int rc = cli_formats_add(&set, "report", name);

	q->format = SN_FORMAT_TEXT;
	while (set >> q->format > 1)
		q->format++;
	if (!rc && set != 1u << q->format)
		return cli_usage("report", "'%s': give one format, to standard output", name);
	return rc;
}

static int set_color(struct request *q, const char *when)
{
	q->color = when;
	if (cli_color(when, stdout) >= 0)
		return 0;
	return cli_usage("report", "bad value '%s' for --color: give auto, always or never", when);
}

static int set_descriptor(struct request *q, const char *text)
{
	char *end;
	long n = strtol(text, &end, 10);

	if (end == text || *end || n < 0 || n > INT32_MAX)
		return cli_usage("report", "bad value '%s' for --descriptor", text);
	q->descriptor = (int)n;
	return 0;
}

static int take_option(struct request *q, int c)
{
	switch (c) {
	case 'f':
		return set_format(q, optarg);
	case 'O':
		return cli_options_add(&q->options, optarg);
	case OPT_FAIL_ON:
		return cli_options_set(&q->options, "fail_on", optarg);
	case OPT_EXITCODE:
		return cli_options_set(&q->options, "exitcode", optarg);
	case OPT_BASELINE:
		return cli_options_set(&q->options, "baseline", optarg);
	case OPT_SUPPRESSIONS:
		return cli_options_set(&q->options, "suppressions", optarg);
	case OPT_SOURCE_ROOT:
		return cli_options_set(&q->options, "source_root", optarg);
	case OPT_REFUTED:
		return cli_options_set(&q->options, "show_refuted", "1");
	case OPT_COLOR:
		return set_color(q, optarg);
	case OPT_THREADS:
		q->threads = 1;
		return 0;
	case OPT_AT_EXIT:
		q->mode = AT_EXIT;
		return 0;
	case OPT_AT_DEADLOCK:
		q->mode = AT_DEADLOCK;
		return 0;
	case OPT_AT_HELD:
		q->mode = AT_HELD;
		return 0;
	case OPT_AT_SCOPE:
		q->mode = AT_SCOPE;
		q->scope = (uint32_t)strtoul(optarg, NULL, 10);
		return 0;
	case OPT_DESCRIPTOR:
		return set_descriptor(q, optarg);
	default:
		return CLI_USAGE;
	}
}

/* The shim then reports itself, and says so. */
static int no_report(const struct request *q, int rc)
{
	return rc && q->mode != AT_WILL ? CLI_NO_REPORT : rc;
}

/* A process that still lives is looked at as it is now, but not where it reports itself. */
static enum sn_look look_at(const struct request *q, const struct cli_recording *one)
{
	struct sn_header h;
	int fd = q->mode == AT_WILL ? cli_recording_open(one) : -1;
	int lives = fd >= 0 && !cli_recording_header(fd, &h) && cli_recording_lives(fd, &h);

	if (fd >= 0)
		close(fd);
	return lives ? SN_LOOK_GENTLY : SN_LOOK_KEPT;
}

/* Recordings that cannot be read are told and left out; it is an error only if none can be. */
static int add_all(struct sn_report *r, const struct request *q, const struct cli_recordings *all)
{
	char error[CLI_ERROR_MAX];
	size_t good = 0;

	for (size_t i = 0; i < all->count; i++) {
		struct sn_outside unknown = {.look = look_at(q, &all->all[i])};
		int rc = cli_recording_report(r, &all->all[i], &unknown, error, sizeof(error));
		good += rc == 0;
		/* One that never began tells nothing, so nothing is missing. */
		if (rc && q->mode == AT_WILL && (rc != -ENODATA || all->count == 1))
			cli_error("%s", error);
	}
	return good || !all->count ? 0 : CLI_USAGE;
}

static int print(struct sn_report *r, const struct request *q)
{
	int color = cli_color(q->color, stdout), rc;

	if (q->threads && q->format == SN_FORMAT_TEXT)
		sn_report_threads(r, stdout, color);
	rc = sn_report_write(r, q->format, stdout, color);
	if (rc)
		cli_error("%s: %s", sn_format_name(q->format), strerror(-rc));
	return rc && q->format != SN_FORMAT_TEXT ? CLI_USAGE : 0;
}

/* The process that a recording is about; 0 unknown. */
static long process_of(const struct cli_recordings *all)
{
	int fd = all->count ? cli_recording_open(&all->all[0]) : -1;
	struct sn_header h;
	long pid = fd >= 0 && !cli_recording_header(fd, &h) ? (long)h.pid : 0;

	if (fd >= 0)
		close(fd);
	return pid;
}

static void look_at_held(const struct cli_recording *one, const struct sn_options *o)
{
	int fd = cli_recording_open(one);

	if (fd < 0)
		return;
	held_look_once(fd, o);
	close(fd);
}

/* For the shim: text only, and only where there is a finding, or might have been had the recording
 * not stopped to grow. */
static void print_for_shim(struct sn_report *r, const struct request *q,
			   const struct cli_recordings *all)
{
	FILE *log;

	int nothing =
		!cli_worth_telling(r, &q->options.parsed) ||
		(q->mode == AT_EXIT && !sn_report_untold(r) && !cli_failed(r, &q->options.parsed));

	if (nothing && (q->mode != AT_EXIT || !sn_report_is_cut_short(r)))
		return;
	log = cli_log_open(&q->options.parsed, process_of(all));
	if (nothing)
		sn_report_notes(r, log);
	else
		sn_report_text(r, log, cli_color(q->color, log), 0);
	cli_log_close(log);
}

/* For snarl.h: what fails the scope, as its test's text. */
static int print_scope(struct sn_report *r, const struct sn_options *o)
{
	int failed = cli_failed(r, o);

	if (failed)
		sn_report_text(r, stdout, 0, 0);
	return failed;
}

static int report(const struct request *q, const struct cli_recordings *all)
{
	const struct sn_options *o = &q->options.parsed;
	struct sn_report *r = cli_report_new(o);
	int rc;

	/* At a program's end a report with too much is better than none. */
	if (!r && q->mode != AT_WILL)
		r = sn_report_new(o);
	if (!r)
		return no_report(q, CLI_USAGE);
	if (q->mode == AT_DEADLOCK || q->mode == AT_HELD)
		cli_report_only(r, q->mode == AT_HELD ? CLI_AT_HELD : CLI_AT_DEADLOCK);
	if (q->mode == AT_SCOPE)
		sn_report_only_scope(r, q->scope);
	for (size_t i = 0; q->mode == AT_HELD && i < all->count; i++)
		look_at_held(&all->all[i], o);
	rc = no_report(q, add_all(r, q, all));
	if (q->mode == AT_WILL)
		cli_carry_dropped(r, all);
	if (!rc && q->mode == AT_WILL)
		rc = print(r, q);
	else if (!rc && q->mode == AT_SCOPE)
		rc = print_scope(r, o);
	else if (!rc)
		print_for_shim(r, q, all);
	if (!rc && q->mode != AT_SCOPE && cli_failed(r, o))
		rc = o->exitcode;
	sn_report_free(r);
	return rc;
}

/* The recording that we were handed open: its path is only what it is called. */
static int gather_given(struct cli_recordings *all, int descriptor, const char *path)
{
	struct stat st;

	if (fstat(descriptor, &st) || !S_ISREG(st.st_mode))
		return -EBADF;
	return cli_recordings_add_given(all, descriptor, path);
}

static int gather(const struct request *q, struct cli_recordings *all, char **paths)
{
	int rc = 0;

	if (!*paths)
		return cli_recordings_find(all);
	if (q->descriptor >= 0 && !gather_given(all, q->descriptor, *paths))
		return 0;
	for (; *paths && !rc; paths++) {
		size_t before = all->count;
		rc = cli_recordings_add(all, *paths);
		if (rc && q->mode == AT_WILL)
			cli_error("%s: %s", *paths, strerror(-rc));
		else if (!rc && all->count == before && q->mode == AT_WILL)
			cli_error("%s: no recordings in it", *paths);
		rc = rc || all->count == before ? CLI_USAGE : 0;
	}
	return rc;
}

static int go(struct request *q, char **paths)
{
	struct cli_recordings all = {0};
	int rc;

	if (q->options.parsed.help && q->mode == AT_WILL) {
		cli_print_options(stdout);
		return 0;
	}
	if (q->mode != AT_WILL && !*paths)
		return cli_usage("report",
				 "--at-exit, --at-deadlock and --at-held need a recording");
	rc = no_report(q, gather(q, &all, paths));
	if (!rc)
		rc = report(q, &all);
	cli_recordings_free(&all);
	return rc;
}

/* The shim has told already what is wrong with SNARL_OPTIONS, and gone on without. */
static int begin_options(struct cli_options *o, char **argv)
{
	char error[CLI_ERROR_MAX];

	if (!argv[1] || strncmp(argv[1], "--at-", 5))
		return cli_options_begin(o);
	o->text = NULL;
	sn_options_default(&o->parsed);
	sn_options_parse(&o->parsed, getenv(sn_environment_name(SN_ENV_SNARL_OPTIONS)), error,
			 sizeof(error));
	return 0;
}

int cli_report(int argc, char **argv)
{
	struct request q = {.descriptor = -1};
	int c, rc = begin_options(&q.options, argv);

	while (!rc && (c = getopt_long(argc, argv, ":f:O:h", long_options, NULL)) != -1) {
		if (c == 'h') {
			rc = cli_help("report", stdout);
			cli_options_end(&q.options);
			return rc;
		}
		if (c == '?' || c == ':')
			rc = cli_usage("report", "%s '%s'",
				       c == '?' ? "unknown option" : "missing value of",
				       argv[optind - 1]);
		else
			rc = take_option(&q, c);
	}
	if (!rc)
		rc = go(&q, argv + optind);
	cli_options_end(&q.options);
	return rc;
}
