/* SPDX-License-Identifier: Apache-2.0
 *
 * Calls that fail as only a mistake makes them fail, and whose result nobody looks at. */
// variants: clock mutex-time read-time read-free write-free write-clock cond-time unlock processors
// variants: overflow first-value sem-time barrier
// expect: api-error suspect
// status: own
// json: [x.count for x in findings if x.kind == "api-error"][0] == 1
// json: any(x.stacks[0].role == "called" for x in findings)

#include "case.h"
#include <limits.h>

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_rwlock_t rwlock = PTHREAD_RWLOCK_INITIALIZER;
static pthread_cond_t cond = PTHREAD_COND_INITIALIZER;
static pthread_barrier_t barrier;
static const char *how;
static const struct timespec bad = {1, -1}, past = {1, 0};

static int is(const char *name)
{
	return !strcmp(how, name);
}

static void *returns(void *unused)
{
	return unused;
}

static void *holds_a_while(void *unused)
{
	pthread_mutex_lock(&mutex);
	turn_next();
	turn_await(2);
	pthread_mutex_unlock(&mutex);
	return unused;
}

/* glibc looks at the time only when it has to wait. */
static int lock_till(void)
{
	pthread_t thread;
	START(&thread, holds_a_while, NULL);
	turn_await(1);
	int result = pthread_mutex_timedlock(&mutex, &bad);
	turn_next();
	JOIN(thread);
	return result;
}

static int read_till(void)
{
	pthread_rwlock_wrlock(&rwlock);
	int result = pthread_rwlock_clockrdlock(&rwlock, CLOCK_REALTIME, &bad);
	pthread_rwlock_unlock(&rwlock);
	return result;
}

/* Of an rwlock it looks first, and a free one is refused as well. */
static int take_free(void)
{
	if (is("read-free"))
		return pthread_rwlock_timedrdlock(&rwlock, &bad);
	return pthread_rwlock_timedwrlock(&rwlock, &bad);
}

static int wait_till(void)
{
	pthread_mutex_lock(&mutex);
	int result = pthread_cond_timedwait(&cond, &mutex, &bad);
	pthread_mutex_unlock(&mutex);
	return result;
}

static pthread_mutex_t *make(int type, int robust)
{
	static pthread_mutex_t made;
	pthread_mutexattr_t attr;
	pthread_mutexattr_init(&attr);
	pthread_mutexattr_settype(&attr, type);
	pthread_mutexattr_setrobust(&attr, robust);
	CHECK(pthread_mutex_init(&made, &attr) == 0);
	return &made;
}

/* May run on no processor at all. */
static int create(void)
{
	pthread_t thread;
	pthread_attr_t attr;
	cpu_set_t none;
	pthread_attr_init(&attr);
	CPU_ZERO(&none);
	pthread_attr_setaffinity_np(&attr, sizeof none, &none);
	return pthread_create(&thread, &attr, returns, NULL);
}

static int use_semaphore(void)
{
	sem_t semaphore;
	if (is("first-value"))
		return sem_init(&semaphore, 0, UINT_MAX);
	CHECK(sem_init(&semaphore, 0, is("overflow") ? SEM_VALUE_MAX : 0) == 0);
	return is("overflow") ? sem_post(&semaphore) : sem_timedwait(&semaphore, &bad);
}

static int fails(void)
{
	if (is("clock"))
		return pthread_mutex_clocklock(&mutex, 42, &past);
	if (is("mutex-time"))
		return lock_till();
	if (is("read-time"))
		return read_till();
	if (is("read-free") || is("write-free"))
		return take_free();
	if (is("write-clock"))
		return pthread_rwlock_clockwrlock(&rwlock, 42, &past);
	if (is("cond-time"))
		return wait_till();
	if (is("unlock"))
		return pthread_mutex_unlock(make(PTHREAD_MUTEX_RECURSIVE, 0));
	if (is("processors"))
		return create();
	if (is("barrier"))
		return pthread_barrier_init(&barrier, NULL, 0);
	return use_semaphore() < 0 ? errno : 0;
}

int main(int argc, char **argv)
{
	how = argc > 1 ? argv[1] : "clock";
	printf("%d\n", fails());
	return 7;
}
