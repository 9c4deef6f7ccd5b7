/* SPDX-License-Identifier: Apache-2.0
 *
 * The reader of recordings: round trips, clear refusals, and thousands of damaged files, which it
 * may refuse or read, but never trip over.  The damage is the same in every run. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/names.h"
#include "base/reader.h"
#include "tests/unit/recording_maker.h"

#define MUTANTS 12000

static const uint64_t pcs[] = {0x401010, 0x401020, 0x401030};

/* Two threads, two locks, a finding: something in nearly every table. */
static void make(struct sn_maker *m)
{
	struct sn_finding f = {.kind = SN_KIND_DEADLOCK, .verdict = SN_CONFIRMED};
	struct sn_held held;
	uint32_t a, b, s, t1, t2;

	sn_maker_begin(m);
	m->header.exe = sn_maker_text(m, "/usr/bin/example");
	s = sn_maker_stack(m, pcs, 3);
	a = sn_maker_lock(m, SN_LOCK_MUTEX, 0x1000);
	b = sn_maker_lock(m, SN_LOCK_RWLOCK, 0x2000);
	t1 = sn_maker_thread(m, "main", SN_THREAD_RUNNING);
	t2 = sn_maker_thread(m, "worker", SN_THREAD_ENDED);
	sn_maker_hold(m, t1, a, s, SN_MODE_WRITE);
	held = (struct sn_held){.lock = a, .stack = s};
	sn_maker_dep(m, t2, b, SN_MODE_READ, s, &held, 1);
	sn_finding_add(&f, (struct sn_part){.role = SN_ROLE_HOLDS, .thread = t1, .object = a});
	sn_finding_add(&f, (struct sn_part){.role = SN_ROLE_WAITS, .thread = t2, .stack = s});
	sn_maker_finding(m, &f);
	sn_maker_add(m, SN_TABLE_MODULE, 1);
}

/* Every accessor on every record, as a detector or a report would. */
static uint64_t touch(const struct sn_view *v)
{
	uint64_t sum = v->header->pid;
	uint32_t depth;

	for (uint32_t i = 0; i <= sn_view_count(v, SN_TABLE_THREAD); i++) {
		const struct sn_thread_rec *t = sn_view_thread(v, i);
		for (uint32_t h = 0; h < t->held_count && h < 100; h++)
			sum += sn_view_lock(v, sn_view_thread_held(v, t, h)->lock)->address;
	}
	for (uint32_t i = 0; i <= sn_view_count(v, SN_TABLE_STACK); i++) {
		const uint64_t *pc = sn_view_stack_pcs(v, i, &depth);
		while (depth)
			sum += pc[--depth];
	}
	for (uint32_t i = 0; i <= sn_view_count(v, SN_TABLE_STRING); i++)
		sum += strlen(sn_view_text(v, i));
	for (uint32_t i = 0; i <= sn_view_count(v, SN_TABLE_FINDING); i++) {
		const struct sn_finding_rec *f = sn_view_finding(v, i);
		sum += strlen(sn_kind_name(f->kind)) + strlen(sn_why_text(f->why));
		sum += sn_view_part(v, f->first_part)->object;
	}
	for (uint32_t i = 0; i <= sn_view_count(v, SN_TABLE_DEP); i++)
		sum += sn_view_held(v, sn_view_dep(v, i)->held_first)->lock;
	for (uint32_t i = 0; i <= sn_view_count(v, SN_TABLE_MODULE); i++)
		sum += sn_view_module(v, i)->bias;
	return sum;
}

static int open_bytes(struct sn_reader *r, const void *bytes, size_t size, char *error)
{
	char *path = sn_maker_file(bytes, size);
	int rc = sn_reader_open(r, path, error, 256);

	if (rc) {
		assert_true(rc < 0);
		assert_non_null(strstr(error, path));
		assert_null(strchr(error, '\n'));
	}
	unlink(path);
	free(path);
	return rc;
}

static void what_was_made_is_read(void **state)
{
	(void)state;
	for (uint32_t extents = 1; extents <= SN_EXTENTS_MAX; extents++) {
		struct sn_reader r;
		struct sn_maker m;
		char error[256] = "";
		unsigned char *bytes;
		size_t size;
		make(&m);
		bytes = sn_maker_bytes(&m, extents, &size);
		assert_int_equal(open_bytes(&r, bytes, size, error), 0);
		for (int t = 0; t < SN_TABLE_COUNT; t++) {
			assert_int_equal(sn_view_count(&r.view, t), sn_view_count(&m.view, t));
			assert_memory_equal(r.view.table[t].base, m.view.table[t].base,
					    (size_t)m.header.tables[t].used *
						    m.header.tables[t].record_size);
		}
		assert_string_equal(sn_view_text(&r.view, r.header.exe), "/usr/bin/example");
		assert_int_equal(touch(&r.view), touch(&m.view));
		sn_reader_close(&r);
		free(bytes);
		sn_maker_end(&m);
	}
}

