/* SPDX-License-Identifier: Apache-2.0
 *
 * What a program costs: cpu [-p LIBRARY] [-r REPEAT] OUTPUT PROGRAM [ARGUMENT]…
 * runs it (with LIBRARY preloaded into it, and into nothing else), REPEAT times one after the
 * other, and writes to OUTPUT one line: CPU seconds and wall seconds of all runs together, most
 * resident KiB of any of them and the children it waited for.  SIGTERM is passed on to the program
 * and ends the repetition.  The status is the last run's. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static volatile pid_t child;
static volatile sig_atomic_t ended;

static void pass_on(int signal_number)
{
	ended = 1;
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

struct cost {
	double cpu;
	double wall;
	long kib;
	int status;
};

/* Runs the program once and adds its cost. */
static int add(struct cost *cost, const char *library, char **command)
{
	double started = now();
	struct rusage used;

	child = start(library, command);
	if (child < 0)
		return -1;
	while (wait4(child, &cost->status, 0, &used) < 0)
		;
	cost->wall += now() - started;
	cost->cpu += seconds(used.ru_utime) + seconds(used.ru_stime);
	if (used.ru_maxrss > cost->kib)
		cost->kib = used.ru_maxrss;
	return 0;
}

static int usage(void)
{
	fprintf(stderr, "usage: cpu [-p LIBRARY] [-r REPEAT] OUTPUT PROGRAM [ARGUMENT]...\n");
	return 2;
}

int main(int argc, char **argv)
{
	const char *library = NULL;
	struct cost cost = {0};
	int option, repeat = 1;
	FILE *out;

	while ((option = getopt(argc, argv, "+p:r:")) != -1) {
		if (option == 'p')
			library = optarg;
		else if (option == 'r')
			repeat = atoi(optarg);
		else
			return usage();
	}
	if (argc - optind < 2)
		return usage();
	signal(SIGTERM, pass_on);
	while (repeat-- > 0 && !ended) {
		if (add(&cost, library, argv + optind + 1))
			return 2;
	}
	out = fopen(argv[optind], "we");
	if (!out)
		return 2;
	fprintf(out, "%.6f %.6f %ld\n", cost.cpu, cost.wall, cost.kib);
	fclose(out);
	return WIFEXITED(cost.status) ? WEXITSTATUS(cost.status) : 128 + WTERMSIG(cost.status);
}
