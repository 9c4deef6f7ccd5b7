/* SPDX-License-Identifier: Apache-2.0
 *
 * Watches the recordings of running processes for deadlocks: one pread of a header each time, and a
 * report only when its count of deadlocks has grown, where all its threads stay asleep, where a
 * lock is held for long while others wait, or where its owner has gone. */
#include "cli/run.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "base/sys.h"

struct seen {
	char *path;
	uint32_t deadlocks; /* that have been printed */
	unsigned told;      /* findings that these made */
	int due;            /* more were there at the last look */
	int ended;
	int listed; /* at the present look */
	struct asleep asleep;
	struct held held;
	struct quiet quiet;
	struct abandoned abandoned;
	struct pools pools;
};

struct live {
	struct run *run;
	struct seen *seen;
	size_t count, near;
	struct told told;
};

struct live *live_new(struct run *run)
{
	struct live *l = calloc(1, sizeof(*l));

	if (l)
		l->run = run;
	return l;
}

void live_free(struct live *l)
{
	if (!l)
		return;
	for (size_t i = 0; i < l->count; i++)
		free(l->seen[i].path);
	free(l->seen);
	told_free(&l->told);
	free(l);
}

/* Lists are in the same order each time, so it is near where the last one was. */
static struct seen *seen_of(struct live *l, const char *path)
{
	struct seen *all;

	for (size_t i = 0; i < l->count; i++) {
		size_t at = (l->near + i) % l->count;
		if (!strcmp(l->seen[at].path, path)) {
			l->near = at + 1;
			return &l->seen[at];
		}
	}
	all = realloc(l->seen, (l->count + 1) * sizeof(*all));
	if (!all)
		return NULL;
	l->seen = all;
	memset(&all[l->count], 0, sizeof(*all));
	all[l->count].path = strdup(path);
	return all[l->count].path ? &all[l->count++] : NULL;
}

static void print_report(struct live *l, struct sn_report *r)
{
	const struct run *run = l->run;
	FILE *log;

	if (!CLI_HAS(run->formats, SN_FORMAT_TEXT) || run->quiet || !cli_findings(r) ||
	    told_covers(&l->told, r))
		return;
	log = cli_log_open(&run->options.parsed, run->pid);
	sn_report_text(r, log, cli_color(run->color, log), 0);
	cli_log_close(log);
	told_add(&l->told, r);
}

static void tell(struct live *l, int fd, const char *path, enum cli_moment moment,
		 const struct sn_outside *outside)
{
	struct sn_report *r = cli_report_new(&l->run->options.parsed);
	char error[CLI_ERROR_MAX];

	if (!r)
		return;
	cli_report_only(r, moment);
	sn_report_add_fd(r, fd, path, outside, error, sizeof(error));
	print_report(l, r);
	sn_report_free(r);
}

static void print(struct live *l, int fd, const char *path, enum cli_moment moment)
{
	const struct sn_outside unknown = {.look = SN_LOOK_GENTLY};

	if (CLI_HAS(l->run->formats, SN_FORMAT_TEXT) && !l->run->quiet)
		tell(l, fd, path, moment, &unknown);
}

/* A new deadlock is printed at the second look: a process that it ends has ended by then, and the
 * final report tells everything at once. */
static void look_for_told(struct live *l, struct seen *s, int fd, uint32_t n)
{
	if (n <= s->deadlocks)
		return;
	if (!s->due) {
		s->due = 1;
		return;
	}
	s->due = 0;
	s->deadlocks = n;
	print(l, fd, s->path, CLI_AT_DEADLOCK);
}

static int is_program(const struct run *run, const struct sn_header *h)
{
	return (pid_t)h->pid == run->pid;
}

/* Of a process that is ended next. */
static void last_look(struct live *l, int fd, const char *path)
{
	const struct sn_outside stuck = {.known = 1,
					 .signal = SIGKILL,
					 .stuck = 1,
					 .look = SN_LOOK_LAST,
					 .folder = l->run->folder + 1};

	tell(l, fd, path, CLI_AT_DEADLOCK, &stuck);
}

/* A child is ended alone, as one that sees its deadlock itself ends: who waits for it goes on. What
 * was seen of it is kept, for the report at the end. */
static void end_child(struct live *l, int fd, const char *path, const struct sn_header *h)
{
	last_look(l, fd, path);
	if (cli_recording_lives(fd, h) > 0)
		kill((pid_t)h->pid, SIGKILL);
}

static int is_member(const struct abandoned *a, uint32_t pid)
{
	for (uint32_t i = 0; i < a->ring_count; i++)
		if (a->ring[i].pid == pid)
			return 1;
	return 0;
}

static void signal_ring(struct live *l, const struct abandoned *a, int signal)
{
	struct cli_recordings all = {0};
	struct sn_header h;

	if (cli_recordings_add_folder(&all, l->run->folder, l->run->directory))
		return;
	for (size_t i = 0; i < all.count; i++) {
		int fd = run_open_recording(l->run, &all.all[i], &h);
		if (fd < 0)
			continue;
		if (is_member(a, h.pid) && cli_recording_lives(fd, &h) > 0)
			kill((pid_t)h.pid, signal);
		close(fd);
	}
	cli_recordings_free(&all);
}

