/* SPDX-License-Identifier: Apache-2.0
 *
 * A deadline that is decades away is no time limit: threads that wait so for each other, or for
 * nobody, sleep for good. The same deadlines do no harm where somebody comes.
 */
// variants: cond mutex read semaphore semaphore-mono join
// expect: deadlock confirmed
// hangs
// status: 66
// stdout: -
#include <limits.h>
#include "case.h"

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_rwlock_t rwlock = PTHREAD_RWLOCK_INITIALIZER;
static pthread_cond_t cond = PTHREAD_COND_INITIALIZER;
static sem_t semaphore;
static const char *how;
static const struct timespec never = {INT_MAX, 0};

static int is(const char *name)
{
	return !strcmp(how, name);
}

static void sleep_on(void)
{
	CHECK(pthread_mutex_lock(&mutex) == 0);
	for (;;)
		pthread_cond_timedwait(&cond, &mutex, &never);
}

static void *hold(void *main_thread)
{
	CHECK(pthread_mutex_lock(&mutex) == 0 && pthread_rwlock_wrlock(&rwlock) == 0);
	turn_next();
	CHECK(pthread_join(*(pthread_t *)main_thread, NULL) == 0);
	return NULL;
}

int main(int argc, char **argv)
{
	pthread_t other, self = pthread_self();
	how = argc > 1 ? argv[1] : "cond";
	CHECK(sem_init(&semaphore, 0, 0) == 0);
	if (is("cond"))
		sleep_on();
	if (is("semaphore"))
		sem_timedwait(&semaphore, &never);
	if (is("semaphore-mono"))
		sem_clockwait(&semaphore, CLOCK_MONOTONIC, &never);
	START(&other, hold, &self);
	turn_await(1);
	if (is("mutex"))
		pthread_mutex_timedlock(&mutex, &never);
	if (is("read"))
		pthread_rwlock_timedrdlock(&rwlock, &never);
	pthread_timedjoin_np(other, NULL, &never);
	return 0;
}
