/* SPDX-License-Identifier: Apache-2.0
 *
 * See race_oracle_maker.h. */
#include "tests/unit/race_oracle_maker.h"
#include <string.h>
#include "race/access.h"
#include "race/sync.h"

void oracle_start(struct oracle *o)
{
	memset(o, 0, sizeof *o);
}

void oracle_create(struct oracle *o, int creator, int thread)
{
	o->past[thread] = o->past[creator];
	o->fenced[thread] = o->seen[thread] = 0;
	o->has_fenced[thread] = o->epoch[thread] = 0;
	o->epoch[creator]++;
}

void oracle_join(struct oracle *o, int joiner, int thread)
{
	o->past[joiner] |= o->past[thread];
}

void oracle_acquire(struct oracle *o, int thread, int object)
{
	o->past[thread] |= o->objects[object].released;
}

void oracle_release(struct oracle *o, int thread, int object, int only)
{
	struct oracle_object *s = &o->objects[object];
	s->released = o->past[thread] | (only ? 0 : s->released);
	s->heads |= 1u << thread;
	o->epoch[thread]++;
}

static int acquires(int order)
{
	return order != SN_ORDER_RELAXED && order != SN_ORDER_RELEASE;
}

static int releases(int order)
{
	return order >= SN_ORDER_RELEASE;
}

void oracle_load(struct oracle *o, int thread, int object, int order)
{
	if (acquires(order))
		o->past[thread] |= o->objects[object].released;
	else
		o->seen[thread] |= o->objects[object].released;
}

void oracle_store(struct oracle *o, int thread, int object, int order, int exchange)
{
	struct oracle_object *s = &o->objects[object];
	if (!exchange && (releases(order) || !(s->heads >> thread & 1)))
		s->released = s->heads = 0;
	if (releases(order)) {
		oracle_release(o, thread, object, 0);
	} else if (o->has_fenced[thread]) {
		s->released |= o->fenced[thread];
		s->heads |= 1u << thread;
	}
}

void oracle_fence(struct oracle *o, int thread, int order)
{
	if (acquires(order))
		o->past[thread] |= o->seen[thread];
	if (!releases(order))
		return;
	o->fenced[thread] = o->past[thread];
	o->has_fenced[thread] = 1;
	o->epoch[thread]++;
}

int oracle_access(struct oracle *o, int thread, uintptr_t address, size_t size, uint32_t what)
{
	int n = o->count++;
	o->events[n] = (struct oracle_event){thread, o->epoch[thread], address, size,
					     what,   o->past[thread]};
	o->past[thread] |= 1ull << n;
	return n;
}

static int has_byte(const struct oracle_event *e, uintptr_t byte)
{
	return byte - e->address < e->size;
}

static int conflict(const struct oracle *o, int earlier, int later)
{
	const struct oracle_event *a = &o->events[earlier], *b = &o->events[later];
	return (a->what | b->what) & SN_RACE_WRITE && !(a->what & b->what & SN_RACE_ATOMIC) &&
	       !(b->before >> earlier & 1);
}

int oracle_is_race(const struct oracle *o, int earlier, int later)
{
	const struct oracle_event *a = &o->events[earlier], *b = &o->events[later];
	return conflict(o, earlier, later) && a->address < b->address + b->size &&
	       b->address < a->address + a->size;
}

/* An earlier access to the byte, of the same thread in the same epoch, that says as much. */
static int is_repeated(const struct oracle *o, int event, uintptr_t byte)
{
	const struct oracle_event *e = &o->events[event];
	for (int i = 0; i < event; i++) {
		const struct oracle_event *p = &o->events[i];
		if (p->thread == e->thread && p->epoch == e->epoch && has_byte(p, byte) &&
		    !(e->what & ~p->what & SN_RACE_WRITE) && !(p->what & ~e->what & SN_RACE_ATOMIC))
			return 1;
	}
	return 0;
}

int oracle_must_report(const struct oracle *o, int event)
{
	const struct oracle_event *e = &o->events[event];
	for (uintptr_t byte = e->address; byte < e->address + e->size; byte++) {
		if (is_repeated(o, event, byte))
			continue;
		for (int i = 0; i < event; i++)
			if (has_byte(&o->events[i], byte) && conflict(o, i, event))
				return i;
	}
	return -1;
}
