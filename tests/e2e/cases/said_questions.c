/* SPDX-License-Identifier: Apache-2.0
 *
 * Who holds what, as the program can ask: mutexes, read-write locks, spin locks, C11's, annotated
 * ones; by itself, without the detector, it is not known. */
// expect: silent
// mode: both
#include "said.h"
#include <threads.h>

static int failures;

static void count_failure(const char *file, int line, const char *text, void *context)
{
	(void)file;
	(void)line;
	CHECK(strstr(text, "lock"));
	++*(int *)context;
}

static long asked;

static void *ask_holder(void *lock)
{
	asked = snarl_holder(lock);
	return NULL;
}

/* The answer where the detector is there, and the one where it is not. */
static void is(int answer, int expected)
{
	CHECK(answer == (snarl_api() ? expected : SNARL_UNKNOWN));
}

static void check(void *lock, int (*take)(void *), int (*give)(void *))
{
	pthread_t other;
	is(snarl_held_by_me(lock), 0);
	is((int)snarl_holder(lock), 0);
	CHECK(take(lock) == 0);
	is(snarl_held_by_me(lock), 1);
	START(&other, ask_holder, lock);
	JOIN(other);
	is((int)asked, (int)gettid());
	failures = 0;
	snarl_assert_held(lock);
	CHECK(failures == 0);
	snarl_assert_not_held(lock);
	CHECK(failures == (snarl_api() ? 1 : 0));
	CHECK(give(lock) == 0);
	is(snarl_held_by_me(lock), 0);
	snarl_assert_not_held(lock);
	CHECK(failures == (snarl_api() ? 1 : 0));
	snarl_assert_held(lock);
	CHECK(failures == (snarl_api() ? 2 : 0));
}

#define AS(name, call, type)                                                                       \
	static int name(void *lock)                                                                \
	{                                                                                          \
		return call((type *)lock);                                                         \
	}
AS(lock_mutex, pthread_mutex_lock, pthread_mutex_t)
AS(unlock_mutex, pthread_mutex_unlock, pthread_mutex_t)
AS(lock_read, pthread_rwlock_rdlock, pthread_rwlock_t)
AS(lock_write, pthread_rwlock_wrlock, pthread_rwlock_t)
AS(unlock_rwlock, pthread_rwlock_unlock, pthread_rwlock_t)
AS(lock_spin, pthread_spin_lock, pthread_spinlock_t)
AS(unlock_spin, pthread_spin_unlock, pthread_spinlock_t)
AS(lock_c11, mtx_lock, mtx_t)
AS(unlock_c11, mtx_unlock, mtx_t)

static int take_own(void *lock)
{
	snarl_lock_acquiring(lock, 0);
	CHECK(!__atomic_exchange_n((int *)lock, 1, __ATOMIC_ACQUIRE));
	snarl_lock_acquired(lock, 0);
	return 0;
}

static int give_own(void *lock)
{
	snarl_lock_released(lock, 0);
	__atomic_store_n((int *)lock, 0, __ATOMIC_RELEASE);
	return 0;
}

int main(void)
{
	static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
	static pthread_rwlock_t rwlock = PTHREAD_RWLOCK_INITIALIZER;
	static pthread_spinlock_t spin;
	static mtx_t c11;
	static int own;
	snarl_on_failure(count_failure, &failures);
	pthread_spin_init(&spin, 0);
	CHECK(mtx_init(&c11, mtx_plain) == thrd_success);
	check(&mutex, lock_mutex, unlock_mutex);
	check(&rwlock, lock_read, unlock_rwlock);
	check(&rwlock, lock_write, unlock_rwlock);
	check((void *)&spin, lock_spin, unlock_spin);
	check(&c11, lock_c11, unlock_c11);
	check(&own, take_own, give_own);
	puts("done");
	return 0;
}
