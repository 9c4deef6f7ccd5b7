/* SPDX-License-Identifier: Apache-2.0
 *
 * exec, vfork and exec, posix_spawn, system and popen, also by several threads at once. */
// expect: silent
// variants: exec vfork spawn system popen threads exec-in-thread
#include "case.h"
#include <spawn.h>
#include <sys/wait.h>

extern char **environ;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;

static void finish(pid_t pid)
{
	int status;
	CHECK(waitpid(pid, &status, 0) == pid && WEXITSTATUS(status) == 4);
}

static void by_vfork(void)
{
	pid_t pid = vfork();
	if (!pid) {
		execl("/bin/sh", "sh", "-c", "exit 4", (char *)NULL);
		_exit(1);
	}
	finish(pid);
}

static void by_spawn(void)
{
	char *arguments[] = {"sh", "-c", "exit 4", NULL};
	pid_t pid;
	CHECK(posix_spawn(&pid, "/bin/sh", NULL, NULL, arguments, environ) == 0);
	finish(pid);
}

static void by_system(void)
{
	fflush(stdout);
	CHECK(WEXITSTATUS(system("echo from system; exit 4")) == 4);
}

static void by_popen(void)
{
	char line[64];
	FILE *f = popen("echo from popen; exit 4", "r");
	CHECK(f && fgets(line, sizeof line, f));
	fputs(line, stdout);
	CHECK(WEXITSTATUS(pclose(f)) == 4);
}

static void *many(void *number)
{
	for (int i = 0; i < 5; i++) {
		pthread_mutex_lock(&mutex);
		pthread_mutex_unlock(&mutex);
		if (number)
			by_spawn();
		else
			by_vfork();
	}
	return NULL;
}

static void *execs(void *unused)
{
	pthread_mutex_lock(&mutex);
	execl("/bin/sh", "sh", "-c", "echo after exec; exit 7", (char *)NULL);
	return unused;
}

int main(int argc, char **argv)
{
	const char *how = argc > 1 ? argv[1] : "exec";
	pthread_t threads[4];
	if (!strcmp(how, "exec"))
		execs(NULL);
	if (!strcmp(how, "exec-in-thread")) {
		START(&threads[0], execs, NULL);
		JOIN(threads[0]);
	}
	if (!strcmp(how, "vfork"))
		by_vfork();
	if (!strcmp(how, "spawn"))
		by_spawn();
	if (!strcmp(how, "system"))
		by_system();
	if (!strcmp(how, "popen"))
		by_popen();
	if (!strcmp(how, "threads")) {
		for (long i = 0; i < 4; i++)
			START(&threads[i], many, (void *)(i % 2));
		for (int i = 0; i < 4; i++)
			JOIN(threads[i]);
	}
	puts("done");
	return 7;
}
