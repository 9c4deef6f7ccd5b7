/* SPDX-License-Identifier: Apache-2.0
 *
 * Finds recordings: DIR/<pid>.snarl, and DIR/<pid>.<image>.snarl for what that process was after an
 * exec.  Tells whether the process that writes one is still there. */
#include "cli/cli.h"
#include "base/asleep.h"
#include "base/format.h"
#include "outside/stat.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static int name_tells(const char *name, unsigned long *pid, unsigned long *image)
{
	char *end;

	*pid = *image = 0;
	if (name[0] < '1' || name[0] > '9')
		return 0;
	*pid = strtoul(name, &end, 10);
	if (end[0] == '.' && end[1] >= '0' && end[1] <= '9')
		*image = strtoul(end + 1, &end, 10);
	return !strcmp(end, ".snarl");
}

static int add(struct cli_recordings *r, int folder, char *path)
{
	struct cli_recording *all = realloc(r->all, (r->count + 1) * sizeof(*all));
	struct cli_recording *one;
	const char *slash;

	if (all)
		r->all = all;
	if (!all || !path) {
		free(path);
		return -ENOMEM;
	}
	one = &all[r->count++];
	slash = strrchr(path, '/');
	one->path = path;
	one->folder = folder;
	one->given = -1;
	if (!name_tells(slash ? slash + 1 : path, &one->pid, &one->image))
		one->pid = one->image = 0;
	return 0;
}

static int by_process(const void *a, const void *b)
{
	const struct cli_recording *x = a, *y = b;

	if (x->pid != y->pid)
		return x->pid < y->pid ? -1 : 1;
	if (x->image != y->image)
		return x->image < y->image ? -1 : 1;
	return strcmp(x->path, y->path);
}

static int ends_in_snarl(const char *name)
{
	const char *dot = strrchr(name, '.');

	return dot && dot != name && !strcmp(dot, ".snarl");
}

/* Keeps a descriptor of the folder for as long as the list. */
static int keep_folder(struct cli_recordings *r, int folder)
{
	int *more = realloc(r->folders, (r->folder_count + 1) * sizeof(*more));
	int copy = more ? fcntl(folder, F_DUPFD_CLOEXEC, 0) : -1;

	if (more)
		r->folders = more;
	if (copy < 0)
		return more ? -errno : -ENOMEM;
	r->folders[r->folder_count++] = copy;
	return copy;
}