struct refusal {
	size_t offset;
	uint32_t value;
	int rc;
	const char *says;
};

#define HEADER(field) offsetof(struct sn_header, field)

static void refusals_are_clear(void **state)
{
	static const struct refusal cases[] = {
		{HEADER(magic), 0x12345678, -EINVAL, "not a recording"},
		{HEADER(version), 77, -EPROTO, "format version 77"},
		{HEADER(byte_order), 0x04030201, -EINVAL, "byte order"},
		{HEADER(format), 1, -EPROTO, "another build of snarl"},
		{HEADER(header_size), 1, -EBADMSG, "corrupted"},
		{HEADER(table_count), 9999, -EBADMSG, "corrupted"},
		{HEADER(tables[0].record_size), 8, -EBADMSG, "table thread"},
		{HEADER(tables[1].extent_count), 25, -EBADMSG, "table lock"},
		{HEADER(tables[1].extents[0].first), 1, -EBADMSG, "extent 0 of table lock"},
		{HEADER(tables[1].extents[0].offset), 0, -EBADMSG, "extent 0 of table lock"},
		{HEADER(tables[1].extents[0].count), 1 << 20, -EBADMSG, "cut short"},
		{HEADER(tables[1].extents[0].count), UINT32_MAX, -EBADMSG, "extent 0 of table"},
		{HEADER(tables[1].extents[0].offset), SN_HEADER_SIZE, -EBADMSG, "overlap"},
	};
	struct sn_maker m;
	size_t size;
	unsigned char *bytes;

	(void)state;
	make(&m);
	bytes = sn_maker_bytes(&m, 1, &size);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct sn_reader r;
		char error[256] = "";
		uint32_t old;
		memcpy(&old, bytes + cases[i].offset, sizeof(old));
		memcpy(bytes + cases[i].offset, &cases[i].value, sizeof(old));
		assert_int_equal(open_bytes(&r, bytes, size, error), cases[i].rc);
		assert_non_null(strstr(error, cases[i].says));
		memcpy(bytes + cases[i].offset, &old, sizeof(old));
	}
	free(bytes);
	sn_maker_end(&m);
}

static void other_files_are_refused(void **state)
{
	static const char text[] = "just a text";
	char error[256], fifo[64];
	struct sn_reader r;
	unsigned char *zeros = calloc(1, SN_HEADER_SIZE);

	(void)state;
	assert_int_equal(open_bytes(&r, "", 0, error), -ENODATA);
	assert_int_equal(open_bytes(&r, text, sizeof(text), error), -EINVAL);
	assert_int_equal(open_bytes(&r, zeros, SN_HEADER_SIZE, error), -ENODATA);
	assert_int_equal(sn_reader_open(&r, "/nonexistent/x", error, sizeof(error)), -ENOENT);
	assert_string_equal(error, "/nonexistent/x: No such file or directory");
	assert_int_equal(sn_reader_open(&r, "/", error, sizeof(error)), -EINVAL);
	assert_int_equal(sn_reader_open(&r, "/dev/zero", error, sizeof(error)), -EINVAL);
	snprintf(fifo, sizeof(fifo), "/tmp/snarl-test-fifo-%d", (int)getpid());
	assert_int_equal(mkfifo(fifo, 0600), 0);
	assert_int_equal(sn_reader_open(&r, fifo, error, sizeof(error)), -EINVAL);
	unlink(fifo);
	assert_int_equal(sn_reader_open(&r, "/nonexistent/x", error, 5), -ENOENT);
	assert_string_equal(error, "/non");
	free(zeros);
}

static void used_beyond_its_room_is_cut(void **state)
{
	struct sn_reader r;
	struct sn_maker m;
	char error[256];
	size_t size;
	unsigned char *bytes;

	(void)state;
	make(&m);
	bytes = sn_maker_bytes(&m, 2, &size);
	((struct sn_header *)bytes)->tables[SN_TABLE_THREAD].used = 1000;
	((struct sn_header *)bytes)->tables[SN_TABLE_LOCK].extent_count = 0;
	assert_int_equal(open_bytes(&r, bytes, size, error), 0);
	assert_int_equal(sn_view_count(&r.view, SN_TABLE_THREAD), 3);
	assert_int_equal(sn_view_count(&r.view, SN_TABLE_LOCK), 0);
	assert_int_equal(sn_view_lock(&r.view, 1)->address, 0);
	touch(&r.view);
	sn_reader_close(&r);
	free(bytes);
	sn_maker_end(&m);
}

