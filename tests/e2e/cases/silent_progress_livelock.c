/* SPDX-License-Identifier: Apache-2.0
 *
 * Failed attempts that are no livelock: each fails often but gets its locks in between, by the same
 * call or by another one ("fallback": it waits for the other lock and takes its own anew); or only
 * one of the two keeps trying ("one", "gave-up": the other one has stopped). And few attempts of
 * threads that let go of their own lock after each ("restarts"), or of one only ("slow-one"). In
 * "gave-up" both fail for a while, which on a busy machine may last: held_ms is out of reach. */
// variants: succeeds fallback one gave-up restarts slow-one
// options: livelock_attempts=100:livelock_ms=10:held_ms=1000000
// options: blocking_ms=100000:inversion_ms=100000:starvation_ms=100000
// options[restarts]: livelock_attempts=100:livelock_ms=10:held_ms=50
// options[restarts]: blocking_ms=100000:inversion_ms=100000:starvation_ms=100000
// options[slow-one]: livelock_attempts=100:livelock_ms=10:held_ms=50
// options[slow-one]: blocking_ms=100000:inversion_ms=100000:starvation_ms=100000
// expect: silent
#include "case.h"

static pthread_mutex_t mutexes[2] = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_MUTEX_INITIALIZER};
static const char *how;
static int arrived;

static void meet(void)
{
	int n = __atomic_add_fetch(&arrived, 1, __ATOMIC_ACQ_REL);
	while (__atomic_load_n(&arrived, __ATOMIC_ACQUIRE) < (n + 1) / 2 * 2)
		sched_yield();
}

static void rest(int i)
{
	if (i % 64 == 0)
		usleep(1000);
}

static void fail_at(int i)
{
	CHECK(pthread_mutex_trylock(&mutexes[i]) == EBUSY);
}

/* One after the other, each in its turn. */
static void get_both(int own, int first, int second, int by_try)
{
	for (int turn = 0; turn < 2; turn++) {
		if (turn == own) {
			CHECK(pthread_mutex_lock(&mutexes[first]) == 0);
			CHECK((by_try ? pthread_mutex_trylock
				      : pthread_mutex_lock)(&mutexes[second]) == 0);
			CHECK(pthread_mutex_unlock(&mutexes[second]) == 0);
			CHECK(pthread_mutex_unlock(&mutexes[first]) == 0);
		}
		meet();
	}
}

static void *compete(void *number)
{
	int own = (int)(long)number, by_try = !strcmp(how, "succeeds");
	for (int i = 0; i < 1000; i++) {
		CHECK(pthread_mutex_lock(&mutexes[own]) == 0);
		meet();
		rest(i);
		fail_at(!own);
		meet();
		CHECK(pthread_mutex_unlock(&mutexes[own]) == 0);
		meet();
		if (by_try)
			get_both(own, own, !own, 1);
		else
			get_both(own, 0, 1, 0);
	}
	return NULL;
}

/* The first keeps trying; the second holds its lock, and tries only at first where it gave up. */
static void *only_one_tries(void *number)
{
	int own = (int)(long)number, both = !strcmp(how, "gave-up");
	CHECK(pthread_mutex_lock(&mutexes[own]) == 0);
	meet();
	for (int i = 0; i < 3000; i++) {
		rest(i);
		if (!own || (both && i < 500))
			fail_at(!own);
		if (i == 500)
			meet();
	}
	meet();
	CHECK(pthread_mutex_unlock(&mutexes[own]) == 0);
	return NULL;
}

static void *seldom(void *number)
{
	int own = (int)(long)number, keeps = !strcmp(how, "slow-one");
	for (int i = 0; i < 30; i++) {
		if (!keeps || !i)
			CHECK(pthread_mutex_lock(&mutexes[own]) == 0);
		meet();
		if (!keeps || !own)
			fail_at(!own);
		meet();
		if (!keeps)
			CHECK(pthread_mutex_unlock(&mutexes[own]) == 0);
		usleep(10000);
	}
	if (keeps)
		CHECK(pthread_mutex_unlock(&mutexes[own]) == 0);
	return NULL;
}

int main(int argc, char **argv)
{
	pthread_t threads[2];
	how = argc > 1 ? argv[1] : "succeeds";
	int compete_all = !strcmp(how, "succeeds") || !strcmp(how, "fallback");
	int is_slow = !strcmp(how, "restarts") || !strcmp(how, "slow-one");
	for (long i = 0; i < 2; i++)
		START(&threads[i],
		      is_slow       ? seldom
		      : compete_all ? compete
				    : only_one_tries,
		      (void *)i);
	for (int i = 0; i < 2; i++)
		JOIN(threads[i]);
	puts("done");
	return 7;
}
