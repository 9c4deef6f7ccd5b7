/* SPDX-License-Identifier: Apache-2.0
 *
 * Races become findings.  Those of one pair of sites in one object are one finding, which has the
 * stacks of the first and counts the others: so each is recorded with the parts that the first had.
 */
#include "graph/registry.h"
#include "interpose/module.h"
#include "interpose/race_sync.h"
#include "interpose/thread.h"
#include "interpose/trace.h"
#include "interpose/wait.h"

/* Two sides with what they held, and the memory. */
#define PARTS (2 * (1 + SN_RACE_HELD_MOST) + 1)

/* Pairs of sites that have been told. Where it is full no others are. */
#define PAIRS 4096
#define PROBES 16
static struct pair {
	uint64_t now, before; /* addresses of code */
	uint64_t object;
	uint32_t count; /* of parts */
	struct sn_part parts[PARTS];
} pairs[PAIRS];
static struct sn_lock lock;

/* Of one pair of sites this many objects are told apart that are no blocks of the heap: elements of
 * an array, mostly. */
#define OBJECTS 16

/* The pair, or a free place for it; NULL: there is none. In *others how many of other objects it
 * met, and in *other one of them. */
static struct pair *pair_of(uint64_t now, uint64_t before, uint64_t object, uint32_t *others,
			    struct pair **other)
{
	uint64_t at = (now * 31 + before) * 0x9e3779b97f4a7c15u >> 52;
	for (uint32_t i = 0; i < 2 * PROBES; i++, at++) {
		struct pair *p = &pairs[at % PAIRS];
		if (!p->now)
			return p;
		if (p->now != now || p->before != before)
			continue;
		if (p->object == object)
			return p;
		++*others;
		*other = p;
	}
	return NULL;
}

/* The frames of the front's stack; called by a busy thread. */
static uint32_t record_stack(const struct sn_race_stack *told)
{
	uint32_t stack = 0, most = (uint32_t)sn_shim.options.stack_depth;
	uint32_t depth = told->depth < most ? told->depth : most;
	if (!depth)
		return 0;
	for (uint32_t i = 0; i < depth; i++)
		sn_module_seen(told->pcs[i]);
	if (sn_lock_take(&sn_shim.lock))
		return 0;
	stack = sn_registry_stack(&sn_shim.recorder, told->pcs, depth, sn_shim.module_epoch);
	sn_lock_give(&sn_shim.lock);
	return stack;
}

static uint32_t record_access(const struct sn_access_rec *access)
{
	struct sn_recorder *r = &sn_shim.recorder;
	if (sn_lock_take(&sn_shim.lock))
		return 0;
	uint32_t i = sn_recorder_append(r, SN_TABLE_ACCESS, 1);
	if (i)
		*sn_rec_access(r, i) = *access;
	sn_lock_give(&sn_shim.lock);
	return i;
}

static struct sn_part part_of(enum sn_role role, const struct sn_race_stack *stack,
			      const struct sn_access_rec *access)
{
	return (struct sn_part){.role = (uint8_t)role,
				.thread = stack->serial ? sn_thread_of(stack->serial) : 0,
				.stack = record_stack(stack),
				.number = record_access(access)};
}

/* What was held may be gone by now, and its record serve another lock. */
static int is_there(const struct sn_self *self, const struct sn_race_held *h)
{
	return self->locks[h->lock].generation == h->generation;
}

static struct sn_part *add_side(const struct sn_self *self, struct sn_part *to,
				const struct sn_race_told *told)
{
	struct sn_access_rec access = {
		.address = told->address, .size = told->size, .what = told->what};
	for (uint32_t i = 0; i < told->held_count; i++)
		if (!is_there(self, &told->held[i]))
			access.what |= SN_ACCESS_HELD_MORE;
	struct sn_part *side = to++;
	*side = part_of(SN_ROLE_ACCESSED, &told->stack, &access);
	for (uint32_t i = 0; i < told->held_count; i++)
		if (is_there(self, &told->held[i]))
			*to++ = (struct sn_part){.role = SN_ROLE_HOLDS,
						 .mode = (uint8_t)told->held[i].mode,
						 .thread = side->thread,
						 .object = told->held[i].lock,
						 .stack = told->held[i].stack};
	return to;
}