static uint64_t noise = 88172645463325252u;

static uint32_t any(uint32_t below)
{
	noise ^= noise << 13;
	noise ^= noise >> 7;
	noise ^= noise << 17;
	return (uint32_t)((noise >> 16) % below);
}

static uint32_t any_value(void)
{
	static const uint32_t edges[] = {0,          1,          2,          0x7f,       0xffff,
					 0x7fffffff, 0x80000000, 0xffffffff, 0xfffffff8, 16384};

	return any(2) ? edges[any(10)] : any(UINT32_MAX);
}

static void damage_extent(struct sn_header *h, size_t size)
{
	struct sn_table_desc *d = &h->tables[any(SN_TABLE_COUNT)];
	struct sn_extent *e = &d->extents[any(3)];

	switch (any(6)) {
	case 0:
		e->offset = any(2) ? any((uint32_t)size) : (uint64_t)any_value() << any(33);
		break;
	case 1:
		e->count = any_value();
		break;
	case 2:
		e->first = any_value();
		break;
	case 3:
		d->extent_count = any(2) ? any(SN_EXTENTS_MAX + 2) : any_value();
		break;
	case 4:
		*e = h->tables[any(SN_TABLE_COUNT)].extents[any(3)];
		break;
	default:
		d->used = any_value();
		d->capacity = any_value();
	}
}

/* Damages the bytes in one to four places; returns the new size, perhaps smaller. */
static size_t damage(unsigned char *bytes, size_t size)
{
	for (uint32_t n = 1 + any(4); n; n--)
		switch (any(5)) {
		case 0:
			bytes[any((uint32_t)size)] ^= (unsigned char)(1u << any(8));
			break;
		case 1:
			((uint32_t *)bytes)[any(sizeof(struct sn_header) / 4)] = any_value();
			break;
		case 2:
			memset(bytes + SN_HEADER_SIZE + any((uint32_t)size - SN_HEADER_SIZE),
			       (int)any(256), 1);
			break;
		default:
			damage_extent((struct sn_header *)bytes, size);
		}
	return any(8) ? size : any((uint32_t)size);
}

static void damaged_files_do_no_harm(void **state)
{
	unsigned char *whole, *mutant;
	char *path, error[256];
	unsigned read = 0;
	struct sn_maker m;
	size_t size;
	int fd;

	(void)state;
	make(&m);
	whole = sn_maker_bytes(&m, 3, &size);
	mutant = malloc(size);
	path = sn_maker_file("", 0);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	assert_true(fd >= 0);
	for (int i = 0; i < MUTANTS; i++) {
		struct sn_reader r;
		size_t left;
		memcpy(mutant, whole, size);
		left = damage(mutant, size);
		assert_int_equal(ftruncate(fd, 0), 0);
		assert_int_equal(pwrite(fd, mutant, left, 0), left);
		error[0] = '\0';
		if (sn_reader_open(&r, path, error, sizeof(error))) {
			assert_non_null(strstr(error, path));
			assert_null(strchr(error, '\n'));
			continue;
		}
		touch(&r.view);
		sn_reader_close(&r);
		read++;
	}
	/* Both must have been tried: damage that is refused, and damage that is read. */
	assert_in_range(read, MUTANTS / 20, MUTANTS * 19 / 20);
	close(fd);
	unlink(path);
	free(path);
	free(mutant);
	free(whole);
	sn_maker_end(&m);
}

