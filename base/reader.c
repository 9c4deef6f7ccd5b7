/* SPDX-License-Identifier: Apache-2.0
 *
 * Copies a recording into memory.  Nothing in the file is believed before it is checked: every
 * extent must lie in the file and overlap no other, which bounds all memory by the file's size.
 *
 * The process may be running and writing.  Its header is read first; then each table, with its
 * description read again just before, those that refer to others first: so what a record refers to
 * has been written before its table was read.  A process that ended meanwhile is read once more. */
#include "base/reader.h"
#include "base/format.h"
#include "base/names.h"
#include "base/settle.h"
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

_Static_assert(sizeof(struct sn_header) <= SN_HEADER_SIZE, "the header must fit its room");

static const struct {
	uint32_t size, most;
} types[] = {
#define SN_TABLE(e, name, type, most) {sizeof(type), most},
#include "base/tables.def"
#undef SN_TABLE
};

/* Referring tables before those that they refer to. */
static const enum sn_table read_order[] = {
	SN_TABLE_FINDING, SN_TABLE_PART,  SN_TABLE_ACCESS,  SN_TABLE_CONTEXT, SN_TABLE_DEP,
	SN_TABLE_THREAD,  SN_TABLE_NOTE,  SN_TABLE_ADDRESS, SN_TABLE_HELD,    SN_TABLE_SYNC,
	SN_TABLE_LOCK,    SN_TABLE_STACK, SN_TABLE_FRAME,   SN_TABLE_MODULE,  SN_TABLE_STRING,
};
_Static_assert(sizeof(read_order) / sizeof(read_order[0]) == SN_TABLE_COUNT, "every table once");

struct source {
	int fd;
	uint64_t size;
	const char *path;
	char *error;
	size_t error_size;
};

__attribute__((format(printf, 3, 4))) static int bad(struct source *s, int code, const char *format,
						     ...)
{
	va_list args;
	int n = snprintf(s->error, s->error_size, "%s: ", s->path);

	if (n >= 0 && (size_t)n < s->error_size) {
		va_start(args, format);
		vsnprintf(s->error + n, s->error_size - (size_t)n, format, args);
		va_end(args);
	}
	return code;
}

static int read_at(struct source *s, void *to, uint64_t size, uint64_t offset)
{
	uint64_t done = 0;

	while (done < size) {
		ssize_t n = pread(s->fd, (char *)to + done, size - done, (off_t)(offset + done));
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return bad(s, -errno, "%s", strerror(errno));
		if (!n)
			return bad(s, -EBADMSG, "the recording is cut short: copy the whole file");
		done += (uint64_t)n;
	}
	return 0;
}

/* The file's size as it is now: looked up after what is checked against it was read, since a live
 * process makes the file longer before it says so. */
static int measure(struct source *s)
{
	struct stat st;

	if (fstat(s->fd, &st))
		return bad(s, -errno, "%s", strerror(errno));
	if (!S_ISREG(st.st_mode))
		return bad(s, -EINVAL, "not a regular file: give a recording (*.snarl)");
	s->size = (uint64_t)st.st_size;
	return 0;
}

static int check_identity(struct source *s, const struct sn_header *h)
{
	static const char zeros[sizeof(h->magic)];

	if (!memcmp(h->magic, zeros, sizeof(zeros)))
		return bad(s, -ENODATA,
			   "the recording is empty: its process ended before it began");
	if (memcmp(h->magic, SN_MAGIC, sizeof(h->magic)))
		return bad(s, -EINVAL, "not a recording of snarl: give a file made by `snarl run`");
	if (h->byte_order != SN_BYTE_ORDER)
		return bad(s, -EINVAL,
			   "recorded on a machine of another byte order: read it there");
	if (h->version != SN_FORMAT_VERSION)
		return bad(s, -EPROTO, "format version %u: read it with the snarl that recorded it",
			   h->version);
	if (h->format != sn_format())
		return bad(s, -EPROTO,
			   "written by another build of snarl: read it with that one, or record "
			   "again");
	if (h->header_size != SN_HEADER_SIZE || h->table_count != SN_TABLE_COUNT)
		return bad(s, -EBADMSG, "the recording is corrupted (header): record again");
	return 0;
}

