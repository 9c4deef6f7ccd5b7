/* SPDX-License-Identifier: Apache-2.0
 *
 * Threads that nobody joins, created at one place to which the program comes by different ways and
 * in two processes: they are one finding.  Two places of one function are two. */
// variants: ways places
// options: fail_on=never
// expect: thread-leak suspect
// count: any
// json[ways run]: len(findings) == 1 and f.count == 3
// json[places]: len(findings) == 2 and len({x.id for x in findings}) == 2
#include "case.h"
#include <sys/wait.h>

static pid_t tid;

static void *worker(void *unused)
{
	publish_tid(&tid);
	return unused;
}

static void end_it(void)
{
	await_gone(&tid);
	tid = 0;
}

__attribute__((noinline)) static void create(void)
{
	pthread_t thread;
	START(&thread, worker, NULL);
	end_it();
}

__attribute__((noinline)) static void one_way(void)
{
	create();
	__asm__ volatile("");
}

__attribute__((noinline)) static void other_way(void)
{
	create();
	__asm__ volatile("");
}

static void two_places(void)
{
	pthread_t thread;
	START(&thread, worker, NULL);
	end_it();
	START(&thread, worker, NULL);
	end_it();
}

int main(int argc, char **argv)
{
	int status;
	if (argc > 1 && !strcmp(argv[1], "places")) {
		two_places();
		puts("done");
		return 0;
	}
	pid_t child = fork();
	if (!child) {
		one_way();
		_exit(0);
	}
	CHECK(child > 0 && waitpid(child, &status, 0) == child);
	one_way();
	other_way();
	puts("done");
	return 0;
}
