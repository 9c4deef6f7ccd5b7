/* SPDX-License-Identifier: Apache-2.0
 *
 * Semaphores used in unusual ways: before any constructor of ours, at a pending cancellation, with
 * values that make the calls fail, interrupted by a handler that posts; results and errno are as
 * they are without the detector. */
// expect: silent
// variants: rest invalid
// expect[invalid]: api-error suspect
// count[invalid]: any
#include "case.h"
#include <limits.h>
#include <signal.h>

static sem_t early, semaphore;

__attribute__((constructor(101))) static void before_all(void)
{
	sem_init(&early, 0, 0);
	sem_post(&early);
	sem_wait(&early);
	sem_post(&early);
}

/* It could be taken at once, but the cancellation comes first: the value stays. */
static void *cancelled_at_once(void *unused)
{
	pthread_cancel(pthread_self());
	sem_wait(&semaphore);
	return unused;
}

static void *cancelled_asleep(void *tid)
{
	publish_tid(tid);
	sem_wait(&semaphore);
	return NULL;
}

static void cancellation(void)
{
	pthread_t thread;
	pid_t tid = 0;
	void *result;
	int value;
	CHECK(sem_init(&semaphore, 0, 1) == 0);
	START(&thread, cancelled_at_once, NULL);
	CHECK(pthread_join(thread, &result) == 0 && result == PTHREAD_CANCELED);
	CHECK(sem_getvalue(&semaphore, &value) == 0 && value == 1);
	CHECK(sem_wait(&semaphore) == 0);
	START(&thread, cancelled_asleep, &tid);
	await_blocked(&tid);
	CHECK(pthread_cancel(thread) == 0);
	CHECK(pthread_join(thread, &result) == 0 && result == PTHREAD_CANCELED);
	CHECK(sem_post(&semaphore) == 0 && sem_trywait(&semaphore) == 0);
	CHECK(sem_destroy(&semaphore) == 0);
}

static void results(void)
{
	struct timespec past = {1, 0};
	errno = 4321;
	CHECK(sem_init(&semaphore, 0, 1) == 0 && errno == 4321);
	CHECK(sem_wait(&semaphore) == 0 && errno == 4321);
	CHECK(sem_post(&semaphore) == 0 && errno == 4321);
	CHECK(sem_timedwait(&semaphore, &past) == 0 && errno == 4321);
	CHECK(sem_trywait(&semaphore) == -1 && errno == EAGAIN);
	CHECK(sem_timedwait(&semaphore, &past) == -1 && errno == ETIMEDOUT);
	CHECK(sem_clockwait(&semaphore, CLOCK_MONOTONIC, &past) == -1 && errno == ETIMEDOUT);
	CHECK(sem_destroy(&semaphore) == 0);
	CHECK(sem_init(&semaphore, 0, SEM_VALUE_MAX) == 0);
	CHECK(sem_destroy(&semaphore) == 0);
}

static void invalid(void)
{
	struct timespec bad = {0, -1}, past = {1, 0};
	CHECK(sem_init(&semaphore, 0, 0) == 0);
	CHECK(sem_timedwait(&semaphore, &bad) == -1 && errno == EINVAL);
	CHECK(sem_clockwait(&semaphore, 99, &past) == -1 && errno == EINVAL);
}

static volatile sig_atomic_t interruptions;

static void post_second(int number)
{
	(void)number;
	if (++interruptions == 2)
		sem_post(&semaphore);
}

static void *waits(void *tid)
{
	publish_tid(tid);
	errno = 0;
	CHECK(sem_wait(&semaphore) == -1 && errno == EINTR);
	turn_next();
	int result;
	while ((result = sem_wait(&semaphore)) == -1)
		CHECK(errno == EINTR);
	return NULL;
}

static void interruption(void)
{
	struct sigaction action = {.sa_handler = post_second};
	pthread_t thread;
	pid_t tid = 0;
	sigaction(SIGUSR1, &action, NULL);
	CHECK(sem_init(&semaphore, 0, 0) == 0);
	START(&thread, waits, &tid);
	await_blocked(&tid);
	CHECK(pthread_kill(thread, SIGUSR1) == 0);
	turn_await(1);
	await_blocked(&tid);
	CHECK(pthread_kill(thread, SIGUSR1) == 0);
	JOIN(thread);
	CHECK(sem_destroy(&semaphore) == 0);
}

/* A handler that posts and waits strikes all our code, hundreds of times. */
static void post_and_take(int number)
{
	int saved = errno;
	(void)number;
	sem_post(&early);
	CHECK(sem_trywait(&early) == 0 || errno == EAGAIN);
	errno = saved;
}

static void *hammers(void *unused)
{
	for (int i = 0; i < 20000; i++) {
		sem_t local;
		sem_init(&local, 0, 1);
		CHECK(sem_wait(&local) == 0);
		sem_post(&local);
		sem_destroy(&local);
	}
	__atomic_store_n(&turn_now, -1, __ATOMIC_RELEASE);
	return unused;
}

static void storm(void)
{
	struct sigaction action = {.sa_handler = post_and_take, .sa_flags = SA_RESTART};
	pthread_t thread;
	sigaction(SIGUSR1, &action, NULL);
	START(&thread, hammers, NULL);
	while (__atomic_load_n(&turn_now, __ATOMIC_ACQUIRE) != -1) {
		pthread_kill(thread, SIGUSR1);
		sched_yield();
	}
	JOIN(thread);
}

int main(int argc, char **argv)
{
	if (argc > 1 && !strcmp(argv[1], "invalid")) {
		invalid();
		return 12;
	}
	CHECK(sem_wait(&early) == 0);
	cancellation();
	results();
	interruption();
	storm();
	puts("done");
	return 11;
}