static int check_extents(struct source *s, const struct sn_table_desc *d, enum sn_table t)
{
	uint64_t next = 0;

	if (d->record_size != types[t].size || d->extent_count > SN_EXTENTS_MAX)
		return bad(s, -EBADMSG, "the recording is corrupted (table %s): record again",
			   sn_table_name(t));
	for (uint32_t i = 0; i < d->extent_count; i++) {
		const struct sn_extent *e = &d->extents[i];
		uint64_t bytes = (uint64_t)e->count * types[t].size;
		if (e->first != next || e->offset < SN_HEADER_SIZE || e->offset > INT64_MAX ||
		    next + e->count > types[t].most)
			return bad(
				s, -EBADMSG,
				"the recording is corrupted (extent %u of table %s): record again",
				i, sn_table_name(t));
		if (e->offset > s->size || bytes > s->size - e->offset)
			return bad(s, -EBADMSG,
				   "the recording is cut short (table %s): copy the whole file",
				   sn_table_name(t));
		next += e->count;
	}
	return 0;
}

#define SMALL (64u << 20) /* so many bytes of tables are read whatever is behind them */
#define HOLES_MOST 16 /* how many times what lies on the disk a larger recording may seem to be */
#define SEGMENTS_MOST 100000

/* `used` may lie beyond the extents where the process was stopped while it grew the table. */
static uint32_t readable(const struct sn_table_desc *d)
{
	uint32_t room = 0;

	for (uint32_t i = 0; i < d->extent_count; i++)
		room += d->extents[i].count;
	return d->used < room ? d->used : room;
}

/* What of the file is more than holes, which cost its maker nothing. */
static uint64_t bytes_on_disk(const struct source *s)
{
	off_t at = 0, end = 0;
	uint64_t bytes = 0;

	for (int i = 0; i < SEGMENTS_MOST; i++) {
		at = lseek(s->fd, end, SEEK_DATA);
		if (at < 0)
			return errno == ENXIO ? bytes : s->size;
		end = lseek(s->fd, at, SEEK_HOLE);
		if (end < 0)
			return s->size;
		bytes += (uint64_t)(end - at);
	}
	return bytes;
}

/* All the tables that may be read, against what they cost whoever made the file. */
static int check_holes(struct source *s, const struct sn_header *h)
{
	uint64_t total = 0;

	for (int t = 0; t < SN_TABLE_COUNT; t++)
		total += (uint64_t)readable(&h->tables[t]) * types[t].size;
	if (total <= SMALL || total / HOLES_MOST <= bytes_on_disk(s))
		return 0;
	return bad(s, -EBADMSG, "the recording is corrupted (mostly holes): record again");
}

struct span {
	uint64_t from, to;
};

static int by_start(const void *a, const void *b)
{
	const struct span *x = a, *y = b;

	return (x->from > y->from) - (x->from < y->from);
}

/* The extents have been checked to lie in the file. */
static int check_overlap(struct source *s, const struct sn_header *h)
{
	struct span spans[SN_TABLE_COUNT * SN_EXTENTS_MAX];
	size_t n = 0;

	for (int t = 0; t < SN_TABLE_COUNT; t++)
		for (uint32_t i = 0; i < h->tables[t].extent_count; i++) {
			const struct sn_extent *e = &h->tables[t].extents[i];
			if (e->count)
				spans[n++] = (struct span){
					e->offset, e->offset + (uint64_t)e->count * types[t].size};
		}
	qsort(spans, n, sizeof(spans[0]), by_start);
	for (size_t i = 1; i < n; i++)
		if (spans[i].from < spans[i - 1].to)
			return bad(s, -EBADMSG,
				   "the recording is corrupted (tables overlap): record again");
	return 0;
}

static int read_header(struct source *s, struct sn_header *h)
{
	int rc;

	if (!s->size)
		return bad(s, -ENODATA,
			   "the recording is empty: its process ended before it began");
	if (s->size < sizeof(*h)) {
		char magic[sizeof(h->magic)] = "";
		if (s->size >= sizeof(magic) && !read_at(s, magic, sizeof(magic), 0) &&
		    !memcmp(magic, SN_MAGIC, sizeof(magic)))
			return bad(s, -EBADMSG, "the recording is cut short: copy the whole file");
		return bad(s, -EINVAL, "not a recording of snarl: give a file made by `snarl run`");
	}
	rc = read_at(s, h, sizeof(*h), 0);
	if (!rc)
		rc = check_identity(s, h);
	if (!rc)
		rc = measure(s);
	for (int t = 0; !rc && t < SN_TABLE_COUNT; t++)
		rc = check_extents(s, &h->tables[t], t);
	if (!rc)
		rc = check_overlap(s, h);
	return rc ? rc : check_holes(s, h);
}