/* Counts that promise more than there is, in many records at once. */
static void counts_are_what_is_there(void **state)
{
	struct sn_maker m;
	struct sn_reader r;
	char error[256];
	unsigned char *bytes;
	uint64_t held = 0, parts = 0, frames = 0;
	size_t size;

	(void)state;
	make(&m);
	for (int i = 0; i < 1000; i++) {
		uint32_t t = sn_maker_thread(&m, "many", SN_THREAD_RUNNING);
		struct sn_thread_rec *thread = sn_maker_at(&m, SN_TABLE_THREAD, t);
		struct sn_stack_rec *s =
			sn_maker_at(&m, SN_TABLE_STACK, sn_maker_add(&m, SN_TABLE_STACK, 1));
		struct sn_finding_rec *f =
			sn_maker_at(&m, SN_TABLE_FINDING, sn_maker_add(&m, SN_TABLE_FINDING, 1));
		thread->held_count = UINT32_MAX;
		thread->held_more = i % 2;
		s->first = f->first_part = 1;
		s->depth = UINT16_MAX;
		f->part_count = UINT32_MAX;
	}
	bytes = sn_maker_bytes(&m, 1, &size);
	assert_int_equal(open_bytes(&r, bytes, size, error), 0);
	for (uint32_t i = 1; i < sn_view_count(&r.view, SN_TABLE_THREAD); i++)
		held += sn_view_thread(&r.view, i)->held_count;
	for (uint32_t i = 1; i < sn_view_count(&r.view, SN_TABLE_FINDING); i++)
		parts += sn_view_finding(&r.view, i)->part_count;
	for (uint32_t i = 1; i < sn_view_count(&r.view, SN_TABLE_STACK); i++)
		frames += sn_view_stack(&r.view, i)->depth;
	assert_in_range(held, 1, sn_view_count(&r.view, SN_TABLE_HELD) + 1000 * SN_HELD_INLINE);
	assert_in_range(parts, 1, sn_view_count(&r.view, SN_TABLE_PART));
	assert_in_range(frames, 1, sn_view_count(&r.view, SN_TABLE_FRAME));
	sn_reader_close(&r);
	free(bytes);
	sn_maker_end(&m);
}

/* What lies in a hole costs nothing to who made the file, and must not cost us its size. */
static void holes_are_no_records(void **state)
{
	const uint32_t many = 1u << 23;
	struct sn_maker m;
	struct sn_reader r;
	struct sn_header *h;
	char error[256], *path;
	unsigned char *bytes;
	size_t size;

	(void)state;
	make(&m);
	bytes = sn_maker_bytes(&m, 1, &size);
	h = (struct sn_header *)bytes;
	h->tables[SN_TABLE_HELD].extents[0] = (struct sn_extent){(size + 4095) & ~4095ull, 0, many};
	h->tables[SN_TABLE_HELD].used = many;
	path = sn_maker_file(bytes, size);
	assert_int_equal(
		truncate(path, (off_t)size + 4096 + (off_t)many * (off_t)sizeof(struct sn_held)),
		0);
	assert_int_equal(sn_reader_open(&r, path, error, sizeof(error)), -EBADMSG);
	assert_non_null(strstr(error, "mostly holes"));
	unlink(path);
	free(path);
	free(bytes);
	sn_maker_end(&m);
}

static void keys_tell_findings_apart(void **state)
{
	struct sn_part a = {.role = SN_ROLE_HOLDS, .thread = 1, .object = 1, .stack = 1};
	struct sn_part b = {.role = SN_ROLE_WAITS, .thread = 1, .object = 2, .stack = 2};
	struct sn_finding one = {.kind = SN_KIND_DEADLOCK}, two = one;

	(void)state;
	sn_finding_add(&one, a);
	sn_finding_add(&one, b);
	sn_finding_add(&two, b);
	a.thread = 9;
	sn_finding_add(&two, a);
	assert_true(sn_finding_key(&one) == sn_finding_key(&two));
	two.parts[0].stack++;
	assert_true(sn_finding_key(&one) != sn_finding_key(&two));
	two = one;
	two.kind = SN_KIND_SELF_DEADLOCK;
	assert_true(sn_finding_key(&one) != sn_finding_key(&two));
}

static void names_are_found_again(void **state)
{
	(void)state;
	for (int i = 0; i < SN_KIND_COUNT; i++)
		assert_int_equal(sn_kind_by_name(sn_kind_name((unsigned)i)), i);
	for (int i = 0; i < SN_WHY_COUNT; i++)
		assert_int_equal(sn_why_by_name(sn_why_name((unsigned)i)), i);
	assert_int_equal(sn_kind_by_name("nonsense"), -ENOENT);
	assert_string_equal(sn_kind_name(9999), "unknown");
	assert_string_equal(sn_why_text(9999), "");
	assert_string_equal(sn_verdict_name(SN_CONFIRMED), "confirmed");
	assert_string_equal(sn_table_name(SN_TABLE_PART), "part");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_was_made_is_read),
		cmocka_unit_test(refusals_are_clear),
		cmocka_unit_test(other_files_are_refused),
		cmocka_unit_test(used_beyond_its_room_is_cut),
		cmocka_unit_test(damaged_files_do_no_harm),
		cmocka_unit_test(counts_are_what_is_there),
		cmocka_unit_test(holes_are_no_records),
		cmocka_unit_test(keys_tell_findings_apart),
		cmocka_unit_test(names_are_found_again),
	};

	return cmocka_run_group_tests_name("reader", tests, NULL, NULL);
}
