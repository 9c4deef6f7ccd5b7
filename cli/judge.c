/* SPDX-License-Identifier: Apache-2.0
 *
 * Between the subcommands and report/: what fails a run, which findings are wanted, and where text
 * goes. */
#include "cli/cli.h"
#include "base/names.h"
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

struct sn_report *cli_report_new(const struct sn_options *o)
{
	char error[CLI_ERROR_MAX];
	struct sn_report *r = sn_report_new(o);

	if (!r) {
		cli_error("not enough memory");
		return NULL;
	}
	if (o->suppressions[0] &&
	    sn_report_suppressions(r, o->suppressions, error, sizeof(error))) {
		cli_error("%s", error);
		sn_report_free(r);
		return NULL;
	}
	if (o->baseline[0] && sn_report_baseline(r, o->baseline, error, sizeof(error))) {
		cli_error("%s", error);
		sn_report_free(r);
		return NULL;
	}
	if (o->known && sn_report_known(r))
		cli_error("what is known of other programs is not left out");
	return r;
}

unsigned cli_findings(const struct sn_report *r)
{
	return sn_report_count(r, SN_CONFIRMED) + sn_report_count(r, SN_PREDICTED) +
	       sn_report_count(r, SN_SUSPECT);
}

int cli_worth_telling(const struct sn_report *r, const struct sn_options *o)
{
	return sn_report_notable(r) || cli_failed(r, o);
}

int cli_failed(const struct sn_report *r, const struct sn_options *o)
{
	switch ((enum sn_fail_on)o->fail_on) {
	case SN_FAIL_SUSPECT:
		if (sn_report_count(r, SN_SUSPECT))
			return 1;
		/* fall through */
	case SN_FAIL_PREDICTED:
		if (sn_report_count(r, SN_PREDICTED))
			return 1;
		/* fall through */
	case SN_FAIL_CONFIRMED:
		return sn_report_count(r, SN_CONFIRMED) != 0;
	case SN_FAIL_NEVER:
		break;
	}
	return 0;
}

static int is_of(int kind, enum cli_moment moment)
{
	if (moment == CLI_AT_HELD)
		return kind == SN_KIND_BLOCKING_UNDER_LOCK;
	return kind == SN_KIND_DEADLOCK || kind == SN_KIND_SELF_DEADLOCK ||
	       kind == SN_KIND_LOST_WAKEUP;
}

/* Whole kinds are left out by suppressing them, from a file that exists in memory only. */
void cli_report_only(struct sn_report *r, enum cli_moment moment)
{
	char path[64], error[CLI_ERROR_MAX];
	int fd = memfd_create("snarl", MFD_CLOEXEC);

	if (fd < 0)
		return;
	for (int kind = 0; kind < SN_KIND_COUNT; kind++)
		if (!is_of(kind, moment))
			dprintf(fd, "%s:*\n", sn_kind_name((unsigned)kind));
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	sn_report_suppressions(r, path, error, sizeof(error));
	close(fd);
}

/* For appending: the same process may tell more than once. Where others may make files, theirs,
 * links and FIFOs are not written to. */
static FILE *open_log(const char *path)
{
	int fd =
		open(path,
		     O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY,
		     0666);
	struct stat st;
	FILE *log;

	if (fd < 0)
		return NULL;
	if (!fstat(fd, &st) && S_ISREG(st.st_mode) && st.st_uid == geteuid() && st.st_nlink == 1 &&
	    (log = fdopen(fd, "a")))
		return log;
	close(fd);
	errno = EPERM;
	return NULL;
}

FILE *cli_log_open(const struct sn_options *o, long pid)
{
	char path[SN_OPTION_TEXT_MAX + 32];
	FILE *log;

	if (!o->log_path[0])
		return stderr;
	snprintf(path, sizeof(path), "%s.%ld", o->log_path, pid);
	log = open_log(path);
	if (log)
		return log;
	cli_error("log_path: %s: %s", path, strerror(errno));
	return stderr;
}

void cli_log_close(FILE *log)
{
	if (log == stderr)
		fflush(log);
	else
		fclose(log);
}
