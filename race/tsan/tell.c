/* SPDX-License-Identifier: Apache-2.0
 *
 * From the engine's words to the recording's: serials, call stacks, what a freed block is. */
#include "race/tsan/front.h"
#include "base/recording.h"

/* The recording's serials of the engine's threads. */
#define SERIALS (1u << 20)
static uint32_t *serials;
static struct sn_race_lock making;

void sn_front_known(struct sn_front *f)
{
	uint32_t serial = sn_race_serial();
	if (!serial || f->race->serial >= SERIALS)
		return;
	sn_race_lock(&making);
	if (!serials)
		serials = sn_race_map(sizeof *serials * SERIALS);
	sn_race_unlock(&making);
	if (!serials)
		return;
	serials[f->race->serial] = serial;
	f->known = 1;
}

static void translate(struct sn_race_told *to, const struct sn_race_side *from)
{
	to->address = from->address;
	to->size = (uint32_t)(from->size < UINT32_MAX ? from->size : UINT32_MAX);
	to->what = (from->what & SN_RACE_WRITE ? SN_ACCESS_WRITE : 0) |
		   (from->what & SN_RACE_ATOMIC ? SN_ACCESS_ATOMIC : 0);
	to->serial = serials && from->serial < SERIALS ? serials[from->serial] : 0;
	to->depth = sn_context_pcs(from->context, to->pcs, SN_RACE_STACK_MOST);
	if (!to->depth || to->pcs[0] != SN_CONTEXT_FREED)
		return;
	to->what |= SN_ACCESS_FREE;
	to->depth--;
	for (uint32_t i = 0; i < to->depth; i++)
		to->pcs[i] = to->pcs[i + 1];
}

#define BENIGN 1024
static struct {
	uintptr_t from, to;
} benign[BENIGN];
static uint32_t benign_count;

void sn_front_benign(uintptr_t address, size_t size)
{
	uint32_t i = __atomic_fetch_add(&benign_count, 1, __ATOMIC_RELAXED);
	benign[i % BENIGN].from = address;
	benign[i % BENIGN].to = address + size;
}

static int is_benign(const struct sn_race_side *side)
{
	uint32_t count = benign_count < BENIGN ? benign_count : BENIGN;
	for (uint32_t i = 0; i < count; i++)
		if (side->address < benign[i].to && benign[i].from < side->address + side->size)
			return 1;
	return 0;
}

void sn_front_tell(struct sn_race_thread *t, const struct sn_race *race)
{
	struct sn_race_told now, before;
	(void)t;
	if (is_benign(&race->now))
		return;
	translate(&now, &race->now);
	translate(&before, &race->before);
	sn_race_tell(&now, &before);
}
