/* SPDX-License-Identifier: Apache-2.0
 *
 * Locks that are held for long and keep nobody from going on, or are not held all that long: nobody
 * waits; others only try; others read as well; a once routine, whose result is what the others wait
 * for; readers that take turns, so that a writer waits while nobody holds for long; and waits that
 * are long enough, but not to be looked at.
 */
// variants: alone tried readers once turns off
// options: held_ms=100:blocking_ms=1000000:livelock_ms=1000000:starvation_passes=1000000000
// options[turns]: held_ms=3000:starvation_passes=1000000000:inversion_ms=1000000
// options[off]: held_ms=0:blocking_ms=1000000
// expect: silent
#include "case.h"

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_rwlock_t rwlock = PTHREAD_RWLOCK_INITIALIZER;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static int done;

static void rest(long ms)
{
	struct timespec until = soon(CLOCK_MONOTONIC, ms);
	CHECK(clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL) == 0);
}

static void *try(void *unused)
{
	while (!__atomic_load_n(&done, __ATOMIC_ACQUIRE)) {
		CHECK(pthread_mutex_trylock(&mutex) == EBUSY);
		rest(1);
	}
	return unused;
}

static void *read_it(void *unused)
{
	CHECK(pthread_rwlock_rdlock(&rwlock) == 0);
	CHECK(pthread_rwlock_unlock(&rwlock) == 0);
	return unused;
}

static void *write_it(void *unused)
{
	CHECK(pthread_rwlock_wrlock(&rwlock) == 0);
	CHECK(pthread_rwlock_unlock(&rwlock) == 0);
	return unused;
}

static void *lock_it(void *unused)
{
	CHECK(pthread_mutex_lock(&mutex) == 0);
	CHECK(pthread_mutex_unlock(&mutex) == 0);
	return unused;
}

static void routine(void)
{
	rest(400);
}

static void *run_once(void *unused)
{
	CHECK(pthread_once(&once, routine) == 0);
	return unused;
}

/* Holds the lock for reading in turn with the other one, so that it is never free. */
static void *take_turns(void *second)
{
	for (int turn = second ? 1 : 0; !__atomic_load_n(&done, __ATOMIC_ACQUIRE); turn += 2) {
		turn_reached(turn);
		CHECK(pthread_rwlock_rdlock(&rwlock) == 0);
		turn_next();
		while (__atomic_load_n(&turn_now, __ATOMIC_ACQUIRE) < turn + 2 &&
		       !__atomic_load_n(&done, __ATOMIC_ACQUIRE))
			sched_yield();
		CHECK(pthread_rwlock_unlock(&rwlock) == 0);
	}
	turn_next();
	return NULL;
}

static void in_turns(void)
{
	pthread_t first, second, writer;
	START(&first, take_turns, NULL);
	turn_reached(1);
	START(&writer, write_it, NULL);
	START(&second, take_turns, &first);
	rest(4500);
	__atomic_store_n(&done, 1, __ATOMIC_RELEASE);
	JOIN(first);
	JOIN(second);
	JOIN(writer);
}

static void held_beside(void *(*other)(void *), int held)
{
	pthread_t thread;
	if (held)
		CHECK(pthread_mutex_lock(&mutex) == 0 && pthread_rwlock_rdlock(&rwlock) == 0);
	START(&thread, other, NULL);
	if (!held)
		CHECK(pthread_once(&once, routine) == 0);
	rest(400);
	__atomic_store_n(&done, 1, __ATOMIC_RELEASE);
	if (held)
		CHECK(pthread_mutex_unlock(&mutex) == 0 && pthread_rwlock_unlock(&rwlock) == 0);
	JOIN(thread);
}

int main(int argc, char **argv)
{
	const char *how = argc > 1 ? argv[1] : "alone";
	if (!strcmp(how, "turns"))
		in_turns();
	else if (!strcmp(how, "once"))
		held_beside(run_once, 0);
	else
		held_beside(!strcmp(how, "tried")     ? try
			    : !strcmp(how, "readers") ? read_it
			    : !strcmp(how, "off")     ? lock_it
						      : run_once,
			    1);
	puts("done");
	return 0;
}
