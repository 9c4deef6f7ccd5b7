/* SPDX-License-Identifier: Apache-2.0
 *
 * All threads of the process sleep for a while, one in a socket whose other end the process has
 * itself, and yet they go on: the socket has a time limit (`limit`), or a child has the other end
 * as well (`child`), or the same one, which it shuts down (`shut`).
 */
// mode: run
// variants: limit child shut
// expect: silent
// options: held_ms=0:blocking_ms=60000
#include "case.h"
#include <signal.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static const char *variant;
static int ends[2];
static char page[4096];

static int is(const char *name)
{
	return !strcmp(variant, name);
}

/* It would read, but wants the lock first. */
static void *reader(void *arg)
{
	turn_await(1);
	pthread_mutex_lock(&lock);
	CHECK(!is("limit") || read(ends[0], page, sizeof page) > 0);
	pthread_mutex_unlock(&lock);
	return arg;
}

static void *writer(void *arg)
{
	pthread_mutex_lock(&lock);
	turn_next();
	if (is("shut"))
		CHECK(read(ends[1], page, sizeof page) == 0);
	else
		for (int i = 0; i < 200 && write(ends[1], page, sizeof page) > 0; i++)
			continue;
	pthread_mutex_unlock(&lock);
	return arg;
}

/* Longer than a look from outside takes. */
static void child(void)
{
	sleep(2);
	if (is("shut"))
		shutdown(ends[1], SHUT_RD);
	while (is("child"))
		CHECK(read(ends[0], page, sizeof page) > 0);
	_exit(0);
}

int main(int argc, char **argv)
{
	struct timeval limit = {2, 0};
	pthread_t a, b;
	pid_t pid = 0;

	CHECK(argc == 2);
	variant = argv[1];
	CHECK(!socketpair(AF_UNIX, SOCK_STREAM, 0, ends));
	if (is("limit"))
		CHECK(!setsockopt(ends[1], SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit));
	else if (!(pid = fork()))
		child();
	START(&b, writer, NULL);
	START(&a, reader, NULL);
	JOIN(a);
	JOIN(b);
	if (is("child"))
		kill(pid, SIGKILL);
	while (wait(NULL) > 0)
		continue;
	puts("done");
	return 0;
}
