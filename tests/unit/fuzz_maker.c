/* SPDX-License-Identifier: Apache-2.0
 *
 * See fuzz_maker.h. */
#include "tests/unit/fuzz_maker.h"
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include "outside/seen.h"
#include "report/report.h"
#include "tests/unit/recording_maker.h"

#define THREADS 6
#define LOCKS 10
#define OPTION_FINDINGS 12

static const uint64_t pcs[] = {0x401010, 0x401020, 0x401030, 0x501000};

static void add_module(struct sn_maker *m, const char *path, uint64_t start)
{
	uint32_t text = sn_maker_text(m, path), i = sn_maker_add(m, SN_TABLE_MODULE, 1);
	struct sn_module_rec *rec = sn_maker_at(m, SN_TABLE_MODULE, i);

	*rec = (struct sn_module_rec){.start = start,
				      .end = start + 0x10000,
				      .bias = start,
				      .path = text,
				      .unloaded_epoch = UINT32_MAX};
}

static void add_objects(struct sn_maker *m)
{
	static const uint8_t types[LOCKS] = {SN_LOCK_MUTEX,   SN_LOCK_MUTEX,     SN_LOCK_RWLOCK,
					     SN_LOCK_COND,    SN_LOCK_SEMAPHORE, SN_LOCK_BARRIER,
					     SN_LOCK_CHANNEL, SN_LOCK_CONTEXT,   SN_LOCK_WAIT_GROUP,
					     SN_LOCK_TASK};

	for (uint32_t i = 0; i < LOCKS; i++) {
		uint32_t l = sn_maker_lock(m, types[i], 0x600000 + 64 * i);
		struct sn_lock_rec *lock = sn_maker_at(m, SN_TABLE_LOCK, l);
		struct sn_sync_rec *sync;

		lock->birth_stack = 1;
		if (i < 3)
			continue;
		lock->sync = sn_maker_add(m, SN_TABLE_SYNC, 1);
		sync = sn_maker_at(m, SN_TABLE_SYNC, lock->sync);
		sync->object = l;
		sync->mutex = 1;
		sync->wakers[0] = 1 + i % THREADS;
	}
}

/* Two take two locks crosswise, three wait, one has ended and holds. */
static void add_threads(struct sn_maker *m)
{
	static const uint8_t waits[THREADS] = {SN_WAIT_LOCK, SN_WAIT_LOCK,   SN_WAIT_JOIN,
					       SN_WAIT_SEND, SN_WAIT_SELECT, SN_WAIT_NONE};

	for (uint32_t i = 0; i < THREADS; i++) {
		uint32_t t = sn_maker_thread(m, i ? "worker" : "main",
					     i + 1 < THREADS ? SN_THREAD_RUNNING : SN_THREAD_ENDED);
		struct sn_thread_rec *rec = sn_maker_at(m, SN_TABLE_THREAD, t);
		struct sn_held held = {.lock = 1 + i % 2, .stack = 1};

		rec->wait_kind = waits[i];
		rec->wait_object = waits[i] == SN_WAIT_JOIN ? 1 : i < 2 ? 2 - i : 7;
		rec->wait_stack = 2;
		rec->creator = i ? 1 : 0;
		rec->create_stack = 1;
		rec->start_routine = 0x401000;
		rec->cases = sn_maker_add(m, SN_TABLE_HELD, 2);
		rec->case_count = waits[i] == SN_WAIT_SELECT ? 2 : 0;
		sn_maker_hold(m, t, 1 + i % 2, 1, i % 2);
		sn_maker_dep(m, t, 2 - i % 2, 0, 1 + i % 2, &held, 1);
	}
}

static void add_findings(struct sn_maker *m)
{
	for (uint32_t i = 0; i < OPTION_FINDINGS; i++) {
		struct sn_finding f = {.kind = i * 5 % SN_KIND_COUNT,
				       .verdict = 1 + i % 3,
				       .why = 1 + i * 7 % (SN_WHY_COUNT - 1)};

		for (uint32_t j = 0; j < 3; j++)
			sn_finding_add(&f,
				       (struct sn_part){.role = (uint8_t)((i + j) % SN_ROLE_COUNT),
							.thread = 1 + (i + j) % THREADS,
							.object = 1 + (i * j) % LOCKS,
							.stack = 1 + j % 2,
							.number = j});
		sn_maker_finding(m, &f);
	}
}

