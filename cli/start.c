/* SPDX-License-Identifier: Apache-2.0
 *
 * Starts the program as a shell would: same process group, terminal, descriptors and signals, only
 * with the shim in its environment.  An exec that fails is told through a pipe that a successful
 * one closes, so that "cannot be executed" is never mistaken for the program's own status. */
#include "cli/run.h"
#include "base/environment.h"
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* Whether `list` (separated by blanks or colons) holds `path`. */
static int lists(const char *list, const char *path)
{
	size_t n = strlen(path);

	for (const char *at = list; (at = strstr(at, path)); at += n)
		if ((at == list || at[-1] == ':' || at[-1] == ' ') &&
		    (!at[n] || strchr(": ", at[n])))
			return 1;
	return 0;
}

static void preload(const char *library)
{
	const char *old = getenv("LD_PRELOAD");
	char *both;

	if (old && lists(old, library))
		return;
	if (asprintf(&both, "%s%s%s", library, old && *old ? ":" : "", old ? old : "") < 0)
		return;
	setenv("LD_PRELOAD", both, 1);
	free(both);
}

static void set_environment(const struct run *run)
{
	char name[SN_RUN_TEXT], *races = run_race_libraries(run);

	/* The front comes first: programs are bound without versions to what it has in libc's
	 * place. */
	preload(run->library);
	if (races)
		preload(races);
	free(races);
	setenv(sn_environment_name(SN_ENV_SNARL_OUTPUT), run->directory, 1);
	/* By it the shim knows that we report, which process is the program itself, and which run
	 * its recording belongs to. */
	sn_run_name_text(&run->name, name);
	setenv(sn_environment_name(SN_ENV_SNARL_RUN), name, 1);
	setenv(sn_environment_name(SN_ENV_SNARL_COMMAND), run->command, 1);
	setenv(sn_environment_name(SN_ENV_SNARL_OPTIONS), run->options.text, 1);
}

_Noreturn static void become_program(const struct run *run, int pipe_end)
{
	int error;

	set_environment(run);
	sigaction(SIGCHLD, &run->old_child, NULL);
	sigaction(SIGXFSZ, &run->old_fsize, NULL);
	run_restore_limits(run);
	sigprocmask(SIG_SETMASK, &run->old_mask, NULL);
	execvp(run->program[0], run->program);
	error = errno;
	if (write(pipe_end, &error, sizeof(error)) != sizeof(error))
		_exit(CLI_NOT_EXECUTABLE);
	_exit(CLI_NOT_FOUND);
}

static int tell_failure(const char *program, int error)
{
	char *path = run_find_program(program);
	char *interpreter = path && error == ENOENT ? run_missing_interpreter(path) : NULL;
	int found = path != NULL;

	if (interpreter)
		cli_error("%s: its interpreter %s was not found: install it", path, interpreter);
	else if (error == ENOENT && !strchr(program, '/'))
		cli_error("%s: program not found: look at PATH", program);
	else
		cli_error("%s: %s", program, strerror(error));
	free(interpreter);
	free(path);
	return error == ENOENT && !found ? CLI_NOT_FOUND : CLI_NOT_EXECUTABLE;
}

/* Waits for the exec: the error it failed with, or 0. */
static int exec_error(int pipe_end)
{
	int error = 0;
	ssize_t n;

	do
		n = read(pipe_end, &error, sizeof(error));
	while (n < 0 && errno == EINTR);
	return n == sizeof(error) ? error : 0;
}

int run_start(struct run *run)
{
	int ends[2], error;

	if (pipe2(ends, O_CLOEXEC)) {
		cli_error("pipe: %s", strerror(errno));
		return CLI_USAGE;
	}
	fflush(NULL);
	run->name.pid = (uint32_t)getpid();
	run->give = give_new(run);
	run->pid = fork();
	if (!run->pid)
		become_program(run, ends[1]);
	error = run->pid < 0 ? errno : 0;
	close(ends[1]);
	/* Only now, since a fork has but one thread. */
	give_start(run->give);
	if (error)
		cli_error("fork: %s", strerror(error));
	else
		error = exec_error(ends[0]);
	close(ends[0]);
	if (run->pid < 0)
		return CLI_USAGE;
	if (!error)
		return 0;
	waitpid(run->pid, NULL, 0);
	return tell_failure(run->program[0], error);
}
