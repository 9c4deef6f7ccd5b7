/* SPDX-License-Identifier: Apache-2.0
 *
 * The twins of end_in_sight: an alarm whose signal is ignored, a parent that only waits for its
 * child or for what the child writes, and a ring of locks, which no alarm makes right. */
// variants: ignored waits reads ring
// expect: deadlock confirmed
// hangs
// stdout: -
// expect[ring]: self-deadlock confirmed
// status: 66
#include "case.h"
#include <signal.h>
#include <sys/wait.h>

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t never = PTHREAD_COND_INITIALIZER;

static void *rest(void *unused)
{
	pthread_mutex_lock(&mutex);
	for (;;)
		pthread_cond_wait(&never, &mutex);
	return unused;
}

static void rest_all(void)
{
	pthread_t worker;
	START(&worker, rest, NULL);
	JOIN(worker);
}

static void await_child(int reads)
{
	int status, ends[2];
	char c;
	CHECK(pipe(ends) == 0);
	pid_t child = fork();
	CHECK(child >= 0);
	if (!child) {
		rest_all();
		_exit(0);
	}
	close(ends[1]);
	if (reads)
		CHECK(read(ends[0], &c, 1) == 0);
	CHECK(waitpid(child, &status, 0) == child);
	exit(WIFEXITED(status) ? WEXITSTATUS(status) : 3);
}

int main(int argc, char **argv)
{
	const char *variant = argc > 1 ? argv[1] : "ring";
	if (!strcmp(variant, "waits") || !strcmp(variant, "reads"))
		await_child(!strcmp(variant, "reads"));
	if (!strcmp(variant, "ignored"))
		signal(SIGALRM, SIG_IGN);
	alarm(50);
	if (!strcmp(variant, "ring")) {
		pthread_mutex_lock(&mutex);
		pthread_mutex_lock(&mutex);
	}
	rest_all();
	return 1;
}
