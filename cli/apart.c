/* SPDX-License-Identifier: Apache-2.0
 *
 * The report of an ended program, in a process of its own.  Libraries that it needs end their process where memory is
 * short, or abort it; how the program ended is known to us, whatever becomes of that. */
#include "cli/run.h"
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

/* Where a control group's memory is short, others are to live on rather than this. */
static void be_first_to_go(void)
{
	int fd = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);

	if (fd < 0)
		return;
	if (write(fd, "1000", 4) != 4)
		errno = 0;
	close(fd);
}

static _Noreturn void report(struct run *run, int pipe_end)
{
	int status;

	prctl(PR_SET_PDEATHSIG, SIGTERM);
	be_first_to_go();
	status = run_finish(run, RUN_ENDED);
	fflush(NULL);
	if (write(pipe_end, &status, sizeof(status)) != sizeof(status))
		_exit(CLI_USAGE);
	_exit(0);
}

static ssize_t read_status(int pipe_end, int *status)
{
	ssize_t n;

	do
		n = read(pipe_end, status, sizeof(*status));
	while (n < 0 && errno == EINTR);
	return n;
}

/* What was found is not known: that must not look like a good end. */
static int without_report(const struct run *run, int how)
{
	const struct sn_outside *o = &run->outside;
	int own = o->signal ? 128 + o->signal : o->status;

	if (WIFSIGNALED(how))
		cli_error("the report was ended by signal %d (%s): is memory short? "
			  "`snarl report %s` makes it",
			  WTERMSIG(how), strsignal(WTERMSIG(how)), run->dir);
	else
		cli_error(
			"the report could not be made: is memory short? `snarl report %s` makes it",
			run->dir);
	return own ? own : CLI_USAGE;
}

int run_finish_apart(struct run *run)
{
	int ends[2], status = 0, how = 0, known;
	pid_t pid;

	fflush(NULL);
	if (pipe2(ends, O_CLOEXEC))
		return run_finish(run, RUN_ENDED);
	pid = fork();
	if (!pid)
		report(run, ends[1]);
	close(ends[1]);
	known = pid > 0 && read_status(ends[0], &status) == sizeof(status);
	close(ends[0]);
	if (pid < 0)
		return run_finish(run, RUN_ENDED);
	while (waitpid(pid, &how, 0) < 0 && errno == EINTR)
		continue;
	return known ? status : without_report(run, how);
}
