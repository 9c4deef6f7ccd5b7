/* SPDX-License-Identifier: Apache-2.0
 *
 * Finds recordings: DIR/<pid>.snarl, and DIR/<pid>.<image>.snarl for what that process was after an
 * exec.  Tells whether the process that writes one is still there. */
#include "cli/cli.h"
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

static int add(struct cli_recordings *r, char *path)
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

static int add_directory(struct cli_recordings *r, const char *path)
{
	size_t first = r->count;
	struct dirent *e;
	DIR *d = opendir(path);
	int rc = 0;

	if (!d)
		return -errno;
	while (!rc && (e = readdir(d))) {
		char *full;
		if (!ends_in_snarl(e->d_name))
			continue;
		rc = add(r, asprintf(&full, "%s/%s", path, e->d_name) < 0 ? NULL : full);
	}
	closedir(d);
	if (r->count > first)
		qsort(r->all + first, r->count - first, sizeof(*r->all), by_process);
	return rc;
}

int cli_recordings_add(struct cli_recordings *r, const char *path)
{
	struct stat st;

	if (stat(path, &st))
		return -errno;
	return S_ISDIR(st.st_mode) ? add_directory(r, path) : add(r, strdup(path));
}

void cli_recordings_free(struct cli_recordings *r)
{
	for (size_t i = 0; i < r->count; i++)
		free(r->all[i].path);
	free(r->all);
	memset(r, 0, sizeof(*r));
}

int cli_recording_header(const char *path, struct sn_header *h)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	ssize_t n = fd < 0 ? -1 : pread(fd, h, sizeof(*h), 0);

	if (fd >= 0)
		close(fd);
	if (n != sizeof(*h) || memcmp(h->magic, SN_MAGIC, sizeof(h->magic)) ||
	    h->version != SN_FORMAT_VERSION)
		return -EINVAL;
	return 0;
}

/* When a process began, in nanoseconds of CLOCK_BOOTTIME; 0 where there is none or it is a zombie.
 */
static uint64_t process_began(unsigned pid)
{
	char path[64], text[1024], *rest, state;
	unsigned long long ticks;
	FILE *f;
	size_t n;

	snprintf(path, sizeof(path), "/proc/%u/stat", pid);
	f = fopen(path, "re");
	if (!f)
		return 0;
	n = fread(text, 1, sizeof(text) - 1, f);
	fclose(f);
	text[n] = '\0';
	/* The second field is the name in parentheses, which may hold anything. */
	rest = strrchr(text, ')');
	if (!rest ||
	    sscanf(rest + 1,
		   " %c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u %*u %*d %*d %*d %*d %*d"
		   " %*d %llu",
		   &state, &ticks) != 2)
		return 0;
	if (state == 'Z' || state == 'X')
		return 0;
	return (ticks + 1) * (1000000000ull / (unsigned long long)sysconf(_SC_CLK_TCK));
}

static uint64_t now(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

/* Whether the process has the recording mapped: 1, 0, or -1 where we may not look. */
static int maps_file(unsigned pid, const char *path)
{
	char maps[64], *line = NULL;
	unsigned long long inode;
	size_t room = 0;
	struct stat st;
	int found = 0;
	FILE *f;

	snprintf(maps, sizeof(maps), "/proc/%u/maps", pid);
	f = fopen(maps, "re");
	if (!f || stat(path, &st)) {
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
int cli_recording_lives(const char *path, const struct sn_header *h)
{
	uint64_t began, recorded;

	if (h->ended_how != SN_ENDED_RUNNING || h->pid < 1 || h->pid > INT32_MAX)
		return 0;
	began = process_began(h->pid);
	recorded = h->started_mono_ns + (now(CLOCK_BOOTTIME) - now(CLOCK_MONOTONIC));
	/* The kernel rounds to ticks: allow for a few. */
	if (!began || began > recorded + 50000000u)
		return 0;
	return maps_file(h->pid, path) != 0;
}
