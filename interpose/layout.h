/* SPDX-License-Identifier: Apache-2.0
 *
 * The parts of glibc's mutex and rwlock that the shim looks into, and the fields that glibc leaves
 * unused in which it keeps a lock's identity.  The public headers declare these structures;
 * layout.c tests at the start that they behave as believed, and falls back to the real functions
 * where not. */
#ifndef SN_INTERPOSE_LAYOUT_H
#define SN_INTERPOSE_LAYOUT_H

#include <pthread.h>
#include <stdint.h>
#include "base/recording.h"

#define SN_MUTEX_TYPE 3
#define SN_MUTEX_ROBUST 16
#define SN_MUTEX_PI 32
#define SN_MUTEX_PROTECT 64
#define SN_MUTEX_PSHARED 128

static inline int sn_mutex_kind(const pthread_mutex_t *m)
{
	return __atomic_load_n(&m->__data.__kind, __ATOMIC_RELAXED);
}

/* Whether the list field is free for us: glibc links robust mutexes through it, and what lies in
 * shared memory would show other processes our tags. */
static inline int sn_mutex_has_tag(int kind)
{
	return !(kind & (SN_MUTEX_ROBUST | SN_MUTEX_PSHARED));
}

static inline uint64_t *sn_mutex_tag(pthread_mutex_t *m)
{
	return (uint64_t *)(void *)&m->__data.__list.__prev;
}

static inline uint64_t *sn_mutex_hint(pthread_mutex_t *m)
{
	return (uint64_t *)(void *)&m->__data.__list.__next;
}

static inline uint32_t sn_mutex_owner(const pthread_mutex_t *m)
{
	return (uint32_t)__atomic_load_n(&m->__data.__owner, __ATOMIC_RELAXED);
}

uint32_t sn_mutex_type(int kind);
uint32_t sn_mutex_flags(int kind);

static inline int sn_rwlock_has_tag(const pthread_rwlock_t *l)
{
	return !l->__data.__shared;
}

static inline uint64_t *sn_rwlock_tag(pthread_rwlock_t *l)
{
	return (uint64_t *)(void *)&l->__data.__pad3;
}

static inline uint64_t *sn_rwlock_hint(pthread_rwlock_t *l)
{
	return (uint64_t *)(void *)&l->__data.__pad2;
}

_Static_assert(__builtin_offsetof(pthread_rwlock_t, __data.__pad3) % 8 == 0, "tag is aligned");

/* Behind the last field, up to the size that is fixed for ever: see sections.h. */
static inline uint32_t *sn_rwlock_salt(pthread_rwlock_t *l)
{
	return (uint32_t *)(void *)&l->__data.__flags + 1;
}

_Static_assert(__builtin_offsetof(pthread_rwlock_t, __data.__flags) + 8 == sizeof(pthread_rwlock_t),
	       "a word is left at the end");

/* glibc's word of an rwlock: three flags of writers and phases, and above them the number of
 * readers. While no flag is set, taking and giving up a read lock is adding and subtracting one. */
#define SN_RWLOCK_FLAGS 7u
#define SN_RWLOCK_READER 8u
#define SN_RWLOCK_MANY (1u << 30) /* towards the overflow, which the real function checks */

/* Whether glibc's mutex fast path may be inlined: 1 where every test of the layout passes. */
int sn_layout_test(void);
/* The same for that of read locks. */
int sn_layout_test_reads(void);

#endif
