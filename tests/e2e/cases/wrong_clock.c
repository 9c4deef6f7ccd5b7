/* SPDX-License-Identifier: Apache-2.0
 *
 * Time limits that were made from one clock for a call that goes by the other: decades ahead, or
 * long past.
 */
// variants: cond clockwait mutex read write semaphore join
// variants: cond-past mutex-past semaphore-past c11-past join-past
// expect: api-error confirmed
// expect[cond-past]: api-error suspect
// expect[mutex-past]: api-error suspect
// expect[semaphore-past]: api-error suspect
// expect[c11-past]: api-error suspect
// expect[join-past]: api-error suspect
// json: "of the wrong clock" in f.message
// json: roles(f) == ["called"]
// text: from the clock that the call goes by
#include <threads.h>
#include "case.h"

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_rwlock_t rwlock = PTHREAD_RWLOCK_INITIALIZER;
static pthread_cond_t cond;
static cnd_t c11;
static mtx_t c11_mutex;
static sem_t semaphore;
static const char *how;
static int ready;
static pid_t waiting;

static int is(const char *name)
{
	return !strcmp(how, name);
}

/* Whoever waits without end is woken once it sleeps. */
static void *help(void *unused)
{
	if (!is("join"))
		CHECK(pthread_mutex_lock(&mutex) == 0 && pthread_rwlock_wrlock(&rwlock) == 0);
	turn_next();
	await_blocked(&waiting);
	if (is("cond") || is("clockwait")) {
		ready = 1;
		CHECK(pthread_cond_signal(&cond) == 0);
	} else if (is("semaphore")) {
		CHECK(sem_post(&semaphore) == 0);
	}
	if (!is("join"))
		CHECK(pthread_mutex_unlock(&mutex) == 0 && pthread_rwlock_unlock(&rwlock) == 0);
	return unused;
}

static void *hold(void *unused)
{
	CHECK(pthread_mutex_lock(&mutex) == 0);
	turn_next();
	turn_await(2);
	CHECK(pthread_mutex_unlock(&mutex) == 0);
	return unused;
}

static void wait_for_cond(void)
{
	struct timespec limit = soon(CLOCK_REALTIME, 60000);
	while (!ready)
		CHECK((is("cond") ? pthread_cond_timedwait(&cond, &mutex, &limit)
				  : pthread_cond_clockwait(&cond, &mutex, CLOCK_MONOTONIC,
							   &limit)) == 0);
	CHECK(pthread_mutex_unlock(&mutex) == 0);
}

static void far_ahead(void)
{
	pthread_t helper;
	struct timespec limit = soon(CLOCK_REALTIME, 60000);
	if (is("cond") || is("clockwait")) {
		CHECK(pthread_mutex_lock(&mutex) == 0);
		publish_tid(&waiting);
		/* The helper comes by when the wait has given the mutex up. */
		START(&helper, help, NULL);
		wait_for_cond();
		JOIN(helper);
		return;
	}
	START(&helper, help, NULL);
	turn_await(1);
	publish_tid(&waiting);
	if (is("mutex"))
		CHECK(pthread_mutex_clocklock(&mutex, CLOCK_MONOTONIC, &limit) == 0 &&
		      pthread_mutex_unlock(&mutex) == 0);
	else if (is("read"))
		CHECK(pthread_rwlock_clockrdlock(&rwlock, CLOCK_MONOTONIC, &limit) == 0 &&
		      pthread_rwlock_unlock(&rwlock) == 0);
	else if (is("write"))
		CHECK(pthread_rwlock_clockwrlock(&rwlock, CLOCK_MONOTONIC, &limit) == 0 &&
		      pthread_rwlock_unlock(&rwlock) == 0);
	else if (is("semaphore"))
		CHECK(sem_clockwait(&semaphore, CLOCK_MONOTONIC, &limit) == 0);
	if (is("join"))
		CHECK(pthread_clockjoin_np(helper, NULL, CLOCK_MONOTONIC, &limit) == 0);
	else
		JOIN(helper);
}

static void long_past(void)
{
	pthread_t helper;
	struct timespec limit = soon(CLOCK_MONOTONIC, 60000);
	int holds = is("mutex-past") || is("join-past");
	if (holds) {
		START(&helper, hold, NULL);
		turn_await(1);
	}
	if (is("cond-past")) {
		pthread_cond_t real = PTHREAD_COND_INITIALIZER;
		CHECK(pthread_mutex_lock(&mutex) == 0);
		CHECK(pthread_cond_timedwait(&real, &mutex, &limit) == ETIMEDOUT);
		CHECK(pthread_mutex_unlock(&mutex) == 0);
	} else if (is("mutex-past")) {
		CHECK(pthread_mutex_timedlock(&mutex, &limit) == ETIMEDOUT);
	} else if (is("join-past")) {
		CHECK(pthread_timedjoin_np(helper, NULL, &limit) == ETIMEDOUT);
	} else if (is("semaphore-past")) {
		CHECK(sem_timedwait(&semaphore, &limit) == -1 && errno == ETIMEDOUT);
	} else {
		CHECK(mtx_lock(&c11_mutex) == thrd_success);
		CHECK(cnd_timedwait(&c11, &c11_mutex, &limit) == thrd_timedout);
		CHECK(mtx_unlock(&c11_mutex) == thrd_success);
	}
	if (holds) {
		turn_next();
		JOIN(helper);
	}
}

int main(int argc, char **argv)
{
	pthread_condattr_t a;
	how = argc > 1 ? argv[1] : "cond";
	CHECK(pthread_condattr_init(&a) == 0);
	CHECK(pthread_condattr_setclock(&a, CLOCK_MONOTONIC) == 0);
	CHECK(pthread_cond_init(&cond, &a) == 0 && sem_init(&semaphore, 0, 0) == 0);
	CHECK(cnd_init(&c11) == thrd_success && mtx_init(&c11_mutex, mtx_plain) == thrd_success);
	if (strstr(how, "past"))
		long_past();
	else
		far_ahead();
	puts("done");
	return 0;
}
