/* SPDX-License-Identifier: Apache-2.0
 *
 * See recorder.h. One reservation of address space holds the header and, table after table, room
 * for its most records; file extents are mapped over it as tables grow, each twice as large as all
 * before, so that small processes stay small and large ones have few mappings. */
#include "base/recorder.h"
#include "base/format.h"
#include "base/memory_limit.h"
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include "base/sys.h"

#define PAGE 4096u
#define FIRST_EXTENT PAGE

static const struct {
	uint32_t size;
	uint32_t most;
} shape[SN_TABLE_COUNT] = {
#define SN_TABLE(e, name, type, most) [SN_TABLE_##e] = {sizeof(type), most},
#include "base/tables.def"
#undef SN_TABLE
};

#define SN_TABLE(e, name, type, most)                                                              \
	_Static_assert((sizeof(type) & (sizeof(type) - 1)) == 0, "no record straddles extents");
#include "base/tables.def"
#undef SN_TABLE
_Static_assert(sizeof(struct sn_header) <= SN_HEADER_SIZE, "header fits");
_Static_assert(SN_TABLE_COUNT <= 16 && SN_COUNTER_COUNT <= 32, "header fits");

static int is_error(long r)
{
	return r < 0 && r > -4096;
}

/* Whether the file may grow to `end` without a SIGXFSZ. */
static int under_file_limit(uint64_t end)
{
	static struct rlimit limit = {RLIM_INFINITY, RLIM_INFINITY};
	if (!sn_sandboxed)
		sn_sys(SYS_prlimit64, 0, RLIMIT_FSIZE, 0, &limit);
	return limit.rlim_cur == RLIM_INFINITY || end <= limit.rlim_cur;
}

static int write_zeros(int fd, uint64_t offset, uint64_t size)
{
	static const char zeros[PAGE];
	for (uint64_t done = 0; done < size; done += PAGE) {
		long n = sn_sys(SYS_pwrite64, fd, zeros, PAGE, offset + done);
		if (n != PAGE)
			return n < 0 ? (int)n : -ENOSPC;
	}
	return 0;
}

/* Real space for [offset, offset + size), so that a store into its mapping cannot fail. */
static int reserve_space(int fd, uint64_t offset, uint64_t size)
{
	if (!under_file_limit(offset + size))
		return -EFBIG;
	long r = sn_sys(SYS_fallocate, fd, 0, offset, size);
	/* Where the file system or a filter of system calls does not have it, writing does. */
	if (r < 0 && r != -ENOSPC && r != -EDQUOT && r != -EFBIG)
		return write_zeros(fd, offset, size);
	return (int)r;
}

static int map_file(struct sn_recorder *r, void *at, uint64_t offset, uint64_t size)
{
	int flags = r->memory_only ? MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE : MAP_SHARED;
	long p = sn_sys(SYS_mmap, at, size, PROT_READ | PROT_WRITE, flags | MAP_FIXED, r->fd,
			r->memory_only ? 0 : offset);
	return is_error(p) ? (int)p : 0;
}

/* Without libc's fstat, which other preloaded libraries stand before, with locks of their own. */
static int status_of(int fd, struct stat *st)
{
	long r = sn_sys(SYS_fstat, fd, st);
	/* A filter of system calls may only know the one that libc uses. */
	return (int)(r < 0 ? sn_sys(SYS_newfstatat, fd, "", st, AT_EMPTY_PATH) : r);
}

/* The program may have closed our descriptor, and may be using its number for a file of its own. */
static int is_recording(const struct sn_recorder *r, int fd)
{
	struct stat st = {0};
	return fd >= 0 && !status_of(fd, &st) && st.st_dev == r->dev && st.st_ino == r->ino;
}

int sn_recorder_descriptor(const struct sn_recorder *r)
{
	int fd = r->fd;
	return is_recording(r, fd) ? fd : -1;
}

static int still_ours(struct sn_recorder *r)
{
	if (is_recording(r, r->fd))
		return 1;
	r->fd = -1;
	/* Not blocking: who can put a FIFO there must not stop us. */
	long fd = sn_sys(SYS_openat, AT_FDCWD, r->path,
			 O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY, 0);
	if (fd < 0)
		return 0;
	if (!is_recording(r, (int)fd)) {
		sn_sys(SYS_close, fd);
		return 0;
	}
	r->fd = (int)fd;
	return 1;
}

