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
#include <sys/syscall.h>
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

static void read_line(pid_t process, const char *file, char *line, int size)
{
	char path[64];
	snprintf(path, sizeof path, "/proc/%d/%s", (int)process, file);
	FILE *f = fopen(path, "r");
	if (!f || !fgets(line, size, f))
		line[0] = 0;
	if (f)
		fclose(f);
}

/* Whether the process is blocked in the call of that number; where the system does not let us see
 * that, whether it sleeps. */
static int is_in(pid_t process, long number)
{
	char line[512];
	read_line(process, "syscall", line, sizeof line);
	if (line[0])
		return line[0] >= '0' && line[0] <= '9' && atol(line) == number;
	read_line(process, "stat", line, sizeof line);
	return strstr(line, ") S ") != NULL;
}

/* A parent that is still on its way to its wait may do something else first: nothing is told of its
 * child then, and who looks from inside looks once. */
static void await_parent(int reads)
{
	while (!is_in(getppid(), reads ? SYS_read : SYS_wait4))
		sched_yield();
}

static void await_child(int reads)
{
	int status, ends[2];
	char c;
	CHECK(pipe(ends) == 0);
	pid_t child = fork();
	CHECK(child >= 0);
	if (!child) {
		await_parent(reads);
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
