/* SPDX-License-Identifier: Apache-2.0
 *
 * See straight.h: the values of registers and memory, as far as they are known, and the calls and
 * jumps that they decide. What an instruction does is in straight_step.c. */
#include "graph/straight_way.h"

#if defined(__x86_64__)

/* Longer ways are not followed. */
#define STEPS 600

struct sn_value sn_way_fresh(struct sn_walk *w)
{
	return (struct sn_value){.base = ++w->symbols};
}

static int overlaps(const struct sn_cell *c, struct sn_value at, uint32_t bytes)
{
	return c->bytes && c->at.base == at.base && c->at.offset < at.offset + bytes &&
	       at.offset < c->at.offset + c->bytes;
}

/* What is not known to lie elsewhere by its base is taken to lie elsewhere: a compiler names one
 * variable in one way. */
void sn_way_store(struct sn_walk *w, struct sn_value at, uint32_t bytes, struct sn_value value)
{
	for (uint32_t i = 0; i < SN_WAY_CELLS; i++)
		if (overlaps(&w->cells[i], at, bytes))
			w->cells[i].bytes = 0;
	if (bytes <= 8)
		w->cells[w->next_cell++ % SN_WAY_CELLS] =
			(struct sn_cell){.at = at, .bytes = bytes, .value = value};
}

struct sn_value sn_way_load(struct sn_walk *w, struct sn_value at, uint32_t bytes)
{
	for (uint32_t i = 0; i < SN_WAY_CELLS; i++) {
		const struct sn_cell *c = &w->cells[i];
		if (c->bytes == bytes && c->at.base == at.base && c->at.offset == at.offset)
			return c->value;
	}
	return sn_way_fresh(w);
}

/* Whether the condition with that number of the processor's holds: 1, 0, or -1 where it is not
 * known. */
int sn_way_condition(const struct sn_walk *w, uint32_t condition)
{
	int64_t a = w->flag_a, b = w->flag_b;
	int holds;
	/* Of two that are not known it can be told whether they are equal. */
	if (!w->flags_known || (w->flag_base && condition >> 1 != 2))
		return -1;
	switch (condition >> 1) {
	case 1:
		holds = (uint64_t)a < (uint64_t)b;
		break;
	case 2:
		holds = a == b;
		break;
	case 3:
		holds = (uint64_t)a <= (uint64_t)b;
		break;
	case 4:
		holds = a - b < 0;
		break;
	case 6:
		holds = a < b;
		break;
	case 7:
		holds = a <= b;
		break;
	default:
		return -1;
	}
	return holds != (int)(condition & 1);
}

static int in_shim(const struct sn_walk *w, uint64_t address)
{
	return address - w->way->shim_start < w->way->shim_end - w->way->shim_start;
}

/* Whether the calls that are open are those of the wait's stack. */
static int is_at_wait(const struct sn_walk *w)
{
	const struct sn_way *way = w->way;
	if (w->depth != way->to_depth)
		return 0;
	for (uint32_t i = 0; i < w->depth; i++)
		if (w->returns[w->depth - 1 - i] != way->to[i])
			return 0;
	return 1;
}

void sn_way_go(struct sn_walk *w, uint64_t target)
{
	w->at = target;
	if (!w->way->shim_end ? w->called && is_at_wait(w) : in_shim(w, target))
		w->state = is_at_wait(w) ? SN_WAY_THERE : SN_WAY_LOST;
	w->called = 0;
}

void sn_way_call(struct sn_walk *w, uint64_t target, uint64_t back)
{
	if (w->depth == SN_WAY_DEPTH) {
		w->state = SN_WAY_LOST;
		return;
	}
	w->returns[w->depth++] = back;
	w->registers[SN_WAY_RSP].offset -= 8;
	w->called = 1;
	sn_way_go(w, target);
}

void sn_way_return(struct sn_walk *w)
{
	if (!w->depth) {
		w->state = SN_WAY_LOST;
		return;
	}
	w->registers[SN_WAY_RSP].offset += 8;
	w->at = w->returns[--w->depth];
}

int sn_straight(const struct sn_way *way)
{
	struct sn_walk w = {.way = way};
	if (!way->from_depth || way->from_depth > SN_WAY_DEPTH || !way->to_depth)
		return 0;
	for (uint32_t i = 0; i < way->from_depth; i++)
		w.returns[i] = way->from[way->from_depth - 1 - i];
	w.depth = way->from_depth;
	for (uint32_t i = 0; i < SN_WAY_REGISTERS; i++)
		w.registers[i] = sn_way_fresh(&w);
	w.registers[0] = (struct sn_value){0}; /* the lock was taken */
	w.at = w.returns[--w.depth];
	for (uint32_t i = 0; i < STEPS && w.state == SN_WAY_ON; i++)
		sn_way_step(&w);
	return w.state == SN_WAY_THERE;
}

#else

int sn_straight(const struct sn_way *way)
{
	(void)way;
	return 0;
}

#endif