/* What is mapped of a file counts as memory of the control group: where that is little, a recording
 * that is large would have the program wait for the disk all the time, or killed. */
#define LARGE (1u << 20)
#define GROUP_SHARE 16

static int has_room(struct sn_recorder *r, uint64_t end)
{
	if (end > LARGE && !r->is_large) {
		uint64_t share = sn_memory_limit() / GROUP_SHARE;
		r->is_large = 1;
		share = share < LARGE ? LARGE : share;
		r->max_bytes = share < r->max_bytes ? share : r->max_bytes;
	}
	return end <= r->max_bytes;
}

static int add_extent(struct sn_recorder *r, enum sn_table t, uint64_t bytes)
{
	struct sn_table_desc *d = &r->header->tables[t];
	uint32_t size = shape[t].size;
	uint64_t count = bytes / size;
	if (d->extent_count >= SN_EXTENTS_MAX || d->capacity + count > r->limit[t] ||
	    !has_room(r, r->file_end + bytes))
		return -E2BIG;
	if (!r->memory_only && !still_ours(r))
		return -EBADF;
	int error = r->memory_only ? 0 : reserve_space(r->fd, r->file_end, bytes);
	if (error)
		return error;
	error = map_file(r, (char *)r->base[t] + (uint64_t)d->capacity * size, r->file_end, bytes);
	if (error)
		return error;
	d->extents[d->extent_count] = (struct sn_extent){r->file_end, d->capacity, (uint32_t)count};
	/* A reader takes extent_count first: the extent must be there by then. */
	__atomic_store_n(&d->extent_count, d->extent_count + 1, __ATOMIC_RELEASE);
	r->file_end += bytes;
	/* Pairs with the acquire in sn_recorder_append: who sees the room may store into it. */
	__atomic_store_n(&d->capacity, d->capacity + (uint32_t)count, __ATOMIC_RELEASE);
	return 0;
}

static int grow(struct sn_recorder *r, enum sn_table t, uint32_t needed)
{
	struct sn_table_desc *d = &r->header->tables[t];
	/* What it takes is refused there, and may kill the process. */
	if (sn_sandboxed)
		return -EPERM;
	int saved = errno, error = sn_lock_take(&r->grow_lock);
	if (error)
		return error;
	while (!error && d->capacity < needed) {
		uint64_t bytes = (uint64_t)d->capacity * shape[t].size;
		if (bytes < FIRST_EXTENT)
			bytes = FIRST_EXTENT;
		error = add_extent(r, t, bytes);
	}
	sn_lock_give(&r->grow_lock);
	errno = saved;
	return error;
}

/* What each table gets before it cannot grow any more. */
#define LAST_ROOM (128u << 10)

void sn_recorder_grow_last(struct sn_recorder *r)
{
	for (int t = 0; r->header && t < SN_TABLE_COUNT; t++) {
		uint32_t used = __atomic_load_n(&r->header->tables[t].used, __ATOMIC_RELAXED);
		grow(r, (enum sn_table)t, used + LAST_ROOM / shape[t].size);
	}
}

static void count_failure(struct sn_recorder *r, int error)
{
	sn_recorder_count(r, SN_COUNTER_GROW_FAILED);
	if (error == -ENOSPC || error == -EDQUOT)
		sn_recorder_count(r, SN_COUNTER_GROW_DISK);
	else if (error == -EFBIG)
		sn_recorder_count(r, SN_COUNTER_GROW_FILE);
	else if (error == -E2BIG)
		sn_recorder_count(r, SN_COUNTER_GROW_MOST);
	else if (error == -EBADF)
		sn_recorder_count(r, SN_COUNTER_GROW_LOST);
}

uint32_t sn_recorder_append(struct sn_recorder *r, enum sn_table t, uint32_t n)
{
	if (!r->header)
		return 0;
	struct sn_table_desc *d = &r->header->tables[t];
	uint32_t used = __atomic_load_n(&d->used, __ATOMIC_RELAXED);
	int error = -E2BIG;
	for (;;) {
		if (n > r->limit[t] || used + n > r->limit[t])
			break;
		if (used + n > __atomic_load_n(&d->capacity, __ATOMIC_ACQUIRE) &&
		    (error = grow(r, t, used + n)) != 0)
			break;
		if (__atomic_compare_exchange_n(&d->used, &used, used + n, 0, __ATOMIC_RELAXED,
						__ATOMIC_RELAXED))
			return used;
	}
	count_failure(r, error);
	return 0;
}

