/* SPDX-License-Identifier: Apache-2.0
 *
 * The key of a finding.  The parts are hashed one by one and added up, so that the order does not
 * matter: a ring is the same ring whichever of its threads found it first.  Threads are left out: a
 * hundred workers that run into the same trap are one finding. */
#include "base/finding.h"

/* A full-avalanche mix of 64 bits: multiplications by odd constants and shifted exclusive-ors. */
static uint64_t mix(uint64_t x)
{
	x ^= x >> 32;
	x *= 0xd6e8feb86659fd93u;
	x ^= x >> 32;
	x *= 0xd6e8feb86659fd93u;
	return x ^ (x >> 32);
}

static uint64_t part_key(const struct sn_part *p)
{
	uint64_t what = (uint64_t)p->role << 8 | (p->object_is_thread != 0);

	return mix(mix((uint64_t)p->object << 32 | p->stack) + mix(what + 0x9e3779b97f4a7c15u));
}

uint64_t sn_finding_key(const struct sn_finding *f)
{
	uint32_t count = f->part_count < SN_PARTS_MAX ? f->part_count : SN_PARTS_MAX;
	uint64_t key = mix((uint64_t)f->kind + 1);

	for (uint32_t i = 0; i < count; i++)
		key += part_key(&f->parts[i]);
	return mix(key);
}
