/* SPDX-License-Identifier: Apache-2.0
 *
 * gives_rights_away HOW WHAT [AGAIN]: gives something away (user: becomes nobody; root: sees another
 * root; descriptors: may open none any more), and then a child makes a mistake, or merely locks.
 * HOW the child comes to be: fork, exec (fork and exec), spawn, become (an exec without a child). */
// mode: none
#include <pthread.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;
static pthread_mutex_t a = PTHREAD_MUTEX_INITIALIZER;

static int work(const char *what)
{
	pthread_mutex_lock(&a);
	pthread_mutex_unlock(&a);
	if (!strcmp(what, "mistake"))
		pthread_mutex_unlock(&a);
	return 7;
}

static void give_away(const char *what)
{
	const struct rlimit none = {3, 3};
	if (strstr(what, "root") && (chroot("/proc/self") || chdir("/")))
		exit(3);
	if (strstr(what, "user") && (setgid(65534) || setuid(65534)))
		exit(3);
	if (strstr(what, "descriptors") && setrlimit(RLIMIT_NOFILE, &none))
		exit(3);
}

int main(int count, char **arguments)
{
	if (count < 4)
		return work(count > 2 ? arguments[2] : "");
	const char *how = arguments[1], *what = arguments[2];
	char *again[] = {"/proc/self/exe", "again", (char *)what, NULL};
	int status = 0;
	pid_t child = 0;
	give_away(arguments[3]);
	if (!strcmp(how, "spawn")) {
		if (posix_spawn(&child, again[0], NULL, NULL, again, environ))
			return 4;
	} else if (strcmp(how, "become") != 0) {
		child = fork();
	}
	if (!child) {
		if (!strcmp(how, "fork"))
			exit(work(what));
		execv(again[0], again);
		_exit(5);
	}
	if (waitpid(child, &status, 0) != child)
		return 6;
	printf("child %d\n", WIFEXITED(status) ? WEXITSTATUS(status) : -1);
	return 0;
}