int cli_recordings_add_folder(struct cli_recordings *r, int folder, const char *path)
{
	size_t first = r->count;
	struct dirent *e;
	int kept = keep_folder(r, folder), rc = 0;
	/* Another open file: the position in the list of names is this one's own. */
	int list = kept < 0 ? -1 : openat(kept, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *d = list < 0 ? NULL : fdopendir(list);

	if (!d)
		return kept < 0 ? kept : -errno;
	while (!rc && (e = readdir(d))) {
		char *full;
		if (!ends_in_snarl(e->d_name))
			continue;
		rc = add(r, kept, asprintf(&full, "%s/%s", path, e->d_name) < 0 ? NULL : full);
	}
	closedir(d);
	if (r->count > first)
		qsort(r->all + first, r->count - first, sizeof(*r->all), by_process);
	return rc;
}

int cli_recordings_add(struct cli_recordings *r, const char *path)
{
	struct stat st;
	int folder, rc;

	if (stat(path, &st))
		return -errno;
	if (!S_ISDIR(st.st_mode))
		return add(r, -1, strdup(path));
	folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (folder < 0)
		return -errno;
	rc = cli_recordings_add_folder(r, folder, path);
	close(folder);
	return rc;
}

int cli_recordings_add_given(struct cli_recordings *r, int fd, const char *path)
{
	int rc = add(r, -1, strdup(path));

	if (!rc)
		r->all[r->count - 1].given = fd;
	return rc;
}

void cli_recordings_free(struct cli_recordings *r)
{
	for (size_t i = 0; i < r->count; i++)
		free(r->all[i].path);
	for (size_t i = 0; i < r->folder_count; i++)
		close(r->folders[i]);
	free(r->folders);
	free(r->all);
	memset(r, 0, sizeof(*r));
}

static int open_as(const struct cli_recording *one, int mode)
{
	/* Not blocking: opening a FIFO must not wait for somebody at its other end. */
	int flags = mode | O_CLOEXEC | O_NONBLOCK | O_NOCTTY;
	const char *slash = strrchr(one->path, '/');

	if (one->folder < 0)
		return open(one->path, flags);
	return openat(one->folder, slash ? slash + 1 : one->path, flags | O_NOFOLLOW);
}

static int is_regular(int fd)
{
	struct stat st;

	return !fstat(fd, &st) && S_ISREG(st.st_mode);
}

int cli_recording_open(const struct cli_recording *one)
{
	int fd = one->given >= 0 ? fcntl(one->given, F_DUPFD_CLOEXEC, 0) : open_as(one, O_RDWR);

	if (fd < 0 && one->given < 0)
		fd = open_as(one, O_RDONLY);
	if (fd < 0)
		return errno == ELOOP || errno == ENXIO ? -EINVAL : -errno;
	if (is_regular(fd))
		return fd;
	close(fd);
	return -EINVAL;
}

int cli_recording_report(struct sn_report *r, const struct cli_recording *one,
			 const struct sn_outside *outside, char *error, size_t error_size)
{
	int fd = cli_recording_open(one), rc;
	struct sn_outside known = outside ? *outside : (struct sn_outside){0};

	if (fd < 0) {
		snprintf(error, error_size, "%s: %s", one->path,
			 fd == -EINVAL ? "not a regular file: give a recording (*.snarl)"
				       : strerror(-fd));
		return fd;
	}
	known.folder = one->folder + 1;
	rc = sn_report_add_fd(r, fd, one->path, &known, error, error_size);
	close(fd);
	return rc;
}

int cli_recording_header(int fd, struct sn_header *h)
{
	ssize_t n = pread(fd, h, sizeof(*h), 0);

	if (n != sizeof(*h) || memcmp(h->magic, SN_MAGIC, sizeof(h->magic)) ||
	    h->version != SN_FORMAT_VERSION || h->format != sn_format())
		return -EINVAL;
	return 0;
}

/* When a process began, in nanoseconds of CLOCK_BOOTTIME; 0 where there is none or it is a zombie.
 * One whose first thread has ended looks like one, but has threads. */
static uint64_t process_began(unsigned pid)
{
	struct sn_stat s;

	if (sn_stat_read(pid, &s) || !sn_stat_lives(&s))
		return 0;
	return (s.began + 1) * (1000000000ull / (unsigned long long)sysconf(_SC_CLK_TCK));
}

static uint64_t now(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

/* Whether the process has the recording mapped: 1, 0, or -1 where we may not look. */
static int maps_file(unsigned pid, int fd)
{
	char maps[64], *line = NULL;
	unsigned long long inode;
	size_t room = 0;
	struct stat st;
	int found = 0;
	FILE *f;

	/* A first thread that has ended has no memory to show. */
	snprintf(maps, sizeof(maps), "/proc/%u/maps", sn_living_task(pid));
	f = fopen(maps, "re");
	if (!f || fstat(fd, &st)) {
		if (f)
			fclose(f);
		return -1;
	}
	while (!found && getline(&line, &room, f) > 0)
		found = sscanf(line, "%*s %*s %*s %*s %llu", &inode) == 1 && inode == st.st_ino;
	found = found ? 1 : ferror(f) ? -1 : 0;
	free(line);
	fclose(f);
	return found;
}

/* A process that got the same id later began after the recording did. */
int cli_recording_lives(int fd, const struct sn_header *h)
{
	uint64_t began, recorded;

	if (h->ended_how != SN_ENDED_RUNNING || h->pid < 1 || h->pid > INT32_MAX)
		return 0;
	began = process_began(h->pid);
	recorded = h->started_mono_ns + (now(CLOCK_BOOTTIME) - now(CLOCK_MONOTONIC));
	/* The kernel rounds to ticks: allow for a few. */
	if (!began || began > recorded + 50000000u)
		return 0;
	return maps_file(h->pid, fd);
}
