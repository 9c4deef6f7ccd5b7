/* SPDX-License-Identifier: Apache-2.0
 *
 * A thread waits for a lock that others release and take again before it can: the waiter is woken
 * and finds it taken, or, of an rwlock that prefers readers, there is always a reader.  With
 * "at-end" the process ends meanwhile.  The waiter is kept in a signal handler while the lock is
 * free: by luck alone a quick one would win now and then. */
// variants: mutex recursive slow rwlock at-end
// options: starvation_ms=20:starvation_passes=10
// options: blocking_ms=100000:inversion_ms=100000:leaks=off
// options[slow]: starvation_ms=20:starvation_passes=10
// options[slow]: blocking_ms=100000:inversion_ms=100000:leaks=off:fast_path=0
// expect: starvation suspect
// json: roles(f) == ["waits", "holds"]
#include <signal.h>
#include "case.h"

static pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;
static pthread_rwlock_t l = PTHREAD_RWLOCK_INITIALIZER;
static pid_t waiter;
static int stop;

static void *wait_for_it(void *is_rwlock)
{
	publish_tid(&waiter);
	while (!__atomic_load_n(&stop, __ATOMIC_ACQUIRE)) {
		CHECK((is_rwlock ? pthread_rwlock_wrlock(&l) : pthread_mutex_lock(&m)) == 0);
		CHECK((is_rwlock ? pthread_rwlock_unlock(&l) : pthread_mutex_unlock(&m)) == 0);
	}
	return NULL;
}

static double now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static int late; /* 1: the waiter is to be kept, 2: it is kept */

static void keep(int unused)
{
	(void)unused;
	__atomic_store_n(&late, 2, __ATOMIC_RELEASE);
	while (__atomic_load_n(&late, __ATOMIC_ACQUIRE))
		sched_yield();
}

/* Unlocks and locks so often and for so long, each time before the waiter can. */
static void pass_over(pthread_t other, int times, double seconds)
{
	double begin = now();
	for (int i = 0; i < times || now() < begin + seconds; i++) {
		await_blocked(&waiter);
		__atomic_store_n(&late, 1, __ATOMIC_RELEASE);
		CHECK(pthread_kill(other, SIGUSR1) == 0);
		while (__atomic_load_n(&late, __ATOMIC_ACQUIRE) != 2)
			sched_yield();
		CHECK(pthread_mutex_unlock(&m) == 0);
		CHECK(pthread_mutex_lock(&m) == 0);
		__atomic_store_n(&late, 0, __ATOMIC_RELEASE);
	}
}

/* Two holds of one thread's overlap, so that the lock is never free. */
static void *read_for_ever(void *unused)
{
	double begin = now();
	CHECK(pthread_rwlock_rdlock(&l) == 0);
	turn_next();
	await_blocked(&waiter);
	for (int i = 0; i < 50 || now() < begin + 0.05; i++) {
		CHECK(pthread_rwlock_rdlock(&l) == 0);
		CHECK(pthread_rwlock_unlock(&l) == 0);
	}
	__atomic_store_n(&stop, 1, __ATOMIC_RELEASE);
	CHECK(pthread_rwlock_unlock(&l) == 0);
	return unused;
}

int main(int argc, char **argv)
{
	const char *how = argc > 1 ? argv[1] : "mutex";
	int is_rwlock = !strcmp(how, "rwlock"), at_end = !strcmp(how, "at-end");
	pthread_t other, reader;
	pthread_mutexattr_t a;
	CHECK(pthread_mutexattr_init(&a) == 0);
	if (!strcmp(how, "recursive"))
		CHECK(pthread_mutexattr_settype(&a, PTHREAD_MUTEX_RECURSIVE) == 0);
	CHECK(pthread_mutex_init(&m, &a) == 0);
	if (is_rwlock) {
		START(&reader, read_for_ever, NULL);
		turn_reached(1);
	} else {
		CHECK(signal(SIGUSR1, keep) != SIG_ERR);
		CHECK(pthread_mutex_lock(&m) == 0);
	}
	START(&other, wait_for_it, is_rwlock ? &l : NULL);
	if (is_rwlock) {
		JOIN(reader);
	} else {
		pass_over(other, 50, 0.05);
		if (at_end) {
			puts("done");
			exit(7);
		}
		__atomic_store_n(&stop, 1, __ATOMIC_RELEASE);
		CHECK(pthread_mutex_unlock(&m) == 0);
	}
	JOIN(other);
	puts("done");
	return 7;
}
