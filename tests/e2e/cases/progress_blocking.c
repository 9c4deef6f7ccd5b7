/* SPDX-License-Identifier: Apache-2.0
 *
 * A thread blocks in a call while it holds a lock that another one is waiting for. */
// variants: nanosleep usleep poll select epoll read fortified recv system
// variants: waitpid sigtimedwait cond semaphore join reader
// variants: fgets fread getline fwrite fflush fcntl lockf msgrcv semop
// options: blocking_ms=20
// expect: blocking-under-lock suspect
// json: roles(f) == ["holds", "blocked", "waits"]
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/msg.h>
#include <sys/sem.h>
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
	CHECK(write(ends[1], "x\n", 2) == 2);
	return unused;
}

static const char *how;

static int is(const char *name)
{
	return !strcmp(how, name);
}

static struct message {
	long type;
	char text[1];
} message = {1, "x"};
static int queue, set, file;

/* Gives what a stream, a lock of files, or a System V object waits for. */
static void *give_later(void *unused)
{
	struct sembuf up = {0, 1, 0};
	char bytes[4096];
	turn_await(2);
	rest();
	if (is("msgrcv"))
		CHECK(msgsnd(queue, &message, sizeof message.text, 0) == 0);
	else if (is("semop"))
		CHECK(semop(set, &up, 1) == 0);
	else if (is("fwrite") || is("fflush"))
		while (recv(ends[0], bytes, sizeof bytes, MSG_DONTWAIT) > 0)
			continue;
	else
		CHECK(write(ends[1], "x\n", 2) == 2);
	return unused;
}

/* A child that holds the file's lock until it is told. */
static pid_t lock_in_child(void)
{
	int ready[2];
	char byte;
	CHECK(pipe(ready) == 0);
	pid_t child = fork();
	CHECK(child >= 0);
	if (!child) {
		CHECK(lockf(file, F_LOCK, 0) == 0);
		CHECK(write(ready[1], "x", 1) == 1);
		CHECK(read(ends[0], &byte, 1) == 1);
		_exit(0);
	}
	CHECK(read(ready[0], &byte, 1) == 1);
	return child;
}

static void fill(void)
{
	char bytes[4096] = {0};
	while (send(ends[1], bytes, sizeof bytes, MSG_DONTWAIT) > 0)
		continue;
}

static void block_in_streams(FILE *in, FILE *out)
{
	char line[16], *more = NULL, bytes[65536] = {0};
	size_t room = 0;
	if (is("fgets"))
		CHECK(fgets(line, sizeof line, in));
	else if (is("fread"))
		CHECK(fread(line, 1, 2, in) == 2);
	else if (is("getline"))
		CHECK(getline(&more, &room, in) == 2);
	else if (is("fwrite"))
		CHECK(fwrite(bytes, 1, sizeof bytes, out) == sizeof bytes);
	else
		CHECK(fputs("x", out) >= 0 && fflush(out) == 0);
}

static void block_otherwise(void)
{
	struct flock whole = {.l_type = F_WRLCK};
	struct sembuf down = {0, -1, 0};
	if (is("fcntl"))
		CHECK(fcntl(file, F_SETLKW, &whole) == 0);
	else if (is("lockf"))
		CHECK(lockf(file, F_LOCK, 0) == 0);
	else if (is("msgrcv"))
		CHECK(msgrcv(queue, &message, sizeof message.text, 0, 0) == 1);
	else if (is("semop"))
		CHECK(semop(set, &down, 1) == 0);
	else
		block_in_streams(fdopen(dup(ends[0]), "r"), fdopen(dup(ends[1]), "w"));
}

static int is_otherwise(void)
{
	static const char *const names[] = {"fgets", "fread", "getline", "fwrite", "fflush",
					    "fcntl", "lockf", "msgrcv",  "semop",  NULL};
	for (int i = 0; names[i]; i++)
		if (is(names[i]))
			return 1;
	return 0;
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

static void block(pthread_t helper)
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
	else if (is_otherwise())
		block_otherwise();
	else
		wait_on_semaphore();
}

int main(int argc, char **argv)
{
	how = argc > 1 ? argv[1] : "nanosleep";
	int writes = !strcmp(how, "read") || !strcmp(how, "fortified") || !strcmp(how, "recv");
	pthread_t other, helper;
	pid_t child = 0;
	is_shared = !strcmp(how, "reader");
	CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0);
	queue = msgget(IPC_PRIVATE, 0600);
	set = semget(IPC_PRIVATE, 1, 0600);
	file = fileno(tmpfile());
	CHECK(queue >= 0 && set >= 0 && file >= 0);
	if (is("fwrite") || is("fflush"))
		fill();
	if (is("fcntl") || is("lockf"))
		child = lock_in_child();
	START(&other, wait_for_it, NULL);
	START(&helper, writes ? write_later : is_otherwise() ? give_later : end_later, NULL);
	CHECK(is_shared ? !pthread_rwlock_rdlock(&shared) : !pthread_mutex_lock(&held));
	turn_next();
	await_blocked(&waiter);
	block(helper);
	CHECK(is_shared ? !pthread_rwlock_unlock(&shared) : !pthread_mutex_unlock(&held));
	JOIN(other);
	/* Not under the lock: on a busy machine its end may take long, which would be a second
	 * finding. */
	if (strcmp(how, "join"))
		JOIN(helper);
	CHECK(!child || waitpid(child, NULL, 0) == child);
	CHECK(msgctl(queue, IPC_RMID, NULL) == 0 && semctl(set, 0, IPC_RMID) == 0);
	puts("done");
	return 7;
}
