/* SPDX-License-Identifier: Apache-2.0
 *
 * See memory.h. */
#include "race/memory.h"
#include <string.h>
#include <sys/mman.h>

void *sn_race_map(size_t bytes)
{
	long at = sn_sys(SYS_mmap, 0, bytes, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	return at < 0 && at > -4096 ? NULL : (void *)at;
}

void sn_race_give_back(void *start, size_t bytes)
{
	sn_sys(SYS_madvise, start, bytes, MADV_DONTNEED);
}

static uint32_t take_locked(struct sn_race_pool *p)
{
	uint32_t block = p->free;
	if (block) {
		memcpy(&p->free, sn_race_pool_at(p, block), sizeof p->free);
		return block;
	}
	if (!p->start && !(p->start = sn_race_map((size_t)p->block * p->most)))
		return 0;
	return p->used < p->most ? p->used++ : 0;
}

uint32_t sn_race_pool_take(struct sn_race_pool *p)
{
	sn_race_lock(&p->lock);
	uint32_t block = take_locked(p);
	sn_race_unlock(&p->lock);
	return block;
}

void sn_race_pool_give(struct sn_race_pool *p, uint32_t block)
{
	if (!block)
		return;
	sn_race_lock(&p->lock);
	memcpy(sn_race_pool_at(p, block), &p->free, sizeof p->free);
	p->free = block;
	sn_race_unlock(&p->lock);
}
