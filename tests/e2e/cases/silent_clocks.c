/* SPDX-License-Identifier: Apache-2.0
 *
 * Time limits that are what they should be: of the right clock, past or to come; of no clock at all
 * and long past, so that the call does not wait; and decades away, where somebody comes.
 */
// variants: right past far refused
// expect: silent
// expect[refused]: api-error suspect
// status: own
#include <limits.h>
#include "case.h"

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t mono, wall = PTHREAD_COND_INITIALIZER;
static int ready;

static void *come(void *unused)
{
	CHECK(pthread_mutex_lock(&mutex) == 0);
	ready = 1;
	CHECK(pthread_cond_broadcast(&mono) == 0 && pthread_cond_broadcast(&wall) == 0);
	CHECK(pthread_mutex_unlock(&mutex) == 0);
	return unused;
}

/* Several times each: so that what is told once for each place is told. */
static void run_out(clockid_t clock, pthread_cond_t *cond, long ms)
{
	CHECK(pthread_mutex_lock(&mutex) == 0);
	for (int i = 0; i < 3; i++) {
		struct timespec limit = soon(clock, ms);
		while (pthread_cond_timedwait(cond, &mutex, &limit) != ETIMEDOUT)
			continue;
	}
	CHECK(pthread_mutex_unlock(&mutex) == 0);
}

static void long_past(struct timespec limit)
{
	sem_t s;
	CHECK(pthread_mutex_lock(&mutex) == 0 && sem_init(&s, 0, 0) == 0);
	CHECK(pthread_cond_timedwait(&wall, &mutex, &limit) == ETIMEDOUT);
	CHECK(pthread_cond_timedwait(&mono, &mutex, &limit) == ETIMEDOUT);
	CHECK(sem_timedwait(&s, &limit) == -1 && errno == ETIMEDOUT);
	CHECK(pthread_mutex_unlock(&mutex) == 0);
}

static void far_away(struct timespec limit, int result)
{
	pthread_t other;
	CHECK(pthread_mutex_lock(&mutex) == 0);
	CHECK(pthread_create(&other, NULL, come, NULL) == 0);
	while (!ready && result != EINVAL)
		CHECK(pthread_cond_timedwait(&mono, &mutex, &limit) == result);
	if (result == EINVAL)
		CHECK(pthread_cond_timedwait(&mono, &mutex, &limit) == result);
	CHECK(pthread_mutex_unlock(&mutex) == 0);
	JOIN(other);
}

int main(int argc, char **argv)
{
	const char *how = argc > 1 ? argv[1] : "right";
	pthread_condattr_t a;
	CHECK(pthread_condattr_init(&a) == 0);
	CHECK(pthread_condattr_setclock(&a, CLOCK_MONOTONIC) == 0);
	CHECK(pthread_cond_init(&mono, &a) == 0);
	if (!strcmp(how, "past")) {
		long_past((struct timespec){0, 0});
		long_past((struct timespec){-1, 0});
	} else if (!strcmp(how, "far")) {
		far_away((struct timespec){INT_MAX, 0}, 0);
		ready = 0;
		far_away((struct timespec){LONG_MAX, 999999999}, 0);
	} else if (!strcmp(how, "refused")) {
		far_away((struct timespec){INT_MAX, 1000000000}, EINVAL);
	} else {
		run_out(CLOCK_MONOTONIC, &mono, 5);
		run_out(CLOCK_REALTIME, &wall, 5);
		run_out(CLOCK_MONOTONIC, &mono, -5);
		run_out(CLOCK_REALTIME, &wall, -5);
	}
	puts("done");
	return 0;
}
