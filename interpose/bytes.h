/* SPDX-License-Identifier: Apache-2.0
 *
 * Bytes that no initialised object of glibc's has, whatever threads do with it: words that only an
 * init writes and that have few values, and counts of threads that are higher than any.  Layouts
 * are those since glibc 2.25. */
#ifndef SN_INTERPOSE_BYTES_H
#define SN_INTERPOSE_BYTES_H

#include <semaphore.h>
#include "interpose/misuse.h"

/* The kernel's thread ids are below it, and so is the number of threads. */
#define SN_TIDS_MOST (1u << 22)
#define SN_GLIBC_SHARED 128u

#define SN_WORD_SEMAPHORE_PRIVATE 2
#define SN_WORD_BARRIER_COUNT 2
#define SN_WORD_BARRIER_SHARED 3
#define SN_WORD_COND_WREFS 9
#define SN_COND_WREF 8u /* above three flags it counts the waiters */

static inline uint32_t sn_bytes_word(const void *address, int word)
{
	return __atomic_load_n((const uint32_t *)address + word, __ATOMIC_RELAXED);
}

static inline int sn_bytes_no_semaphore(const void *s)
{
	return (sn_bytes_word(s, SN_WORD_SEMAPHORE_PRIVATE) & ~SN_GLIBC_SHARED) != 0;
}

/* Of the generation since GLIBC_2.3.2: the older one's objects are one pointer. */
static inline int sn_bytes_no_cond(const void *c)
{
	return sn_bytes_word(c, SN_WORD_COND_WREFS) / SN_COND_WREF >= SN_TIDS_MOST;
}

static inline int sn_bytes_no_barrier(const void *b)
{
	return !sn_bytes_word(b, SN_WORD_BARRIER_COUNT) ||
	       (sn_bytes_word(b, SN_WORD_BARRIER_SHARED) & ~SN_GLIBC_SHARED) != 0;
}

/* x86-64's word: 1 is free, 0 and less is taken. */
static inline int sn_bytes_no_spin(const volatile int *l)
{
	return *l > 1;
}

/* A call was given such an object: tells, and lets the call do what it does. Keeps errno. */
SN_COLD void sn_bytes_tell(const void *address, uint32_t type, struct sn_site site);

#endif
