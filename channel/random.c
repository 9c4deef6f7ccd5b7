/* SPDX-License-Identifier: Apache-2.0
 *
 * Each thread's own small generator (Marsaglia's xorshift64*), for select's choice among ready
 * cases. It is no source of secrets. */
#include "channel/park.h"
#include "base/sys.h"
#include "channel/random.h"

static uint64_t step(uint64_t x)
{
	x ^= x >> 12;
	x ^= x << 25;
	return x ^ (x >> 27);
}

static void seed(struct sn_parker *p, uint64_t from)
{
	/* An odd multiplier (Knuth's) spreads neighbouring seeds; zero is the one state to avoid.
	 */
	from = (from + 1) * 6364136223846793005u;
	from ^= from >> 29;
	p->random = from ? from : 1;
}

uint32_t sn_random(struct sn_parker *p, uint32_t bound)
{
	if (__builtin_expect(!p->random, 0))
		seed(p, sn_now() ^ (uint64_t)(uintptr_t)p);
	p->random = step(p->random);
	uint32_t high = (uint32_t)((p->random * 2685821657736338717u) >> 32);
	/* Multiply and shift (Lemire): the bias is below bound/2^32. */
	return (uint32_t)(((uint64_t)high * bound) >> 32);
}

SNARL_API void snarl_channel_test_seed(uint64_t from)
{
	seed(sn_parker_self(), from);
}