uint32_t sn_recorder_text(struct sn_recorder *r, const char *text, uint32_t length)
{
	uint32_t i = sn_recorder_append(r, SN_TABLE_STRING, length + 1);
	if (i)
		memcpy(sn_rec_string(r, i), text, length);
	return i;
}

static uint64_t table_bytes(enum sn_table t, unsigned shrink)
{
	uint64_t bytes = (uint64_t)shape[t].size * shape[t].most >> shrink;
	return bytes < 16 * PAGE ? 16 * PAGE : (bytes + PAGE - 1) & ~(uint64_t)(PAGE - 1);
}

#define SHRINK_MOST 12

static uint64_t all_bytes(unsigned shrink)
{
	uint64_t total = SN_HEADER_SIZE;
	for (int t = 0; t < SN_TABLE_COUNT; t++)
		total += table_bytes((enum sn_table)t, shrink);
	return total;
}

/* Of a limited address space a small part is ours: the rest is the program's. A table that is full
 * is counted, but a program whose malloc fails may fail itself. */
#define OUR_PART 32

static unsigned shrink_under(uint64_t limit)
{
	unsigned shrink = 0;
	while (limit != RLIM_INFINITY && shrink < SHRINK_MOST &&
	       all_bytes(shrink) > limit / OUR_PART)
		shrink++;
	return shrink;
}

static uint64_t address_limit(void)
{
	struct rlimit limit;
	return sn_sys(SYS_prlimit64, 0, RLIMIT_AS, 0, &limit) < 0 ? RLIM_INFINITY : limit.rlim_cur;
}

