/* SPDX-License-Identifier: Apache-2.0
 *
 * Micro-benchmark of what the shim interposes: lock [-t MILLISECONDS] [-n COUNT] GROUP|CASE…
 * prints one line per case: its name and nanoseconds per operation.  An operation is one lock and
 * unlock of everything the name says ("nested-4": four locks and four unlocks).  Groups: "one"
 * (one thread at work; pin it to a core) and "many" (several threads); "list" prints the names of
 * the cases with their groups.  -t is the length of a loop; -n runs one loop of COUNT operations,
 * for callgrind.  bench/micro.sh runs it in each way in turns. */
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "bench/lock.h"

#define LOOPS 5

volatile long lock_sink;

static const struct group {
	const char *name;
	const struct lock_case *cases;
} groups[] = {
	{"one", lock_single},
	{"one", lock_many},
	{"one", lock_cpp},
	{"many", lock_threads},
};

static double now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static __attribute__((noinline)) void at_depth(int depth, void (*run)(long), long count)
{
	if (depth > 1)
		at_depth(depth - 1, run, count);
	else
		run(count);
	__asm__ volatile(""); /* no tail call: each level is a frame */
}

static double loop(const struct lock_case *c, long count)
{
	double started = now_ns();

	at_depth(c->depth, c->run, count);
	return now_ns() - started;
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* Grows the count until a loop takes as long as it should, and gives one of some such loops. With
 * one thread the best: each is about as long as the scheduler lets a thread run, so that on a busy
 * machine some of them are undisturbed. With several the median, since the best is one where they
 * never met. */
static double measure(const struct lock_case *c, int threads, double wanted_ns)
{
	double took[LOOPS], length = threads ? 5 * wanted_ns : wanted_ns;
	long count = 16;
	int i;

	for (;;) {
		for (i = 0; i < LOOPS; i++)
			took[i] = loop(c, count);
		qsort(took, LOOPS, sizeof *took, compare);
		if (took[0] >= length / 2)
			return took[threads ? LOOPS / 2 : 0] / (double)count;
		if (took[0] > length / 64)
			count = (long)((double)count * length / took[0]) + 1;
		else
			count *= 8;
	}
}

static void *idle(void *gate)
{
	sem_wait(gate);
	return NULL;
}

/* glibc leaves out the atomic instructions while a process has one thread only, which is not what
 * programs with locks are like: only the "-alone" cases, which come first, are measured so. */
static void have_a_second_thread(void)
{
	static sem_t never;
	static pthread_t second;

	if (second)
		return;
	sem_init(&never, 0, 0);
	if (pthread_create(&second, NULL, idle, &never))
		abort();
}

static void run(const struct lock_case *c, int threads, double wanted_ns, long count)
{
	double ns;

	if (!strstr(c->name, "-alone"))
		have_a_second_thread();
	ns = count ? loop(c, count) / (double)count : measure(c, threads, wanted_ns);
	printf("%s %.3f\n", c->name, ns);
	fflush(stdout);
}

/* Runs what `name` means; returns how many cases that is. */
static int run_named(const char *name, double wanted_ns, long count)
{
	int found = 0;

	for (size_t g = 0; g < sizeof groups / sizeof *groups; g++) {
		for (const struct lock_case *c = groups[g].cases; c->name; c++) {
			if (!strcmp(name, "list"))
				printf("%s %s\n", c->name, groups[g].name);
			else if (!strcmp(name, c->name) || !strcmp(name, groups[g].name))
				run(c, !strcmp(groups[g].name, "many"), wanted_ns, count);
			else
				continue;
			found++;
		}
	}
	return found;
}

int main(int argc, char **argv)
{
	double wanted_ns = 4e6;
	long count = 0;

	if (argc > 2 && !strcmp(argv[1], "-t")) {
		wanted_ns = atof(argv[2]) * 1e6;
		argv += 2;
	} else if (argc > 2 && !strcmp(argv[1], "-n")) {
		count = atol(argv[2]);
		argv += 2;
	}
	for (argv++; *argv; argv++) {
		if (!run_named(*argv, wanted_ns, count)) {
			fprintf(stderr, "lock: no case %s; see: lock list\n", *argv);
			return 2;
		}
	}
	return 0;
}
