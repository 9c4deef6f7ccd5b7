/* SPDX-License-Identifier: Apache-2.0
 *
 * The counter: shards, each on its own cache line, so that threads that add at the same time do not
 * pull one line to and fro.  A thread keeps to the shard that it was given at its first addition;
 * there are as many as CPUs, rounded up, since no more threads add at the same time. */
#include <string.h>
#include "channel/memory.h"
#include "channel/wait.h"
#include "include/snarl_channel/sync.h"

#define SHARDS_MOST 64 /* 4 KiB; beyond, sharing a line is cheaper than summing them */

struct shard {
	uint64_t sum; /* unsigned, so that it may wrap */
} __attribute__((aligned(64)));

struct snarl_counter {
	uint32_t references;
	uint32_t mask;
	struct shard shards[] __attribute__((aligned(64)));
};

static uint32_t shard_of_thread(void)
{
	static uint32_t next;
	static __thread uint32_t mine __attribute__((tls_model("initial-exec"))); /* 0: none yet */

	if (__builtin_expect(!mine, 0))
		mine = __atomic_add_fetch(&next, 1, __ATOMIC_RELAXED) | 1u << 31;
	return mine;
}

static uint32_t shard_count(void)
{
	uint32_t count = 1;

	while (count < (uint32_t)sn_cpus() && count < SHARDS_MOST)
		count *= 2;
	return count;
}

struct snarl_counter *snarl_counter_new(void)
{
	uint32_t count = shard_count();
	size_t bytes = sizeof(struct snarl_counter) + count * sizeof(struct shard);
	struct snarl_counter *c = sn_aligned(64, bytes);

	if (!c)
		return NULL;
	memset(c, 0, bytes);
	c->references = 1;
	c->mask = count - 1;
	return c;
}

SN_COUNTED(snarl_counter)

void snarl_counter_add(struct snarl_counter *counter, int64_t delta)
{
	if (counter)
		__atomic_fetch_add(&counter->shards[shard_of_thread() & counter->mask].sum,
				   (uint64_t)delta, __ATOMIC_RELAXED);
}

int64_t snarl_counter_read(struct snarl_counter *counter)
{
	uint64_t sum = 0;

	for (uint32_t i = 0; counter && i <= counter->mask; i++)
		sum += __atomic_load_n(&counter->shards[i].sum, __ATOMIC_RELAXED);
	return (int64_t)sum;
}

int64_t snarl_counter_take(struct snarl_counter *counter)
{
	uint64_t sum = 0;

	for (uint32_t i = 0; counter && i <= counter->mask; i++)
		sum += __atomic_exchange_n(&counter->shards[i].sum, 0, __ATOMIC_RELAXED);
	return (int64_t)sum;
}