/* All of them: whoever is left would wait for who has gone, or, where a lock is robust, go on with
 * what that has left behind. So nobody runs any more when the first one goes. */
static void end_ring(struct live *l, const struct abandoned *a)
{
	signal_ring(l, a, SIGSTOP);
	signal_ring(l, a, SIGKILL);
}

/* Its main threads wait for each other for good, so the processes are ended: the program with its
 * run (1), else all of them as end_child() ends one. */
static int ring_is_stuck(struct live *l, int fd, const char *path, const struct abandoned *a)
{
	if (is_member(a, (uint32_t)l->run->pid))
		return 1;
	last_look(l, fd, path);
	end_ring(l, a);
	return 0;
}

/* The process sleeps for good. Returns 1 where it is the program, which is then ended. */
static int is_stuck(struct live *l, int fd, const char *path, const struct sn_header *h,
		    int from_outside)
{
	int ends = l->run->options.parsed.on_deadlock != SN_DEADLOCK_CONTINUE;

	if (ends && is_program(l->run, h))
		return 1;
	if (ends && from_outside)
		end_child(l, fd, path, h);
	else
		print(l, fd, path, CLI_AT_DEADLOCK);
	return 0;
}

/* Of a script's many processes those with one thread are of little interest. */
static int is_worth_it(const struct run *run, const struct sn_header *h)
{
	return h->live_threads > 1 || is_program(run, h);
}

static int look_into(struct live *l, struct seen *s, int fd, const struct sn_header *h)
{
	s->ended = h->ended_how != SN_ENDED_RUNNING;
	look_for_told(l, s, fd, h->deadlocks);
	if (held_look(&s->held, fd, h, &l->run->options.parsed, sn_now()))
		print(l, fd, s->path, CLI_AT_HELD);
	if (abandoned_look(&s->abandoned, fd, h, sn_now())) {
		if (s->abandoned.ring_count &&
		    l->run->options.parsed.on_deadlock != SN_DEADLOCK_CONTINUE)
			return ring_is_stuck(l, fd, s->path, &s->abandoned);
		print(l, fd, s->path, CLI_AT_DEADLOCK);
	}
	if (pools_look(&s->pools, fd, h, sn_now()))
		print(l, fd, s->path, CLI_AT_DEADLOCK);
	if (asleep_for_good(&s->asleep, fd, s->path, h, sn_now()))
		return is_stuck(l, fd, s->path, h, 0);
	if (quiet_look(&s->quiet, l->run->folder, s->path, fd, h, !is_worth_it(l->run, h),
		       sn_now()))
		return is_stuck(l, fd, s->path, h, 1);
	return 0;
}

static int look(struct live *l, struct seen *s, const struct cli_recording *one)
{
	struct sn_header h;
	int fd = s->ended ? -1 : run_open_recording(l->run, one, &h), stuck;

	if (fd < 0)
		return 0;
	stuck = look_into(l, s, fd, &h);
	close(fd);
	return stuck;
}

static void take_picture(const struct run *run, const struct cli_recording *one)
{
	struct sn_header h;
	int fd = run_open_recording(run, one, &h);

	if (fd < 0)
		return;
	if (h.ended_how == SN_ENDED_RUNNING && is_worth_it(run, &h))
		quiet_picture(run->folder, one->path, fd, &h);
	close(fd);
}

void live_picture(struct live *l)
{
	struct cli_recordings all = {0};

	if (!l || cli_recordings_add_folder(&all, l->run->folder, l->run->directory))
		return;
	for (size_t i = 0; i < all.count; i++)
		take_picture(l->run, &all.all[i]);
	cli_recordings_free(&all);
}

/* Of processes that have left no recording nothing is to be known any more. */
static void forget_gone(struct live *l)
{
	size_t kept = 0;

	for (size_t i = 0; i < l->count; i++) {
		if (l->seen[i].listed)
			l->seen[kept++] = l->seen[i];
		else
			free(l->seen[i].path);
	}
	for (size_t i = 0; i < kept; i++)
		l->seen[i].listed = 0;
	l->count = kept;
}

int live_poll(struct live *l)
{
	struct cli_recordings all = {0};
	int stuck = 0;

	if (!l || cli_recordings_add_folder(&all, l->run->folder, l->run->directory))
		return 0;
	for (size_t i = 0; i < all.count && !stuck; i++) {
		struct seen *s = seen_of(l, all.all[i].path);
		if (!s)
			continue;
		s->listed = 1;
		stuck = look(l, s, &all.all[i]);
	}
	if (!stuck)
		forget_gone(l);
	cli_recordings_free(&all);
	return stuck;
}

int live_told(const struct live *l, struct sn_report *r)
{
	return l && told_covers(&l->told, r);
}