static void make(struct sn_maker *m)
{
	sn_maker_begin(m);
	m->header.pid = 0; /* nobody's: the kernel is not asked */
	m->header.exe = sn_maker_text(m, "/nonexistent/program");
	m->header.arguments = sn_maker_text(m, "program");
	m->header.argument_count = 1;
	m->header.started_ns = 1;
	m->header.live_threads = THREADS;
	add_module(m, "/nonexistent/program", 0x400000);
	add_module(m, "relative", 0x500000);
	sn_maker_stack(m, pcs, 4);
	sn_maker_stack(m, pcs + 1, 3);
	add_objects(m);
	add_threads(m);
	add_findings(m);
}

static void change(struct sn_maker *m, const uint8_t *op)
{
	uint32_t table = op[0] % (SN_TABLE_COUNT + 1), record = op[1], size, value;
	uint32_t offset = (uint32_t)op[2] | (uint32_t)op[3] << 8;
	char *to;

	memcpy(&value, op + 4, sizeof(value));
	if (table == SN_TABLE_COUNT) {
		/* What the file's layout is made of is changed in the bytes only. */
		size = offsetof(struct sn_header, tables) - offsetof(struct sn_header, pid);
		to = (char *)&m->header.pid;
	} else {
		size = m->header.tables[table].record_size;
		to = sn_maker_at(m, table, record % m->header.tables[table].used);
	}
	offset %= size;
	memcpy(to + offset, &value, sizeof(value) < size - offset ? sizeof(value) : size - offset);
}

/* Counts what is written, and reads it, as a sanitizer would want. */
static ssize_t count(void *cookie, const char *text, size_t size)
{
	uint64_t *written = cookie;

	*written += size;
	return memchr(text, '\033', size) ? -1 : (ssize_t)size;
}

/* The i-th way to tell of it: the formats, then all threads, then all there is of each finding. */
static void write_one(struct sn_report *r, int i, FILE *out)
{
	if (i < SN_FORMAT_COUNT)
		sn_report_write(r, (enum sn_format)i, out, 0);
	else if (i == SN_FORMAT_COUNT)
		sn_report_threads(r, out, 0);
	else
		for (int digit = 0; digit < 16; digit++)
			sn_report_explain(r, (char[]){"0123456789abcdef"[digit], 0}, out, 0);
}

static void report(int fd, int folder, uint64_t *written)
{
	const struct sn_outside outside = {.folder = folder + 1};
	cookie_io_functions_t functions = {.write = count};
	struct sn_options o;
	char error[512];
	struct sn_report *r;

	sn_options_default(&o);
	o.show_refuted = 1;
	r = sn_report_new(&o);
	if (r && !sn_report_add_fd(r, fd, "fuzz", &outside, error, sizeof(error)))
		for (int i = 0; i < SN_FORMAT_COUNT + 2; i++) {
			FILE *out = fopencookie(written, "w", functions);

			write_one(r, i, out);
			/* A terminal's escape that got through is an error of the stream. */
			if (fflush(out) || ferror(out))
				abort();
			fclose(out);
		}
	sn_report_free(r);
}

static int file_of(const void *bytes, size_t size)
{
	static int fd = -1;

	if (fd < 0)
		fd = memfd_create("fuzz", MFD_CLOEXEC);
	if (fd < 0 || ftruncate(fd, 0) || pwrite(fd, bytes, size, 0) != (ssize_t)size)
		abort();
	return fd;
}

uint64_t sn_fuzz_report(const uint8_t *bytes, size_t size)
{
	uint64_t written = 0;
	struct sn_maker m;
	unsigned char *made;
	size_t length;

	if (!size)
		return 0;
	if (!bytes[0]) {
		report(file_of(bytes + 1, size - 1), -1, &written);
		return written;
	}
	make(&m);
	for (size_t i = 1; i + 8 <= size && i < 8 * 256; i += 8)
		change(&m, bytes + i);
	made = sn_maker_bytes(&m, 1 + bytes[0] % 4, &length);
	report(file_of(made, length), -1, &written);
	free(made);
	sn_maker_end(&m);
	return written;
}

