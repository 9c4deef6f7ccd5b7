/* SPDX-License-Identifier: Apache-2.0
 *
 * The channel library's own lock: one futex word, never a pthread mutex, so that no detector of
 * pthread locks sees it.  It is held for a few instructions and a copy of one element, never across
 * a wait, a callback or an allocation; so waiting spins for a short while where there is more than
 * one CPU, and then sleeps.  Not recursive, not for signal handlers.  Several may be held at once
 * only by select, which takes them in order of address. */
#ifndef SN_CHANNEL_LOCK_H
#define SN_CHANNEL_LOCK_H

#include <stdint.h>
#include "channel/order.h"

/* Zeroed memory is a free lock. */
struct sn_mutex {
	uint32_t word; /* 0 free, 1 held, 2 held and perhaps slept for */
};

void sn_mutex_wait(struct sn_mutex *m, int calm);
void sn_mutex_wake(struct sn_mutex *m);

static inline int sn_mutex_try(struct sn_mutex *m)
{
	uint32_t word = 0;

	/* Acquire pairs with the release in sn_mutex_give. */
	return __atomic_compare_exchange_n(&m->word, &word, 1, 0, __ATOMIC_ACQUIRE,
					   __ATOMIC_RELAXED);
}

/* Bare: for objects that say themselves what they order, and do not order all their users. */
static inline void sn_mutex_take_bare(struct sn_mutex *m)
{
	if (__builtin_expect(!sn_mutex_try(m), 0))
		sn_mutex_wait(m, 0);
}

/* For an object whose users come many times in a row, a queue: who finds it held stays away for a
 * while, so that the holder can do several operations before the object's cache lines, whose
 * transfer costs more than an operation does, go over to the other CPU. */
static inline void sn_mutex_take_bare_calmly(struct sn_mutex *m)
{
	if (__builtin_expect(!sn_mutex_try(m), 0))
		sn_mutex_wait(m, 1);
}

static inline void sn_mutex_give_bare(struct sn_mutex *m)
{
	if (__builtin_expect(__atomic_exchange_n(&m->word, 0, __ATOMIC_RELEASE) == 2, 0))
		sn_mutex_wake(m);
}

static inline void sn_mutex_take(struct sn_mutex *m)
{
	sn_mutex_take_bare(m);
	sn_order_acquire(m);
}

static inline void sn_mutex_give(struct sn_mutex *m)
{
	sn_order_release(m);
	sn_mutex_give_bare(m);
}

#endif
