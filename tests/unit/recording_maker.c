/* SPDX-License-Identifier: Apache-2.0
 *
 * See recording_maker.h. The file that it lays out has its extents in turn: the first piece of
 * every table, then the second of every table, and so on, so that pieces of one table lie apart. */
#include "tests/unit/recording_maker.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "base/format.h"

static const uint32_t sizes[] = {
#define SN_TABLE(e, name, type, most) sizeof(type),
#include "base/tables.def"
#undef SN_TABLE
};

static void *checked(void *p)
{
	if (!p)
		abort();
	return p;
}

void sn_maker_begin(struct sn_maker *m)
{
	memset(m, 0, sizeof(*m));
	memcpy(m->header.magic, SN_MAGIC, sizeof(m->header.magic));
	m->header.version = SN_FORMAT_VERSION;
	m->header.header_size = SN_HEADER_SIZE;
	m->header.byte_order = SN_BYTE_ORDER;
	m->header.table_count = SN_TABLE_COUNT;
	m->header.format = sn_format();
	m->header.pid = (uint32_t)getpid();
	m->view.header = &m->header;
	for (int t = 0; t < SN_TABLE_COUNT; t++) {
		m->header.tables[t].record_size = sizes[t];
		sn_maker_add(m, t, 1);
	}
}

void sn_maker_end(struct sn_maker *m)
{
	for (int t = 0; t < SN_TABLE_COUNT; t++)
		free(m->tables[t]);
	memset(m, 0, sizeof(*m));
}

uint32_t sn_maker_add(struct sn_maker *m, enum sn_table t, uint32_t count)
{
	struct sn_table_desc *d = &m->header.tables[t];
	uint32_t first = d->used;

	if (first + count > m->room[t]) {
		m->room[t] = 2 * (first + count);
		m->tables[t] = checked(realloc(m->tables[t], (size_t)m->room[t] * sizes[t]));
	}
	memset((char *)m->tables[t] + (size_t)first * sizes[t], 0, (size_t)count * sizes[t]);
	d->used = d->capacity = first + count;
	m->view.table[t].base = m->tables[t];
	m->view.table[t].count = d->used;
	return first;
}

void *sn_maker_at(struct sn_maker *m, enum sn_table t, uint32_t i)
{
	if (i >= m->header.tables[t].used)
		abort();
	return (char *)m->tables[t] + (size_t)i * sizes[t];
}

uint32_t sn_maker_text(struct sn_maker *m, const char *text)
{
	uint32_t n = (uint32_t)strlen(text) + 1, i = sn_maker_add(m, SN_TABLE_STRING, n);

	memcpy(sn_maker_at(m, SN_TABLE_STRING, i), text, n);
	return i;
}

uint32_t sn_maker_stack(struct sn_maker *m, const uint64_t *pcs, uint16_t depth)
{
	uint32_t first = sn_maker_add(m, SN_TABLE_FRAME, depth);
	uint32_t i = sn_maker_add(m, SN_TABLE_STACK, 1);
	struct sn_stack_rec *s = sn_maker_at(m, SN_TABLE_STACK, i);

	if (depth)
		memcpy(sn_maker_at(m, SN_TABLE_FRAME, first), pcs, depth * sizeof(*pcs));
	s->first = first;
	s->depth = depth;
	return i;
}

uint32_t sn_maker_lock(struct sn_maker *m, enum sn_lock_type type, uint64_t address)
{
	uint32_t i = sn_maker_add(m, SN_TABLE_LOCK, 1);
	struct sn_lock_rec *l = sn_maker_at(m, SN_TABLE_LOCK, i);

	l->type = type;
	l->address = address;
	return i;
}

uint32_t sn_maker_thread(struct sn_maker *m, const char *name, enum sn_thread_state state)
{
	uint32_t i = sn_maker_add(m, SN_TABLE_THREAD, 1);
	struct sn_thread_rec *t = sn_maker_at(m, SN_TABLE_THREAD, i);

	t->state = state;
	t->serial = i;
	t->tid = 1000 + i;
	t->flags = i == 1 ? SN_THREAD_MAIN : 0;
	snprintf(t->name, sizeof(t->name), "%s", name);
	return i;
}

