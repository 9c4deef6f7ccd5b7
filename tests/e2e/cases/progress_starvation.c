/* SPDX-License-Identifier: Apache-2.0
 *
 * A thread waits for a lock that others release and take again before it can: the waiter is woken
 * and finds it taken, or, of an rwlock that prefers readers, there is always a reader.  With
 * "at-end" the process ends meanwhile.  On one processor, whose waker goes on before the woken:
 * with two a quick one wins now and then. */
// variants: mutex recursive slow rwlock at-end
// options: starvation_ms=20:starvation_passes=10
// options: blocking_ms=100000:inversion_ms=100000:leaks=off
// options[slow]: starvation_ms=20:starvation_passes=10
// options[slow]: blocking_ms=100000:inversion_ms=100000:leaks=off:fast_path=0
// expect: starvation suspect
// json: roles(f) == ["waits", "holds"]
#include "case.h"

static pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;
static pthread_rwlock_t l = PTHREAD_RWLOCK_INITIALIZER;
static pid_t waiter;
static int got;

static int stop;

static void *wait_for_it(void *is_rwlock)
{
	if (!is_rwlock)
		wake_up_last();
	publish_tid(&waiter);
	while (!__atomic_load_n(&stop, __ATOMIC_ACQUIRE)) {
		CHECK((is_rwlock ? pthread_rwlock_wrlock(&l) : pthread_mutex_lock(&m)) == 0);
		__atomic_add_fetch(&got, 1, __ATOMIC_ACQ_REL);
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

/* Unlocks and locks, until the waiter has been passed over so often and so long in one wait. */
static void pass_over(int times, double seconds)
{
	double begin = now();
	int had = 0;
	for (int i = 0;; i++) {
		await_blocked(&waiter);
		if (had != __atomic_load_n(&got, __ATOMIC_ACQUIRE)) {
			had = got;
			begin = now();
			i = 0;
		} else if (i >= times && now() >= begin + seconds) {
			break;
		}
		CHECK(pthread_mutex_unlock(&m) == 0);
		CHECK(pthread_mutex_lock(&m) == 0);
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
		share_one_processor();
		CHECK(pthread_mutex_lock(&m) == 0);
	}
	START(&other, wait_for_it, is_rwlock ? &l : NULL);
	if (is_rwlock) {
		JOIN(reader);
	} else {
		pass_over(50, 0.05);
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