static struct sn_part *add_memory(struct sn_part *to, const struct sn_race_memory *m)
{
	struct sn_access_rec access = {
		.address = m->start, .size = m->size, .code = m->code, .what = m->what};
	if (!m->what)
		return to;
	if (m->code)
		sn_module_seen((uintptr_t)m->code);
	*to = part_of(SN_ROLE_MEMORY, &m->stack, &access);
	return to + 1;
}

/* What the race is about, as far as it can be told here: the report knows variables. */
static uint64_t object_of(const struct sn_race_told *now, const struct sn_race_memory *m)
{
	uint64_t h = m->what;
	if (m->what & SN_ACCESS_STACK)
		h ^= m->stack.serial + (m->code << 8);
	else if (m->what & SN_ACCESS_HEAP)
		for (uint32_t i = 0; i < m->stack.depth; i++)
			h = (h ^ m->stack.pcs[i]) * 0x9e3779b97f4a7c15u;
	else
		h ^= now->address << 8;
	return h;
}

static struct pair *find(uint64_t now, uint64_t before, uint64_t object)
{
	uint32_t others = 0;
	struct pair *other = NULL, *p = pair_of(now, before, object, &others, &other);
	return others >= OBJECTS && (!p || !p->now) ? other : p;
}

static const struct pair *find_or_fill(const struct sn_self *self, const struct sn_race_told *now,
				       const struct sn_race_told *before,
				       const struct sn_race_memory *memory)
{
	uint64_t a = now->stack.pcs[0], b = before->stack.pcs[0], object = object_of(now, memory);
	/* The other way round it is the same pair. */
	struct pair *p = find(b, a, object);
	if (!p || !p->now)
		p = find(a, b, object);
	if (!p || p->now)
		return p;
	struct sn_part *end = add_side(self, add_side(self, p->parts, now), before);
	p->count = (uint32_t)(add_memory(end, memory) - p->parts);
	p->now = a;
	p->before = b;
	p->object = object;
	return p;
}

static void tell(struct sn_self *self, const struct pair *p)
{
	struct sn_finding f;
	sn_finding_start(&f, SN_KIND_DATA_RACE, SN_CONFIRMED, SN_WHY_UNORDERED_ACCESSES);
	for (uint32_t i = 0; i < p->count; i++)
		sn_finding_add(&f, p->parts[i]);
	sn_report_finding(self, &f);
}

SN_EXPORT uint32_t sn_race_tell(const struct sn_race_told *now, const struct sn_race_told *before,
				const struct sn_race_memory *memory)
{
	int saved = errno;
	struct sn_self *self = sn_self_get((uintptr_t)__builtin_frame_address(0));
	if (!self || !now->stack.depth || !before->stack.depth)
		return 0;
	sn_busy_begin(self, (uintptr_t)__builtin_frame_address(0));
	const struct pair *p = NULL;
	if (!sn_lock_take(&lock)) {
		p = find_or_fill(self, now, before, memory);
		sn_lock_give(&lock);
	}
	sn_busy_end(self);
	if (p)
		tell(self, p);
	else
		sn_race_count(SN_COUNTER_RACE_PAIRS);
	errno = saved;
	return p ? (uint32_t)(p - pairs) + 1 : 0;
}

SN_EXPORT void sn_race_again(uint32_t number)
{
	struct sn_self *self = sn_self_get((uintptr_t)__builtin_frame_address(0));
	if (self && number && number <= PAIRS)
		tell(self, &pairs[number - 1]);
}

SN_EXPORT const uint32_t *sn_race_held_count(void)
{
	return sn_self_tls ? &sn_self_tls->rec->held_count : NULL;
}

SN_EXPORT uint32_t sn_race_holds(struct sn_race_held *held, uint32_t most)
{
	const struct sn_self *self = sn_self_tls;
	uint32_t n = 0;
	for (uint32_t i = self ? self->rec->held_count : 0; i-- > 0;) {
		const struct sn_held *h = &self->held[i];
		if (!h->lock)
			continue;
		if (n < most)
			held[n] = (struct sn_race_held){h->lock, h->stack,
							self->locks[h->lock].generation,
							(uint16_t)(h->mode & 0xff)};
		n++;
	}
	return n;
}

/* Of any thread at any time: a signal handler's, too. */
SN_EXPORT void sn_race_count(uint32_t counter)
{
	sn_recorder_count(&sn_shim.recorder, counter);
}