/* Address space for everything; where there is little (RLIMIT_AS), for less of everything. */
static int reserve_addresses(struct sn_recorder *r)
{
	for (unsigned shrink = shrink_under(address_limit()); shrink <= SHRINK_MOST; shrink++) {
		long p = sn_sys(SYS_mmap, 0, all_bytes(shrink), PROT_NONE,
				MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
		if (is_error(p))
			continue;
		r->reserved = (void *)p;
		char *at = (char *)p + SN_HEADER_SIZE;
		for (int t = 0; t < SN_TABLE_COUNT; t++) {
			r->base[t] = at;
			uint64_t bytes = table_bytes((enum sn_table)t, shrink);
			r->limit[t] = (uint32_t)(bytes / shape[t].size);
			at += bytes;
		}
		return 0;
	}
	return -ENOMEM;
}

static void give_back(struct sn_recorder *r, enum sn_table t, uint64_t keep)
{
	uint64_t size = shape[t].size, has = r->limit[t] * size;
	uint64_t used = r->header->tables[t].capacity * size;
	keep = keep > used ? keep : used;
	if (keep >= has)
		return;
	r->limit[t] = (uint32_t)(keep / size);
	sn_sys(SYS_munmap, (char *)r->base[t] + keep, has - keep);
}

void sn_recorder_give_back(struct sn_recorder *r, uint64_t limit)
{
	unsigned shrink = shrink_under(limit);
	if (!shrink || !r->header || sn_lock_take(&r->grow_lock))
		return;
	for (int t = 0; t < SN_TABLE_COUNT; t++)
		give_back(r, (enum sn_table)t, table_bytes((enum sn_table)t, shrink));
	sn_lock_give(&r->grow_lock);
}

/* A high number, out of the way of programs that count on low ones. */
static int move_up(int fd)
{
	struct rlimit limit;
	long floor = 1000;
	if (sn_sys(SYS_prlimit64, 0, RLIMIT_NOFILE, 0, &limit) == 0 && limit.rlim_cur < 1024)
		floor = limit.rlim_cur > 16 ? (long)limit.rlim_cur - 8 : 0;
	long high = sn_sys(SYS_fcntl, fd, F_DUPFD_CLOEXEC, floor);
	if (high < 0)
		return fd;
	sn_sys(SYS_close, fd);
	return (int)high;
}

/* The last part of the path, in its folder; where none is open, the whole path. */
static const char *name_in(int folder, const char *path)
{
	const char *slash = strrchr(path, '/');
	return folder == AT_FDCWD || !slash ? path : slash + 1;
}

/* Takes over the descriptor of the file that is called so. */
static int adopt(struct sn_recorder *r, int fd, const char *path)
{
	size_t length = strlen(path);
	struct stat st = {0};
	r->fd = move_up(fd);
	if (length >= sizeof r->path)
		return -ENAMETOOLONG;
	memcpy(r->path, path, length + 1);
	if (status_of(r->fd, &st) != 0)
		return -EIO;
	r->dev = st.st_dev;
	r->ino = st.st_ino;
	return 0;
}

static int open_file(struct sn_recorder *r, int folder, const char *path)
{
	long fd = sn_sys(SYS_openat, folder, name_in(folder, path),
			 O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	return fd < 0 ? (int)fd : adopt(r, (int)fd, path);
}

static void fill_header(struct sn_header *h)
{
	h->version = SN_FORMAT_VERSION;
	h->header_size = SN_HEADER_SIZE;
	h->byte_order = SN_BYTE_ORDER;
	h->table_count = SN_TABLE_COUNT;
	h->format = sn_format();
	for (int t = 0; t < SN_TABLE_COUNT; t++) {
		h->tables[t].record_size = shape[t].size;
		h->tables[t].used = 1;
	}
	/* Last: a file without its magic is one whose process died at birth. */
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
	memcpy(h->magic, SN_MAGIC, sizeof h->magic);
}

static int map_header(struct sn_recorder *r)
{
	int error = reserve_addresses(r);
	if (!error)
		error = map_file(r, r->reserved, 0, SN_HEADER_SIZE);
	if (error)
		return error;
	r->header = r->reserved;
	r->file_end = SN_HEADER_SIZE;
	fill_header(r->header);
	return 0;
}

static void begin(struct sn_recorder *r, uint64_t max_bytes)
{
	memset(r, 0, sizeof *r);
	r->fd = -1;
	r->max_bytes = max_bytes;
}

static int build(struct sn_recorder *r)
{
	int error = reserve_space(r->fd, 0, SN_HEADER_SIZE);
	return error ? error : map_header(r);
}

int sn_recorder_create_in(struct sn_recorder *r, int folder, const char *path, uint64_t max_bytes)
{
	int saved = errno;
	begin(r, max_bytes);
	int error = open_file(r, folder, path);
	if (!error)
		error = build(r);
	if (error) {
		int made = r->fd >= 0;
		sn_recorder_drop(r);
		if (made)
			sn_sys(SYS_unlinkat, folder, name_in(folder, path), 0);
	}
	errno = saved;
	return error;
}

int sn_recorder_create(struct sn_recorder *r, const char *path, uint64_t max_bytes)
{
	return sn_recorder_create_in(r, AT_FDCWD, path, max_bytes);
}

int sn_recorder_create_given(struct sn_recorder *r, int fd, const char *path, uint64_t max_bytes)
{
	begin(r, max_bytes);
	int error = adopt(r, fd, path);
	if (!error)
		error = build(r);
	if (error)
		sn_recorder_drop(r);
	return error;
}

int sn_recorder_create_in_memory(struct sn_recorder *r, uint64_t max_bytes)
{
	begin(r, max_bytes);
	r->memory_only = 1;
	int error = map_header(r);
	if (error)
		sn_recorder_drop(r);
	return error;
}

void sn_recorder_drop(struct sn_recorder *r)
{
	if (r->reserved)
		sn_sys(SYS_munmap, r->reserved, SN_HEADER_SIZE);
	sn_recorder_drop_but_header(r);
}

void sn_recorder_drop_but_header(struct sn_recorder *r)
{
	int saved = errno;
	r->header = NULL;
	/* What was given back in between is the program's. */
	for (int t = 0; r->reserved && t < SN_TABLE_COUNT; t++)
		sn_sys(SYS_munmap, r->base[t], (uint64_t)r->limit[t] * shape[t].size);
	if (is_recording(r, r->fd))
		sn_sys(SYS_close, r->fd);
	r->fd = -1;
	r->reserved = NULL;
	errno = saved;
}

void sn_recorder_view(const struct sn_recorder *r, struct sn_view *v)
{
	v->header = r->header;
	for (int t = 0; t < SN_TABLE_COUNT; t++) {
		v->table[t].base = r->base[t];
		v->table[t].count = __atomic_load_n(&r->header->tables[t].used, __ATOMIC_ACQUIRE);
	}
}
