/* SPDX-License-Identifier: Apache-2.0
 *
 * What a program costs: cpu [-p LIBRARY] OUTPUT PROGRAM [ARGUMENT]…
 * runs it (with LIBRARY preloaded into it, and into nothing else) and writes to OUTPUT one line:
 * CPU seconds, wall seconds, most resident KiB of it and the children it waited for.  SIGTERM is
 * passed on to the program.  The status is the program's. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static volatile pid_t child;

static void pass_on(int signal_number)
{
	if (child > 0)
		kill(child, signal_number);
}

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static double seconds(struct timeval t)
{
	return (double)t.tv_sec + (double)t.tv_usec * 1e-6;
}

/* vfork would let the program's start-up be charged to us; fork's cost is ours, before exec. */
static pid_t start(const char *library, char **command)
{
	pid_t pid = fork();

	if (pid)
		return pid;
	if (library)
		setenv("LD_PRELOAD", library, 1);
	execvp(command[0], command);
	perror(command[0]);
	_exit(127);
}

int main(int argc, char **argv)
{
	const char *library = NULL;
	struct rusage used;
	double started;
	int status = 0;
	FILE *out;

	if (argc > 2 && !strcmp(argv[1], "-p")) {
		library = argv[2];
		argv += 2;
		argc -= 2;
	}
	if (argc < 3) {
		fprintf(stderr, "usage: cpu [-p LIBRARY] OUTPUT PROGRAM [ARGUMENT]...\n");
		return 2;
	}
	signal(SIGTERM, pass_on);
	started = now();
	child = start(library, argv + 2);
	if (child < 0)
		return 2;
	while (wait4(child, &status, 0, &used) < 0)
		;
	out = fopen(argv[1], "we");
	if (!out)
		return 2;
	fprintf(out, "%.6f %.6f %ld\n", seconds(used.ru_utime) + seconds(used.ru_stime),
		now() - started, used.ru_maxrss);
	fclose(out);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
