/* SPDX-License-Identifier: Apache-2.0
 *
 * Views built in memory: see view_maker.h. */
#include <stdlib.h>
#include <string.h>
#include "tests/unit/view_maker.h"

static const size_t record_size[SN_TABLE_COUNT] = {
#define SN_TABLE(e, name, type, most) [SN_TABLE_##e] = sizeof(type),
#include "base/tables.def"
#undef SN_TABLE
};

static void *more(void *old, size_t size)
{
	void *p = realloc(old, size);

	if (!p)
		abort();
	return p;
}

void maker_init(struct maker *m)
{
	memset(m, 0, sizeof(*m));
	m->view.header = &m->header;
	for (int t = 0; t < SN_TABLE_COUNT; t++)
		maker_add(m, t, 1);
}

void maker_free(struct maker *m)
{
	for (int t = 0; t < SN_TABLE_COUNT; t++)
		free((void *)m->view.table[t].base);
}

uint32_t maker_add(struct maker *m, enum sn_table table, uint32_t count)
{
	uint32_t first = m->view.table[table].count;
	size_t size = record_size[table];
	char *base = (char *)m->view.table[table].base;

	if (first + count > m->room[table]) {
		m->room[table] = 2 * (first + count);
		base = more(base, m->room[table] * size);
	}
	memset(base + first * size, 0, count * size);
	m->view.table[table].base = base;
	m->view.table[table].count = first + count;
	return first;
}

void *maker_record(struct maker *m, enum sn_table table, uint32_t i)
{
	return (char *)m->view.table[table].base + i * record_size[table];
}

struct sn_thread_rec *maker_thread_at(struct maker *m, uint32_t i)
{
	return maker_record(m, SN_TABLE_THREAD, i);
}

uint32_t maker_thread(struct maker *m, uint32_t creator, uint32_t creator_epoch)
{
	uint32_t i = maker_add(m, SN_TABLE_THREAD, 1);
	struct sn_thread_rec *t = maker_thread_at(m, i);

	t->state = SN_THREAD_RUNNING;
	t->serial = i;
	t->creator = creator;
	t->creator_epoch = creator_epoch;
	return i;
}

uint32_t maker_lock(struct maker *m, enum sn_lock_type type, uint32_t flags)
{
	uint32_t i = maker_add(m, SN_TABLE_LOCK, 1);
	struct sn_lock_rec *lock = maker_record(m, SN_TABLE_LOCK, i);

	lock->type = type;
	lock->flags = flags;
	return i;
}

uint32_t maker_dep(struct maker *m, struct sn_dep_rec dep, const struct sn_held *held,
		   uint32_t count)
{
	uint32_t i = maker_add(m, SN_TABLE_DEP, 1);

	dep.held_first = maker_add(m, SN_TABLE_HELD, count);
	dep.held_count = count;
	memcpy(maker_record(m, SN_TABLE_HELD, dep.held_first), held, count * sizeof(*held));
	memcpy(maker_record(m, SN_TABLE_DEP, i), &dep, sizeof(dep));
	return i;
}

void maker_hold(struct maker *m, uint32_t thread, struct sn_held held)
{
	struct sn_thread_rec *t = maker_thread_at(m, thread);

	if (t->held_count == SN_HELD_INLINE)
		abort();
	t->held[t->held_count++] = held;
}

void maker_wait(struct maker *m, uint32_t thread, enum sn_wait kind, uint32_t object, uint32_t mode)
{
	struct sn_thread_rec *t = maker_thread_at(m, thread);

	t->wait_kind = kind;
	t->wait_object = object;
	t->wait_mode = mode;
	t->wait_stack = 1000 + thread;
	t->wait_since_ns = thread;
}

static uint32_t noise(struct dice *d)
{
	switch (roll(d, 8)) {
	case 0:
		return roll(d, UINT32_MAX);
	case 1:
		return UINT32_MAX - roll(d, 3);
	case 2:
		return roll(d, 200);
	default:
		return roll(d, 6);
	}
}

void maker_noise(struct maker *m, struct dice *d, uint32_t records)
{
	for (int t = 0; t < SN_TABLE_COUNT; t++) {
		uint32_t first = maker_add(m, t, records);
		size_t size = records * record_size[t] / sizeof(uint32_t);

		for (size_t i = 0; i < size; i++) {
			uint32_t value = noise(d);

			memcpy((char *)maker_record(m, t, first) + i * 4, &value, 4);
		}
	}
}

static void keep(struct sn_sink *sink, const struct sn_finding *finding)
{
	struct collector *c = (struct collector *)sink;

	if (c->count == c->room) {
		c->room = 2 * c->room + 8;
		c->list = more(c->list, c->room * sizeof(*c->list));
	}
	c->list[c->count++] = *finding;
}

void collector_init(struct collector *c)
{
	memset(c, 0, sizeof(*c));
	c->sink.emit = keep;
}

void collector_clear(struct collector *c)
{
	c->count = 0;
}

void collector_free(struct collector *c)
{
	free(c->list);
}

static void *grow(struct sn_memory *memory, void *old, size_t old_size, size_t size)
{
	struct test_memory *m = (struct test_memory *)memory;
	char *p;

	if (m->grows_left == 0)
		return NULL;
	if (m->grows_left > 0)
		m->grows_left--;
	p = more(old, size);
	memset(p + old_size, 0, size - old_size);
	m->in_use += size - old_size;
	return p;
}

static void release(struct sn_memory *memory, void *p, size_t size)
{
	((struct test_memory *)memory)->in_use -= size;
	free(p);
}

void test_memory_init(struct test_memory *m)
{
	memset(m, 0, sizeof(*m));
	m->memory.grow = grow;
	m->memory.release = release;
	m->grows_left = -1;
}

uint32_t roll(struct dice *d, uint32_t below)
{
	d->state ^= d->state << 13;
	d->state ^= d->state >> 7;
	d->state ^= d->state << 17;
	return (uint32_t)((d->state >> 11) % below);
}
