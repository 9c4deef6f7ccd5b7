/* SPDX-License-Identifier: Apache-2.0
 *
 * One face for every type of lock, so that a scenario is written once and tried on all of them: the
 * program's first argument names the type.  The calls are inlined into the scenario, so that stacks
 * look like those of a program that calls pthread itself. */
#ifndef TESTS_E2E_LOCKS_H
#define TESTS_E2E_LOCKS_H

#include "case.h"
#include <threads.h>

enum lock_kind {
	NORMAL,
	RECURSIVE,
	ERRORCHECK,
	ADAPTIVE,
	PI,
	ROBUST,
	PSHARED,
	RWLOCK,
	RWLOCK_WRITER,
	SPIN,
	MTX,
	MTX_TIMED,
	MTX_RECURSIVE,
	LOCK_KINDS
};

struct lock {
	enum lock_kind kind;
	union {
		pthread_mutex_t mutex;
		pthread_rwlock_t rwlock;
		pthread_spinlock_t spin;
		mtx_t mtx;
	};
};

#define INLINE static inline __attribute__((always_inline, unused))

static inline enum lock_kind lock_kind(const char *name)
{
	static const char *const names[] = {"normal",       "recursive", "errorcheck", "adaptive",
					    "pi",           "robust",    "pshared",    "rwlock",
					    "writer",       "spin",      "mtx",        "mtx-timed",
					    "mtx-recursive"};
	for (int i = 0; i < LOCK_KINDS; i++)
		if (name && !strcmp(name, names[i]))
			return (enum lock_kind)i;
	fprintf(stderr, "no such lock: %s\n", name ? name : "(none)");
	_exit(3);
}

static inline void mutex_init(pthread_mutex_t *mutex, enum lock_kind kind)
{
	pthread_mutexattr_t attr;
	CHECK(pthread_mutexattr_init(&attr) == 0);
	if (kind == RECURSIVE)
		CHECK(pthread_mutexattr_settype(&attr, PTHREAD_MUTEX_RECURSIVE) == 0);
	if (kind == ERRORCHECK)
		CHECK(pthread_mutexattr_settype(&attr, PTHREAD_MUTEX_ERRORCHECK) == 0);
	if (kind == ADAPTIVE)
		CHECK(pthread_mutexattr_settype(&attr, PTHREAD_MUTEX_ADAPTIVE_NP) == 0);
	if (kind == PI)
		CHECK(pthread_mutexattr_setprotocol(&attr, PTHREAD_PRIO_INHERIT) == 0);
	if (kind == ROBUST)
		CHECK(pthread_mutexattr_setrobust(&attr, PTHREAD_MUTEX_ROBUST) == 0);
	if (kind == PSHARED)
		CHECK(pthread_mutexattr_setpshared(&attr, PTHREAD_PROCESS_SHARED) == 0);
	CHECK(pthread_mutex_init(mutex, &attr) == 0);
	pthread_mutexattr_destroy(&attr);
}

static inline void rwlock_init(pthread_rwlock_t *rwlock, int writer)
{
	pthread_rwlockattr_t attr;
	CHECK(pthread_rwlockattr_init(&attr) == 0);
	if (writer)
		CHECK(pthread_rwlockattr_setkind_np(
			      &attr, PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP) == 0);
	CHECK(pthread_rwlock_init(rwlock, &attr) == 0);
	pthread_rwlockattr_destroy(&attr);
}

static inline void lock_init(struct lock *l, enum lock_kind kind)
{
	l->kind = kind;
	if (kind <= PSHARED)
		mutex_init(&l->mutex, kind);
	else if (kind <= RWLOCK_WRITER)
		rwlock_init(&l->rwlock, kind == RWLOCK_WRITER);
	else if (kind == SPIN)
		CHECK(pthread_spin_init(&l->spin, PTHREAD_PROCESS_PRIVATE) == 0);
	else
		CHECK(mtx_init(&l->mtx, kind == MTX_TIMED       ? mtx_timed
					: kind == MTX_RECURSIVE ? mtx_plain | mtx_recursive
								: mtx_plain) == thrd_success);
}

/* Blocks; for an rwlock it is the write lock. */
INLINE int lock_take(struct lock *l)
{
	if (l->kind <= PSHARED)
		return pthread_mutex_lock(&l->mutex);
	if (l->kind <= RWLOCK_WRITER)
		return pthread_rwlock_wrlock(&l->rwlock);
	if (l->kind == SPIN)
		return pthread_spin_lock(&l->spin);
	return mtx_lock(&l->mtx) == thrd_success ? 0 : EINVAL;
}

INLINE int lock_try(struct lock *l)
{
	if (l->kind <= PSHARED)
		return pthread_mutex_trylock(&l->mutex);
	if (l->kind <= RWLOCK_WRITER)
		return pthread_rwlock_trywrlock(&l->rwlock);
	if (l->kind == SPIN)
		return pthread_spin_trylock(&l->spin);
	return mtx_trylock(&l->mtx) == thrd_success ? 0 : EBUSY;
}

/* Not for spin locks, which know no time. */
INLINE int lock_timed(struct lock *l, long ms)
{
	struct timespec t = soon(CLOCK_REALTIME, ms);
	if (l->kind <= PSHARED)
		return pthread_mutex_timedlock(&l->mutex, &t);
	if (l->kind <= RWLOCK_WRITER)
		return pthread_rwlock_timedwrlock(&l->rwlock, &t);
	return mtx_timedlock(&l->mtx, &t) == thrd_success ? 0 : ETIMEDOUT;
}

/* Only for pthread mutexes and rwlocks. */
INLINE int lock_clock(struct lock *l, long ms)
{
	struct timespec t = soon(CLOCK_MONOTONIC, ms);
	if (l->kind <= PSHARED)
		return pthread_mutex_clocklock(&l->mutex, CLOCK_MONOTONIC, &t);
	return pthread_rwlock_clockwrlock(&l->rwlock, CLOCK_MONOTONIC, &t);
}

INLINE int lock_drop(struct lock *l)
{
	if (l->kind <= PSHARED)
		return pthread_mutex_unlock(&l->mutex);
	if (l->kind <= RWLOCK_WRITER)
		return pthread_rwlock_unlock(&l->rwlock);
	if (l->kind == SPIN)
		return pthread_spin_unlock(&l->spin);
	return mtx_unlock(&l->mtx) == thrd_success ? 0 : EPERM;
}

static inline int lock_destroy(struct lock *l)
{
	if (l->kind <= PSHARED)
		return pthread_mutex_destroy(&l->mutex);
	if (l->kind <= RWLOCK_WRITER)
		return pthread_rwlock_destroy(&l->rwlock);
	if (l->kind == SPIN)
		return pthread_spin_destroy(&l->spin);
	mtx_destroy(&l->mtx);
	return 0;
}

#endif
