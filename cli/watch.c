/* SPDX-License-Identifier: Apache-2.0
 *
 * Waits for the program and is nothing but a pane of glass meanwhile: signals sent to us go on to
 * it, it stops and we stop.  All signals of interest are blocked and taken one by one with
 * sigtimedwait, so there are no handlers and no races; the time between is used to look at the
 * recordings. */
#include "cli/run.h"
#include <errno.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define POLL_SECONDS 0.1  /* how late a deadlock is told; each look costs one pread per process */
#define SWEEP_SECONDS 0.5 /* how long recordings that nobody needs may pile up */

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

/* The terminal signals its whole foreground group, and a program that signals its own group reaches
 * us as well: in both cases the program has had the signal already. */
static void forward(const struct run *run, int signal, const siginfo_t *info)
{
	int sent_by_process =
		info->si_code == SI_USER || info->si_code == SI_QUEUE || info->si_code == SI_TKILL;

	if (sent_by_process && info->si_pid != run->pid)
		kill(run->pid, signal);
}

/* Returns 1 when the program has ended. */
static int reap(struct run *run)
{
	int status;
	pid_t pid = waitpid(run->pid, &status, WNOHANG | WUNTRACED);

	if (pid < 0 && errno == EINTR)
		return 0;
	if (pid == 0)
		return 0;
	if (pid > 0 && WIFSTOPPED(status)) {
		/* The terminal's stops are the whole job's, and the shell continues the whole job. Who
		 * sends SIGSTOP to the program continues the program, and us nobody. */
		if (WSTOPSIG(status) != SIGSTOP)
			raise(SIGSTOP);
		return 0;
	}
	run->outside.known = pid > 0;
	if (pid > 0 && WIFSIGNALED(status))
		run->outside.signal = WTERMSIG(status);
	else if (pid > 0)
		run->outside.status = WEXITSTATUS(status);
	return 1;
}

static int asks_to_stop(int signal)
{
	return signal == SIGINT || signal == SIGTERM || signal == SIGQUIT || signal == SIGHUP;
}

/* Takes one signal, or comes back after `seconds`. What it may end is looked at before it has it,
 * unless the terminal has sent it to all. */
static void take_signal(struct run *run, const sigset_t *set, double seconds)
{
	struct timespec t = {(time_t)seconds, (long)((seconds - (double)(time_t)seconds) * 1e9)};
	siginfo_t info;
	int signal = sigtimedwait(set, &info, &t);

	if (signal <= 0 || signal == SIGCHLD)
		return;
	if (asks_to_stop(signal)) {
		run->asked_to_stop = signal;
		live_picture(run->live);
	}
	forward(run, signal, &info);
}

/* When the next is due: at once where it was not done, since processes end as quickly as we look. */
static double sweep(struct run *run)
{
	return sweep_look(run->sweep, 0) ? 0 : now() + SWEEP_SECONDS;
}

static double least(double a, double b)
{
	return a < b ? a : b;
}

enum run_end run_watch(struct run *run, const sigset_t *set)
{
	double end = now() + run->timeout, next_poll = now() + POLL_SECONDS;
	double next_sweep = now() + SWEEP_SECONDS;

	while (!reap(run)) {
		double t = now(), wake = next_poll;
		if (run->timeout > 0 && t >= end)
			return RUN_TIMED_OUT;
		if (t >= next_poll) {
			if (live_poll(run->live))
				return RUN_STUCK;
			/* With very many recordings a look takes long: never more than a twentieth
			 * of our time. */
			double took = now() - t, pause = 20 * took;
			next_poll = wake = now() + (pause > POLL_SECONDS ? pause : POLL_SECONDS);
		}
		if (t >= next_sweep)
			next_sweep = sweep(run);
		wake = least(wake, next_sweep);
		if (run->timeout > 0)
			wake = least(wake, end);
		t = now();
		take_signal(run, set, wake > t ? wake - t : 0);
	}
	return RUN_ENDED;
}

/* Kills who is alive among the followed; returns how many. The program itself is our child and not
 * yet waited for, so its id cannot be another's. */
static int kill_followed(const struct run *run)
{
	struct cli_recordings all = {0};
	struct sn_header h;
	int killed = 0;

	if (cli_recordings_add_folder(&all, run->folder, run->directory))
		return 0;
	for (size_t i = 0; i < all.count; i++) {
		int fd = run_open_recording(run, &all.all[i], &h);
		if (fd < 0)
			continue;
		/* What the header says is the program's word: the kernel's counts. */
		killed += cli_recording_lives(fd, &h) > 0 && (pid_t)h.pid != run->pid &&
			  (pid_t)h.pid != getpid() && !kill((pid_t)h.pid, SIGKILL);
		close(fd);
	}
	cli_recordings_free(&all);
	return killed;
}

void run_kill(struct run *run)
{
	int status;

	kill(run->pid, SIGKILL);
	/* One that was just being forked shows up in the next round; a killed one needs a moment.
	 */
	for (int round = 0; kill_followed(run) && round < 50; round++)
		usleep(10000);
	while (waitpid(run->pid, &status, 0) < 0 && errno == EINTR)
		continue;
}
