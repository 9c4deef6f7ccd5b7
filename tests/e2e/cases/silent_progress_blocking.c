/* SPDX-License-Identifier: Apache-2.0
 *
 * Long calls that keep nobody from going on: without a lock; with one that nobody waits for; while
 * others wait for another thread's; of a reader beside readers; and a short call while one waits.
 */
// variants: unlocked alone other readers short
// options: blocking_ms=20
// options[short]: blocking_ms=5000
// expect: silent
#include "case.h"

static pthread_mutex_t held = PTHREAD_MUTEX_INITIALIZER, own = PTHREAD_MUTEX_INITIALIZER;
static pthread_rwlock_t shared = PTHREAD_RWLOCK_INITIALIZER;
static pid_t waiter;

static void *wait_for_it(void *unused)
{
	publish_tid(&waiter);
	CHECK(pthread_mutex_lock(&held) == 0);
	CHECK(pthread_mutex_unlock(&held) == 0);
	return unused;
}

static void *read_it(void *unused)
{
	CHECK(pthread_rwlock_rdlock(&shared) == 0);
	CHECK(pthread_rwlock_unlock(&shared) == 0);
	return unused;
}

/* Holds what the waiter wants until the main thread has slept, with a lock of its own. */
static void *hold(void *unused)
{
	CHECK(pthread_mutex_lock(&held) == 0);
	turn_next();
	turn_await(2);
	CHECK(pthread_mutex_unlock(&held) == 0);
	return unused;
}

static void rest(void)
{
	CHECK(usleep(60000) == 0);
}

static void with_readers(void)
{
	pthread_t other;
	CHECK(pthread_rwlock_rdlock(&shared) == 0);
	START(&other, read_it, NULL);
	rest();
	CHECK(pthread_rwlock_unlock(&shared) == 0);
	JOIN(other);
}

static void beside_a_holder(void)
{
	pthread_t holder, other;
	START(&holder, hold, NULL);
	turn_await(1);
	START(&other, wait_for_it, NULL);
	await_blocked(&waiter);
	CHECK(pthread_mutex_lock(&own) == 0);
	rest();
	CHECK(pthread_mutex_unlock(&own) == 0);
	turn_next();
	JOIN(holder);
	JOIN(other);
}

static void for_a_moment(void)
{
	pthread_t other;
	CHECK(pthread_mutex_lock(&held) == 0);
	START(&other, wait_for_it, NULL);
	await_blocked(&waiter);
	CHECK(usleep(1000) == 0);
	CHECK(pthread_mutex_unlock(&held) == 0);
	JOIN(other);
}

static void alone(int locked)
{
	pthread_t other;
	if (locked)
		CHECK(pthread_mutex_lock(&own) == 0);
	START(&other, wait_for_it, NULL);
	rest();
	if (locked)
		CHECK(pthread_mutex_unlock(&own) == 0);
	JOIN(other);
}

int main(int argc, char **argv)
{
	const char *how = argc > 1 ? argv[1] : "unlocked";
	if (!strcmp(how, "readers"))
		with_readers();
	else if (!strcmp(how, "other"))
		beside_a_holder();
	else if (!strcmp(how, "short"))
		for_a_moment();
	else
		alone(!strcmp(how, "alone"));
	puts("done");
	return 7;
}
