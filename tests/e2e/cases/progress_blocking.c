/* SPDX-License-Identifier: Apache-2.0
 *
 * A thread blocks in a call while it holds a lock that another one is waiting for. */
// variants: nanosleep usleep poll select epoll read fortified recv system
// variants: waitpid sigtimedwait cond semaphore join reader
// options: blocking_ms=20
// expect: blocking-under-lock suspect
// json: roles(f) == ["holds", "blocked", "waits"]
#include <poll.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include "case.h"

ssize_t __read_chk(int, void *, size_t, size_t);

static pthread_mutex_t held = PTHREAD_MUTEX_INITIALIZER;
static pthread_rwlock_t shared = PTHREAD_RWLOCK_INITIALIZER;
static int is_shared;
static pid_t waiter;
static int ends[2];

static void *wait_for_it(void *unused)
{
	turn_await(1);
	publish_tid(&waiter);
	if (is_shared) {
		CHECK(pthread_rwlock_wrlock(&shared) == 0);
		CHECK(pthread_rwlock_unlock(&shared) == 0);
		return unused;
	}
	CHECK(pthread_mutex_lock(&held) == 0);
	CHECK(pthread_mutex_unlock(&held) == 0);
	return unused;
}

/* Ends what the main thread blocks in, after a while that the call is sure to have lasted. */
static void rest(void)
{
	struct timespec t = {0, 60000000};
	clock_nanosleep(CLOCK_MONOTONIC, 0, &t, NULL);
}

static void *write_later(void *unused)
{
	turn_await(2);
	rest();
	CHECK(write(ends[1], "x", 1) == 1);
	return unused;
}

static void *end_later(void *unused)
{
	turn_await(2);
	rest();
	return unused;
}

static void wait_on_cond(void)
{
	pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;
	pthread_cond_t c = PTHREAD_COND_INITIALIZER;
	struct timespec limit = soon(CLOCK_REALTIME, 60);
	CHECK(pthread_mutex_lock(&m) == 0);
	while (pthread_cond_timedwait(&c, &m, &limit) != ETIMEDOUT)
		;
	CHECK(pthread_mutex_unlock(&m) == 0);
}

static void wait_on_semaphore(void)
{
	sem_t s;
	struct timespec limit = soon(CLOCK_REALTIME, 60);
	CHECK(sem_init(&s, 0, 0) == 0);
	CHECK(sem_timedwait(&s, &limit) == -1 && errno == ETIMEDOUT);
	CHECK(sem_destroy(&s) == 0);
}

static void wait_for_child(void)
{
	pid_t child = fork();
	if (!child) {
		rest();
		_exit(0);
	}
	CHECK(waitpid(child, NULL, 0) == child);
}

static void block(const char *how, pthread_t helper)
{
	struct timespec t = {0, 60000000};
	struct timeval v = {0, 60000};
	struct epoll_event event;
	sigset_t set;
	char byte;
	int is_join = !strcmp(how, "join");
	turn_next();
	if (is_join)
		JOIN(helper);
	else if (!strcmp(how, "nanosleep"))
		CHECK(nanosleep(&t, NULL) == 0);
	else if (!strcmp(how, "usleep") || !strcmp(how, "reader"))
		CHECK(usleep(60000) == 0);
	else if (!strcmp(how, "poll"))
		CHECK(poll(NULL, 0, 60) == 0);
	else if (!strcmp(how, "select"))
		CHECK(select(0, NULL, NULL, NULL, &v) == 0);
	else if (!strcmp(how, "epoll"))
		CHECK(epoll_wait(epoll_create1(0), &event, 1, 60) == 0);
	else if (!strcmp(how, "read"))
		CHECK(read(ends[0], &byte, 1) == 1);
	else if (!strcmp(how, "fortified"))
		CHECK(__read_chk(ends[0], &byte, 1, 1) == 1);
	else if (!strcmp(how, "recv"))
		CHECK(recv(ends[0], &byte, 1, 0) == 1);
	else if (!strcmp(how, "system"))
		CHECK(system("sleep 0.06") == 0);
	else if (!strcmp(how, "waitpid"))
		wait_for_child();
	else if (!strcmp(how, "sigtimedwait"))
		CHECK(sigemptyset(&set) == 0 && sigtimedwait(&set, NULL, &t) == -1 &&
		      errno == EAGAIN);
	else if (!strcmp(how, "cond"))
		wait_on_cond();
	else
		wait_on_semaphore();
}

int main(int argc, char **argv)
{
	const char *how = argc > 1 ? argv[1] : "nanosleep";
	int writes = !strcmp(how, "read") || !strcmp(how, "fortified") || !strcmp(how, "recv");
	pthread_t other, helper;
	is_shared = !strcmp(how, "reader");
	CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0);
	START(&other, wait_for_it, NULL);
	START(&helper, writes ? write_later : end_later, NULL);
	CHECK(is_shared ? !pthread_rwlock_rdlock(&shared) : !pthread_mutex_lock(&held));
	turn_next();
	await_blocked(&waiter);
	block(how, helper);
	CHECK(is_shared ? !pthread_rwlock_unlock(&shared) : !pthread_mutex_unlock(&held));
	JOIN(other);
	/* Not under the lock: on a busy machine its end may take long, which would be a second
	 * finding. */
	if (strcmp(how, "join"))
		JOIN(helper);
	puts("done");
	return 7;
}
