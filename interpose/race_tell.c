/* SPDX-License-Identifier: Apache-2.0
 *
 * Races become findings.  Those of one pair of sites are one finding, which has the stacks of the
 * first and counts the others: so each is recorded with the parts that the first had. */
#include "graph/registry.h"
#include "interpose/module.h"
#include "interpose/race_sync.h"
#include "interpose/thread.h"
#include "interpose/trace.h"
#include "interpose/wait.h"

/* Pairs of sites that have been told. Where it is full every pair of stacks is a finding. */
#define PAIRS 4096
static struct pair {
	uintptr_t now, before;
	struct sn_part parts[2];
} pairs[PAIRS];
static struct sn_lock lock;

static struct pair *pair_of(uintptr_t now, uintptr_t before)
{
	uint64_t at = (now * 31 + before) * 0x9e3779b97f4a7c15u >> 52;
	for (uint32_t i = 0; i < 16; i++, at++) {
		struct pair *p = &pairs[at % PAIRS];
		if (!p->now || (p->now == now && p->before == before))
			return p;
	}
	return NULL;
}

/* The frames of the front's stack; called by a busy thread. */
static uint32_t record_stack(const struct sn_race_told *told)
{
	uint32_t stack = 0, most = (uint32_t)sn_shim.options.stack_depth;
	uint32_t depth = told->depth < most ? told->depth : most;
	for (uint32_t i = 0; i < depth; i++)
		sn_module_seen(told->pcs[i]);
	if (sn_lock_take(&sn_shim.lock))
		return 0;
	stack = sn_registry_stack(&sn_shim.recorder, told->pcs, depth, sn_shim.module_epoch);
	sn_lock_give(&sn_shim.lock);
	return stack;
}

static uint32_t record_access(const struct sn_race_told *told)
{
	struct sn_recorder *r = &sn_shim.recorder;
	if (sn_lock_take(&sn_shim.lock))
		return 0;
	uint32_t i = sn_recorder_append(r, SN_TABLE_ACCESS, 1);
	if (i)
		*sn_rec_access(r, i) =
			(struct sn_access_rec){told->address, told->size, told->what, {0}};
	sn_lock_give(&sn_shim.lock);
	return i;
}

static struct sn_part part_of(const struct sn_race_told *told)
{
	return (struct sn_part){.role = SN_ROLE_ACCESSED,
				.thread = told->serial ? sn_thread_of(told->serial) : 0,
				.stack = record_stack(told),
				.number = record_access(told)};
}

/* The first race of this pair: its parts, in the order of the pair. */
static void fill(struct pair *p, const struct sn_race_told *now, const struct sn_race_told *before)
{
	p->now = now->pcs[0];
	p->before = before->pcs[0];
	p->parts[0] = part_of(now);
	p->parts[1] = part_of(before);
}

static void tell(struct sn_self *self, const struct pair *p)
{
	struct sn_finding f;
	sn_finding_start(&f, SN_KIND_DATA_RACE, SN_CONFIRMED, SN_WHY_UNORDERED_ACCESSES);
	sn_finding_add(&f, p->parts[0]);
	sn_finding_add(&f, p->parts[1]);
	sn_report_finding(self, &f);
}

static const struct pair *find_or_fill(const struct sn_race_told *now,
				       const struct sn_race_told *before, struct pair *spare)
{
	/* The other way round it is the same pair. */
	struct pair *p = pair_of(before->pcs[0], now->pcs[0]);
	if (!p || !p->now)
		p = pair_of(now->pcs[0], before->pcs[0]);
	if (!p)
		p = spare;
	if (!p->now)
		fill(p, now, before);
	return p;
}

SN_EXPORT void sn_race_tell(const struct sn_race_told *now, const struct sn_race_told *before)
{
	int saved = errno;
	struct sn_self *self = sn_self_get((uintptr_t)__builtin_frame_address(0));
	struct pair spare = {0};
	if (!self || !now->depth || !before->depth)
		return;
	sn_busy_begin(self, (uintptr_t)__builtin_frame_address(0));
	const struct pair *p = sn_lock_take(&lock) ? NULL : find_or_fill(now, before, &spare);
	if (p)
		sn_lock_give(&lock);
	sn_busy_end(self);
	if (p)
		tell(self, p);
	errno = saved;
}

/* Of any thread at any time: a signal handler's, too. */
SN_EXPORT void sn_race_count(uint32_t counter)
{
	sn_recorder_count(&sn_shim.recorder, counter);
}
