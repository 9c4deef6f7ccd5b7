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

uint32_t sn_front_serial(uint32_t serial)
{
	return serials && serial < SERIALS ? serials[serial] : 0;
}

/* Accesses by one instruction to neighbouring bytes are one entry: the one of them that meets the
 * other side. Of part of an access, all of it; where it was not aligned as usual, that part. */
static void cut(struct sn_race_told *to, uint64_t size, uint64_t met)
{
	uint64_t aligned = met & -size;
	if (to->size > size)
		to->address += (met - to->address) / size * size;
	else if (to->size < size && aligned + size >= to->address + to->size)
		to->address = aligned;
	to->size = size;
}

static void translate(struct sn_race_told *to, const struct sn_race_side *from,
		      const struct sn_race_side *other)
{
	struct sn_context_told told;
	uint32_t known = 0;
	sn_context_tell(from->context, to->stack.pcs, SN_RACE_STACK_MOST, &told);
	to->address = from->address;
	to->size = from->size;
	to->what = (from->what & SN_RACE_WRITE ? SN_ACCESS_WRITE : 0) |
		   (from->what & SN_RACE_ATOMIC ? SN_ACCESS_ATOMIC : 0) |
		   (told.freed ? SN_ACCESS_FREE : 0);
	to->stack.serial = sn_front_serial(from->serial);
	to->stack.depth = told.depth;
	if (told.size)
		cut(to, told.size, from->address > other->address ? from->address : other->address);
	else if (!told.freed)
		to->what |= SN_ACCESS_RANGE;
	to->held_count = 0;
	if (told.held_set)
		known = sn_held_of(told.held_set, to->held);
	to->held_count = known < SN_RACE_HELD_MOST ? known : SN_RACE_HELD_MOST;
	if (!told.held_known || known > SN_RACE_HELD_MOST)
		to->what |= SN_ACCESS_HELD_MORE;
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

/* Pairs of contexts that raced, and how often: from some time on they are only counted. */
#define PAIRS 4096
#define LOOKS 64
static struct {
	uint32_t now, before;
	uint32_t times;
	uint32_t number; /* sn_race_again */
} pairs[PAIRS];

static int tell_again(uint32_t pair, uint32_t now, uint32_t before)
{
	if (pairs[pair].now != now || pairs[pair].before != before) {
		pairs[pair].now = now;
		pairs[pair].before = before;
		pairs[pair].times = 0;
	}
	uint32_t number = pairs[pair].number;
	if (++pairs[pair].times < LOOKS || !number)
		return 0;
	sn_race_again(number);
	return 1;
}

/* All of the block is freed, however much of it was looked at. */
static void widen(struct sn_race_told *told, const struct sn_race_memory *memory)
{
	if (!(told->what & SN_ACCESS_FREE) || !(memory->what & SN_ACCESS_HEAP))
		return;
	told->address = memory->start;
	told->size = memory->size;
}

static struct sn_race_lock telling;

void sn_front_tell(struct sn_race_thread *t, const struct sn_race *race)
{
	struct sn_race_told now, before;
	struct sn_race_memory memory;
	uint32_t a = race->now.context, b = race->before.context, pair = (a * 31 + b) % PAIRS;
	(void)t;
	if (is_benign(&race->now))
		return;
	sn_race_lock(&telling);
	int told = tell_again(pair, a, b);
	sn_race_unlock(&telling);
	if (told)
		return;
	translate(&now, &race->now, &race->before);
	translate(&before, &race->before, &race->now);
	now.what &= ~SN_ACCESS_RANGE; /* its size is what was asked for */
	now.size = race->now.size;
	now.address = race->now.address;
	sn_front_place(before.address > now.address ? before.address : now.address, &memory);
	widen(&now, &memory);
	widen(&before, &memory);
	uint32_t number = sn_race_tell(&now, &before, &memory);
	sn_race_lock(&telling);
	if (pairs[pair].now == a && pairs[pair].before == b)
		pairs[pair].number = number;
	sn_race_unlock(&telling);
}