void sn_maker_hold(struct sn_maker *m, uint32_t thread, uint32_t lock, uint32_t stack,
		   uint32_t mode)
{
	struct sn_thread_rec *t = sn_maker_at(m, SN_TABLE_THREAD, thread);

	if (t->held_count >= SN_HELD_INLINE)
		abort();
	t->held[t->held_count++] = (struct sn_held){.lock = lock, .stack = stack, .mode = mode};
}

uint32_t sn_maker_dep(struct sn_maker *m, uint32_t thread, uint32_t lock, uint32_t mode,
		      uint32_t stack, const struct sn_held *held, uint32_t held_count)
{
	uint32_t first = sn_maker_add(m, SN_TABLE_HELD, held_count);
	uint32_t i = sn_maker_add(m, SN_TABLE_DEP, 1);
	struct sn_dep_rec *d = sn_maker_at(m, SN_TABLE_DEP, i);

	if (held_count)
		memcpy(sn_maker_at(m, SN_TABLE_HELD, first), held, held_count * sizeof(*held));
	*d = (struct sn_dep_rec){.thread = thread,
				 .lock = lock,
				 .mode = mode,
				 .stack = stack,
				 .held_first = first,
				 .held_count = held_count};
	return i;
}

uint32_t sn_maker_finding(struct sn_maker *m, const struct sn_finding *f)
{
	uint32_t first = sn_maker_add(m, SN_TABLE_PART, f->part_count);
	uint32_t i = sn_maker_add(m, SN_TABLE_FINDING, 1);
	struct sn_finding_rec *r = sn_maker_at(m, SN_TABLE_FINDING, i);

	if (f->part_count)
		memcpy(sn_maker_at(m, SN_TABLE_PART, first), f->parts,
		       f->part_count * sizeof(f->parts[0]));
	*r = (struct sn_finding_rec){.kind = (uint16_t)f->kind,
				     .verdict = (uint8_t)f->verdict,
				     .why = (uint8_t)f->why,
				     .count = 1,
				     .first_part = first,
				     .part_count = f->part_count,
				     .key = sn_finding_key(f)};
	m->header.finding_count++;
	return i;
}

/* Gives piece `n` of `extents` of a table its place; returns the place after it. */
static uint64_t place(struct sn_table_desc *d, uint32_t n, uint32_t extents, uint64_t at)
{
	uint32_t first = (uint32_t)((uint64_t)d->used * n / extents);
	uint32_t next = (uint32_t)((uint64_t)d->used * (n + 1) / extents);

	d->extents[n] = (struct sn_extent){at, first, next - first};
	d->extent_count = n + 1;
	return at + ((uint64_t)(next - first) * d->record_size + 7) / 8 * 8;
}

unsigned char *sn_maker_bytes(struct sn_maker *m, uint32_t extents, size_t *size)
{
	uint64_t at = SN_HEADER_SIZE;
	unsigned char *bytes;

	for (uint32_t n = 0; n < extents; n++)
		for (int t = 0; t < SN_TABLE_COUNT; t++)
			at = place(&m->header.tables[t], n, extents, at);
	*size = at;
	bytes = checked(calloc(1, at));
	memcpy(bytes, &m->header, sizeof(m->header));
	for (int t = 0; t < SN_TABLE_COUNT; t++)
		for (uint32_t n = 0; n < extents; n++) {
			const struct sn_extent *e = &m->header.tables[t].extents[n];
			memcpy(bytes + e->offset,
			       (char *)m->tables[t] + (size_t)e->first * sizes[t],
			       (size_t)e->count * sizes[t]);
		}
	return bytes;
}

char *sn_maker_file(const void *bytes, size_t size)
{
	const char *directory = getenv("TMPDIR");
	char *path;
	int fd;

	if (asprintf(&path, "%s/snarl-test-XXXXXX", directory ? directory : "/tmp") < 0)
		abort();
	fd = mkstemp(path);
	if (fd < 0 || write(fd, bytes, size) != (ssize_t)size || close(fd))
		abort();
	return path;
}
