/* SPDX-License-Identifier: Apache-2.0
 *
 * A thread has ended, and whoever joins it has not come to it yet when the process ends:
 * another thread calls exit; a signal handler of the creator's does; the creator is in the join of
 * another thread; the creator joined the ones before, and is busy. */
// variants: exits handler joins habit
// expect: silent
// options: leaks=off
#include "case.h"
#include <signal.h>

static pid_t tid;
static const char *how;
static pthread_t first;

static int is(const char *name)
{
	return !strcmp(how, name);
}

static void *brief(void *unused)
{
	publish_tid(&tid);
	return unused;
}

static void *lasts(void *unused)
{
	for (;;)
		pause();
	return unused;
}

static void brief_one(int joined)
{
	pthread_t thread;
	tid = 0;
	START(&thread, brief, NULL);
	if (joined)
		JOIN(thread);
	else
		await_gone(&tid);
}

static void on_signal(int number)
{
	(void)number;
	exit(5);
}

static void *creator(void *unused)
{
	if (is("joins"))
		START(&first, lasts, NULL);
	if (is("habit"))
		for (int i = 0; i < 8; i++)
			brief_one(i < 4);
	else
		brief_one(0);
	publish_tid(&tid);
	turn_next();
	if (is("joins"))
		JOIN(first);
	return lasts(unused);
}

int main(int argc, char **argv)
{
	static pid_t joining;
	pthread_t thread;
	how = argc > 1 ? argv[1] : "exits";
	if (is("handler")) {
		signal(SIGUSR1, on_signal);
		brief_one(0);
		raise(SIGUSR1);
	}
	START(&thread, creator, NULL);
	turn_await(1);
	joining = tid;
	if (is("joins"))
		await_blocked(&joining);
	exit(5);
}
