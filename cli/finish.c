/* SPDX-License-Identifier: Apache-2.0
 *
 * The end of a run: reads the recordings, writes the reports, and finds the exit status. */
#include "cli/run.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct ending {
	struct run *run;
	enum run_end how;
	struct cli_recordings all;
	unsigned good, running;
	uint64_t told; /* processes that told themselves what is to fail the run */
};

static struct sn_outside killed_by_us(const struct ending *e)
{
	return (struct sn_outside){.known = 1,
				   .signal = SIGKILL,
				   .timed_out = e->how == RUN_TIMED_OUT,
				   .stuck = e->how == RUN_STUCK,
				   .look = SN_LOOK_LAST};
}

/* Whether no later image of the process has a recording. Their numbers do not tell: that of one that
 * was removed serves again. */
static int is_last(const struct ending *e, size_t i, const struct sn_header *h)
{
	struct sn_header other;
	int last = 1;

	for (size_t j = 0; j < e->all.count && last; j++) {
		int fd = j != i && e->all.all[j].pid == e->all.all[i].pid
				 ? run_open_recording(e->run, &e->all.all[j], &other)
				 : -1;
		if (fd < 0)
			continue;
		last = other.started_mono_ns <= h->started_mono_ns;
		close(fd);
	}
	return last;
}

/* What we know of the process behind recording i, beyond what it tells itself. */
static struct sn_outside outside_of(struct ending *e, size_t i, int fd, const struct sn_header *h)
{
	struct sn_outside unknown = {0};
	int lives = cli_recording_lives(fd, h);

	if (e->how != RUN_ENDED)
		return lives ? killed_by_us(e) : unknown;
	if (h->pid == (unsigned)e->run->pid && h->ended_how != SN_ENDED_EXEC && is_last(e, i, h))
		return e->run->outside;
	e->running += lives != 0;
	return unknown;
}

static void add(struct ending *e, struct sn_report *r, size_t i)
{
	const struct cli_recording *one = &e->all.all[i];
	char error[CLI_ERROR_MAX];
	struct sn_header h;
	struct sn_outside outside;
	int fd = run_open_recording(e->run, one, &h), rc;

	if (fd < 0) {
		rc = fd == -ESRCH ? 0 : cli_recording_report(r, one, NULL, error, sizeof(error));
		if (rc && rc != -ENODATA)
			cli_error("%s", error);
		return;
	}
	outside = outside_of(e, i, fd, &h);
	outside.folder = one->folder + 1;
	rc = sn_report_add_fd(r, fd, one->path, &outside, error, sizeof(error));
	close(fd);
	e->good += rc == 0;
	e->told += h.counters[SN_COUNTER_CHILDREN_TOLD];
	if (rc)
		cli_error("%s", error);
}

static void add_all(struct ending *e, struct sn_report *r)
{
	e->good = e->running = 0;
	e->told = give_failed(e->run->give);
	for (size_t i = 0; i < e->all.count; i++)
		add(e, r, i);
}

static void close_report(const struct run *run, const char *name, FILE *f, int rc)
{
	if (fclose(f) && !rc)
		rc = -errno;
	if (rc)
		cli_error("%s/%s: %s", run->dir, name, strerror(-rc));
}

static void write_reports(const struct run *run, struct sn_report *r)
{
	for (int i = 0; i < SN_FORMAT_COUNT; i++) {
		const char *name = sn_format_file((enum sn_format)i);
		FILE *f = CLI_HAS(run->formats, i) ? run_open_report(run, name) : NULL;

		if (f)
			close_report(run, name, f, sn_report_write(r, (enum sn_format)i, f, 0));
	}
}

/* Somebody had enough of it: what it was doing then is what they want to know. */
static int was_stopped(const struct ending *e)
{
	return e->how == RUN_TIMED_OUT || (e->how == RUN_ENDED && e->run->asked_to_stop &&
					   e->run->outside.signal == e->run->asked_to_stop);
}