#define SEEN_THREADS 4
#define SEEN_MODULES 2
/* Of the head: the mark, two sizes, then the picture. */
#define SEEN_HEAD (16 + sizeof(struct sn_seen))

struct picture {
	struct sn_seen seen;
	struct sn_seen_thread threads[SEEN_THREADS];
	struct sn_seen_module modules[SEEN_MODULES];
};

static void make_picture(struct picture *p)
{
	memset(p, 0, sizeof(*p));
	p->seen = (struct sn_seen){.when_ns = 1,
				   .flags = SN_SEEN_LAST | SN_SEEN_NEVER,
				   .thread_count = SEEN_THREADS,
				   .module_count = SEEN_MODULES,
				   .threads = p->threads,
				   .modules = p->modules};
	for (uint32_t i = 0; i < SEEN_THREADS; i++) {
		p->threads[i].call.depth = 2;
		p->threads[i].owner = 1 + i % 3;
		p->threads[i].lock = 0x600000 + 64 * i;
		p->threads[i].gone = i % 3;
		p->threads[i].pipe = i & 1 ? 7 : 0;
	}
	for (uint32_t i = 0; i < SEEN_MODULES; i++) {
		p->modules[i].start = p->modules[i].bias = 0x400000 + 0x100000 * i;
		p->modules[i].end = p->modules[i].start + 0x10000;
		strcpy(p->modules[i].path, "/nonexistent/program");
	}
}

/* A folder of our own; sn_fuzz_end removes it. */
static int seen_folder(void)
{
	static char name[] = "/tmp/snarl-fuzz-XXXXXX";
	static int folder = -1;

	if (folder < 0 && mkdtemp(name))
		folder = open(name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (folder < 0)
		abort();
	return folder;
}

void sn_fuzz_end(void)
{
	char link[64], path[256];
	ssize_t n;

	unlinkat(seen_folder(), "fuzz.seen", 0);
	snprintf(link, sizeof(link), "/proc/self/fd/%d", seen_folder());
	n = readlink(link, path, sizeof(path) - 1);
	path[n > 0 ? n : 0] = 0;
	rmdir(path);
}

static void change_picture(int fd, const uint8_t *op)
{
	uint32_t offset = (uint32_t)op[2] | (uint32_t)op[3] << 8;
	uint64_t at = SEEN_HEAD, size;

	if (op[0] % 3 == 0) {
		at = 0;
		size = SEEN_HEAD;
	} else if (op[0] % 3 == 1) {
		size = sizeof(struct sn_seen_thread);
		at += op[1] % SEEN_THREADS * size;
	} else {
		size = sizeof(struct sn_seen_module);
		at += SEEN_THREADS * sizeof(struct sn_seen_thread) + op[1] % SEEN_MODULES * size;
	}
	if (pwrite(fd, op + 4, 4, (off_t)(at + offset % (size - 3))) != 4)
		abort();
}

uint64_t sn_fuzz_seen(const uint8_t *bytes, size_t size)
{
	static struct picture picture;
	struct sn_header none = {.pid = 0};
	uint64_t written = 0;
	unsigned char *made;
	struct sn_maker m;
	size_t length;
	int fd;

	if (!size)
		return 0;
	make_picture(&picture);
	if (sn_seen_store(&picture.seen, seen_folder(), "fuzz", &none))
		abort();
	fd = openat(seen_folder(), "fuzz.seen", O_RDWR | O_CLOEXEC | (bytes[0] ? 0 : O_TRUNC));
	if (!bytes[0] && pwrite(fd, bytes + 1, size - 1, 0) != (ssize_t)size - 1)
		abort();
	for (size_t i = 1; bytes[0] && i + 8 <= size && i < 8 * 256; i += 8)
		change_picture(fd, bytes + i);
	close(fd);
	make(&m);
	made = sn_maker_bytes(&m, 1, &length);
	report(file_of(made, length), seen_folder(), &written);
	free(made);
	sn_maker_end(&m);
	return written;
}
