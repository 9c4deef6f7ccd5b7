/* SPDX-License-Identifier: Apache-2.0
 *
 * A program rests, and what will end it is in sight: an alarm or a timer without a handler, or the
 * parent of a forked child. Nobody could wake it, and it may be right: it ends as it would by
 * itself, and it is suspect at most. */
// variants: alarm itimer timer child semaphores pause handler sibling thread
// expect: deadlock suspect
// expect[pause]: silent
// status: own
// report[bare]: none
#include "case.h"
#include <signal.h>
#include <sys/time.h>
#include <sys/wait.h>

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t never = PTHREAD_COND_INITIALIZER;
static sem_t unposted;
static int by_semaphore;

static void *rest(void *unused)
{
	while (by_semaphore)
		sem_wait(&unposted);
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

static void rest_and_pause(void)
{
	pthread_t worker;
	START(&worker, rest, NULL);
	pause();
}

static void set_timer(void)
{
	struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR1};
	struct itimerspec second = {.it_value = {1, 0}};
	timer_t timer;
	CHECK(timer_create(CLOCK_MONOTONIC, &event, &timer) == 0);
	CHECK(timer_settime(timer, 0, &second, NULL) == 0);
}

/* Its child gets time to be judged. */
static void rest_in_child(void)
{
	struct timespec second = {1, 0};
	int status;
	pid_t child = fork();
	CHECK(child >= 0);
	if (!child)
		rest_all();
	nanosleep(&second, NULL);
	CHECK(kill(child, SIGTERM) == 0 && waitpid(child, &status, 0) == child);
	CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM);
}

static pid_t resting;

static void end_child(int number)
{
	(void)number;
	kill(resting, SIGTERM);
}

static void *end_child_later(void *unused)
{
	sleep(2);
	kill(resting, SIGTERM);
	return unused;
}

/* A parent that waits for its child, while a handler, another child or another thread of it ends
 * that. */
static void rest_in_awaited_child(const char *by)
{
	int status;
	pthread_t thread;
	resting = fork();
	CHECK(resting >= 0);
	if (!resting)
		rest_all();
	if (!strcmp(by, "handler")) {
		signal(SIGALRM, end_child);
		alarm(2);
	} else if (!strcmp(by, "thread")) {
		START(&thread, end_child_later, NULL);
	} else if (!fork()) {
		end_child_later(NULL);
		_exit(0);
	}
	while (waitpid(resting, &status, 0) != resting)
		continue;
	CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM);
	if (!strcmp(by, "thread"))
		JOIN(thread);
	while (wait(NULL) > 0)
		continue;
}

int main(int argc, char **argv)
{
	const char *variant = argc > 1 ? argv[1] : "alarm";
	struct itimerval second = {.it_value = {1, 0}};
	CHECK(sem_init(&unposted, 0, 0) == 0);
	by_semaphore = !strcmp(variant, "semaphores");
	if (by_semaphore || !strcmp(variant, "child")) {
		rest_in_child();
		return 0;
	}
	if (!strcmp(variant, "handler") || !strcmp(variant, "sibling") ||
	    !strcmp(variant, "thread")) {
		rest_in_awaited_child(variant);
		return 0;
	}
	if (!strcmp(variant, "alarm") || !strcmp(variant, "pause"))
		alarm(1);
	else if (!strcmp(variant, "itimer"))
		CHECK(setitimer(ITIMER_REAL, &second, NULL) == 0);
	else
		set_timer();
	if (!strcmp(variant, "pause"))
		rest_and_pause();
	rest_all();
	return 1;
}
