/* SPDX-License-Identifier: Apache-2.0
 *
 * The start-up self-test of glibc's mutex layout, on a mutex of our own: what the real functions
 * store must be what the inlined fast path believes, in both directions. */
#include "interpose/layout.h"
#include "interpose/real.h"
#include "interpose/shim.h"

uint32_t sn_mutex_type(int kind)
{
	static const uint32_t types[] = {SN_LOCK_MUTEX, SN_LOCK_MUTEX_RECURSIVE,
					 SN_LOCK_MUTEX_ERRORCHECK, SN_LOCK_MUTEX_ADAPTIVE};
	return types[kind & SN_MUTEX_TYPE];
}

uint32_t sn_mutex_flags(int kind)
{
	return (kind & SN_MUTEX_ROBUST ? SN_LOCK_ROBUST : 0) |
	       (kind & SN_MUTEX_PI ? SN_LOCK_PI : 0) |
	       (kind & SN_MUTEX_PSHARED ? SN_LOCK_PSHARED : 0);
}

static int kind_is(int type, int expected)
{
	pthread_mutexattr_t a;
	pthread_mutex_t m;
	pthread_mutexattr_init(&a);
	pthread_mutexattr_settype(&a, type);
	sn_real(pthread_mutex_init)(&m, &a);
	return m.__data.__kind == expected;
}

int sn_layout_test(void)
{
	uint32_t tid = (uint32_t)sn_sys(SYS_gettid);
	pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;
	int good = 1;
	sn_real(pthread_mutex_lock)(&m);
	good &= m.__data.__lock == 1 && m.__data.__owner == (int)tid && m.__data.__nusers == 1 &&
		m.__data.__kind == 0 && !m.__data.__list.__prev && !m.__data.__list.__next;
	good &= sn_real(pthread_mutex_trylock)(&m) == EBUSY;
	sn_real(pthread_mutex_unlock)(&m);
	good &= m.__data.__lock == 0 && m.__data.__owner == 0 && m.__data.__nusers == 0 &&
		m.__data.__kind == 0;
	m.__data.__lock = 1;
	m.__data.__owner = (int)tid;
	m.__data.__nusers = 1;
	good &= sn_real(pthread_mutex_trylock)(&m) == EBUSY;
	good &= sn_real(pthread_mutex_unlock)(&m) == 0 && m.__data.__lock == 0 &&
		m.__data.__owner == 0 && m.__data.__nusers == 0;
	good &= kind_is(PTHREAD_MUTEX_RECURSIVE, 1) && kind_is(PTHREAD_MUTEX_ERRORCHECK, 2) &&
		kind_is(PTHREAD_MUTEX_ADAPTIVE_NP, 3);
	return good;
}

int sn_layout_test_reads(void)
{
	pthread_rwlock_t l = PTHREAD_RWLOCK_INITIALIZER;
	unsigned *readers = &l.__data.__readers;
	int good = sn_real(pthread_rwlock_rdlock)(&l) == 0 && *readers == SN_RWLOCK_READER &&
		   sn_real(pthread_rwlock_trywrlock)(&l) == EBUSY;
	good &= sn_real(pthread_rwlock_unlock)(&l) == 0 && *readers == 0;
	/* A read lock that was taken by hand keeps writers out, and is given back as one. */
	*readers = 2 * SN_RWLOCK_READER;
	good &= sn_real(pthread_rwlock_trywrlock)(&l) == EBUSY &&
		sn_real(pthread_rwlock_unlock)(&l) == 0 && *readers == SN_RWLOCK_READER;
	/* One that was given back by hand lets a writer in, who shows in the flags. */
	*readers = 0;
	good &= sn_real(pthread_rwlock_trywrlock)(&l) == 0 && *readers & SN_RWLOCK_FLAGS &&
		l.__data.__cur_writer == (int)sn_sys(SYS_gettid);
	return good & (sn_real(pthread_rwlock_unlock)(&l) == 0 && l.__data.__cur_writer == 0);
}
