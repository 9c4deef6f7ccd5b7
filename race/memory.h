/* SPDX-License-Identifier: Apache-2.0
 *
 * Memory of the race engine, straight from the kernel: ranges that take real space only where they
 * are touched, and a lock for work of a few dozen instructions.  Who holds such a lock is marked
 * busy (struct sn_race_thread), so that a signal handler never waits for what it has interrupted.
 */
#ifndef SN_RACE_MEMORY_H
#define SN_RACE_MEMORY_H

#include <stddef.h>
#include <stdint.h>
#include <sched.h>
#include "base/sys.h"

#define SN_RACE_COLD __attribute__((noinline, cold))
#define SN_RACE_SLOW __attribute__((noinline))
#define sn_race_likely(x) __builtin_expect(!!(x), 1)
#define sn_race_unlikely(x) __builtin_expect(!!(x), 0)

/* Zeros; NULL where there is no room. */
void *sn_race_map(size_t bytes);
/* Makes whole pages zeros again that take no space. */
void sn_race_give_back(void *start, size_t bytes);

struct sn_race_lock {
	uint32_t taken;
};

static inline void sn_race_lock(struct sn_race_lock *l)
{
	for (uint32_t n = 0; __atomic_exchange_n(&l->taken, 1, __ATOMIC_ACQUIRE); n++)
		if (n > 64)
			sn_sys(SYS_sched_yield);
		else
			__builtin_ia32_pause();
}

/* For who may have interrupted its holder: 0 where it stays taken. */
static inline int sn_race_try_lock(struct sn_race_lock *l)
{
	uint32_t n = 0;
	while (__atomic_exchange_n(&l->taken, 1, __ATOMIC_ACQUIRE)) {
		if (++n == 10000)
			return 0;
		sn_sys(SYS_sched_yield);
	}
	return 1;
}

static inline void sn_race_unlock(struct sn_race_lock *l)
{
	__atomic_store_n(&l->taken, 0, __ATOMIC_RELEASE);
}

/* Blocks of equal size in one reserved range, by number; 0 is none. Freed ones are used again. The
 * memory of a block is never unmapped, so whoever reads an outdated number reads a wrong block and
 * nothing worse. */
struct sn_race_pool {
	struct sn_race_lock lock;
	uint32_t block; /* bytes */
	uint32_t most;
	uint32_t used;
	uint32_t free; /* the first of those that were freed; each begins with the next one's number
			*/
	char *start;
};

#define SN_RACE_POOL(bytes, count)                                                                 \
	{                                                                                          \
		.block = (bytes), .most = (count), .used = 1                                       \
	}

uint32_t sn_race_pool_take(struct sn_race_pool *p);
void sn_race_pool_give(struct sn_race_pool *p, uint32_t block);

static inline void *sn_race_pool_at(const struct sn_race_pool *p, uint32_t block)
{
	return p->start + (size_t)block * p->block;
}

#endif