static void print_text(struct ending *e, struct sn_report *r)
{
	const struct run *run = e->run;
	FILE *log = cli_log_open(&run->options.parsed, run->pid);
	int color = cli_color(run->color, log);

	if (was_stopped(e))
		sn_report_threads(r, log, color);
	/* Nothing is told twice where all that there is was printed while the program ran. */
	if (!live_told(run->live, r))
		sn_report_text(r, log, color, 0);
	cli_log_close(log);
}

static void note_findings(const struct run *run, const struct sn_report *r)
{
	static const enum sn_verdict verdicts[] = {SN_CONFIRMED, SN_PREDICTED, SN_SUSPECT};
	static const char *const names[] = {"confirmed", "predicted", "suspect"};
	char parts[128] = "";
	unsigned total = cli_findings(r);
	size_t used = 0;

	if (!cli_worth_telling(r, &run->options.parsed))
		return;
	for (size_t i = 0; i < 3; i++) {
		unsigned n = sn_report_count(r, verdicts[i]);
		if (n)
			used += (size_t)snprintf(parts + used, sizeof(parts) - used, "%s%u %s",
						 used ? ", " : "", n, names[i]);
	}
	cli_error("%u finding%s (%s): `snarl report %s` tells more", total, total == 1 ? "" : "s",
		  parts, run->dir);
}

static void note(struct ending *e, const struct sn_report *r)
{
	if (!e->run->quiet) {
		note_findings(e->run, r);
		if (e->running)
			cli_error("%u followed process%s still running: `snarl report %s` tells "
				  "how it went on",
				  e->running, e->running == 1 ? " is" : "es are", e->run->dir);
	}
	if (e->told && !e->run->quiet)
		cli_error("%llu process%s could be recorded in memory only and told %s findings "
			  "above: they fail the run",
			  (unsigned long long)e->told, e->told == 1 ? "" : "es",
			  e->told == 1 ? "its" : "their");
	if (e->how == RUN_STUCK)
		cli_error("%s was deadlocked and was killed", e->run->program[0]);
	if (e->how == RUN_TIMED_OUT)
		cli_error("%s had not ended after %g s and was killed", e->run->program[0],
			  e->run->timeout);
}

static int status_of(const struct ending *e, const struct sn_report *r)
{
	const struct sn_outside *o = &e->run->outside;

	if (e->how == RUN_TIMED_OUT)
		return CLI_TIMED_OUT;
	if (e->how == RUN_STUCK)
		return e->run->options.parsed.exitcode;
	if ((r && cli_failed(r, &e->run->options.parsed)) || e->told)
		return e->run->options.parsed.exitcode;
	return o->signal ? 128 + o->signal : o->status;
}

static void tell(struct ending *e, struct sn_report *r)
{
	write_reports(e->run, r);
	if (CLI_HAS(e->run->formats, SN_FORMAT_TEXT) && !e->run->quiet &&
	    (e->how != RUN_ENDED || was_stopped(e) ||
	     cli_worth_telling(r, &e->run->options.parsed)))
		print_text(e, r);
	note(e, r);
}

int run_finish(struct run *run, enum run_end how)
{
	struct ending e = {.run = run, .how = how};
	struct sn_report *r = cli_report_new(&run->options.parsed);
	int rc, status;

	sweep_look(run->sweep, 1);
	rc = cli_recordings_add_folder(&e.all, run->folder, run->directory);
	if (rc)
		cli_error("%s: %s", run->dir, strerror(-rc));
	if (r)
		add_all(&e, r);
	if (r)
		cli_carry_dropped(r, &e.all);
	/* Judged while it is as it hangs; killed before anything slow is done. */
	if (how != RUN_ENDED)
		run_kill(run);
	if (!e.good && !rc && !give_alone(run->give))
		run_explain_unwatched(run->program[0]);
	if (r && e.good)
		tell(&e, r);
	else if (r)
		note(&e, r);
	status = status_of(&e, r);
	if (r)
		sn_report_free(r);
	cli_recordings_free(&e.all);
	return status;
}