/* The table's description as it is now: the process may have grown it, and the file with it. */
static int read_desc(struct source *s, struct sn_header *h, enum sn_table t)
{
	uint64_t offset = offsetof(struct sn_header, tables) + t * sizeof(struct sn_table_desc);
	int rc = read_at(s, &h->tables[t], sizeof(h->tables[t]), offset);

	if (!rc)
		rc = measure(s);
	if (!rc)
		rc = check_extents(s, &h->tables[t], t);
	return rc ? rc : check_overlap(s, h);
}

static int read_table(struct sn_reader *r, struct source *s, enum sn_table t)
{
	const struct sn_table_desc *d = &r->header.tables[t];
	uint32_t count, size = types[t].size;
	int rc = read_desc(s, &r->header, t);

	if (rc)
		return rc;
	count = readable(d);
	if (!count)
		return 0;
	r->tables[t] = malloc((size_t)count * size);
	if (!r->tables[t])
		return bad(s, -ENOMEM, "not enough memory for table %s", sn_table_name(t));
	for (uint32_t i = 0; !rc && i < d->extent_count && d->extents[i].first < count; i++) {
		const struct sn_extent *e = &d->extents[i];
		uint32_t n = count - e->first < e->count ? count - e->first : e->count;
		rc = read_at(s, (char *)r->tables[t] + (size_t)e->first * size, (uint64_t)n * size,
			     e->offset);
	}
	r->view.table[t].base = r->tables[t];
	r->view.table[t].count = rc ? 0 : count;
	return rc;
}

static void drop_tables(struct sn_reader *r)
{
	for (int t = 0; t < SN_TABLE_COUNT; t++)
		free(r->tables[t]);
	memset(r->tables, 0, sizeof(r->tables));
	memset(&r->view, 0, sizeof(r->view));
	r->view.header = &r->header;
}

static int read_all(struct sn_reader *r, struct source *s)
{
	int rc;

	drop_tables(r);
	rc = read_header(s, &r->header);
	for (size_t i = 0; !rc && i < SN_TABLE_COUNT; i++)
		if (r->wanted & 1u << read_order[i])
			rc = read_table(r, s, read_order[i]);
	return rc;
}

static int read_settled(struct sn_reader *r, struct source *s)
{
	uint32_t how = 0;
	int rc = read_all(r, s);

	if (!rc)
		rc = read_at(s, &how, sizeof(how), offsetof(struct sn_header, ended_how));
	if (!rc && how != r->header.ended_how)
		rc = read_all(r, s);
	if (!rc)
		sn_settle(r);
	return rc;
}

static int read_source(struct sn_reader *r, struct source *s, uint32_t wanted)
{
	int rc = measure(s);

	r->wanted = wanted;
	if (!rc)
		rc = read_settled(r, s);
	if (!rc && !(r->path = strdup(s->path)))
		rc = bad(s, -ENOMEM, "not enough memory");
	if (rc)
		sn_reader_close(r);
	return rc;
}

int sn_reader_open_fd(struct sn_reader *r, int fd, const char *path, uint32_t wanted, char *error,
		      size_t error_size)
{
	struct source s = {.fd = fd, .path = path, .error = error, .error_size = error_size};

	memset(r, 0, sizeof(*r));
	return read_source(r, &s, wanted);
}

int sn_reader_open(struct sn_reader *r, const char *path, char *error, size_t error_size)
{
	struct source s = {.path = path, .error = error, .error_size = error_size};
	int rc;

	memset(r, 0, sizeof(*r));
	/* Not blocking: opening a FIFO must not wait for somebody to write to it. */
	s.fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (s.fd < 0)
		return bad(&s, -errno, "%s", strerror(errno));
	rc = read_source(r, &s, UINT32_MAX);
	close(s.fd);
	return rc;
}

void sn_reader_close(struct sn_reader *r)
{
	drop_tables(r);
	free(r->path);
	memset(r, 0, sizeof(*r));
}
