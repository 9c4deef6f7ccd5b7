/* SPDX-License-Identifier: Apache-2.0
 *
 * Which recordings `snarl report` means when it is not told: those in snarl.data, or else the last
 * that a preloaded program left in its temporary directory.  That one lies where everybody may make
 * files: what is taken is ours by owner and mode, asked of what is open, and no link. */
#include "cli/cli.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int is_directory(const char *path)
{
	struct stat st;

	return !stat(path, &st) && S_ISDIR(st.st_mode);
}

/* Opens a folder that is ours alone; -1 where it is not. */
static int open_private(int where, const char *name)
{
	int fd = openat(where, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	struct stat st;

	if (fd < 0)
		return -1;
	if (!fstat(fd, &st) && st.st_uid == geteuid() && !(st.st_mode & (S_IWGRP | S_IWOTH)))
		return fd;
	close(fd);
	return -1;
}

static int later(const struct timespec *a, const struct timespec *b)
{
	return a->tv_sec != b->tv_sec ? a->tv_sec > b->tv_sec : a->tv_nsec > b->tv_nsec;
}

/* The newest recording of all folders that have been looked at. */
struct newest {
	int folder; /* -1: none */
	char *path, name[256];
	struct timespec when;
};

static int is_recording(int folder, const char *name, struct stat *st)
{
	size_t n = strlen(name);

	return n > 6 && !strcmp(name + n - 6, ".snarl") && name[0] != '.' &&
	       !fstatat(folder, name, st, AT_SYMLINK_NOFOLLOW) && S_ISREG(st->st_mode) &&
	       st->st_uid == geteuid();
}

static void take_if_newer(struct newest *best, int folder, const char *path, const char *name)
{
	struct stat st;
	char *copy;

	if (!is_recording(folder, name, &st) ||
	    (best->folder >= 0 && !later(&st.st_mtim, &best->when)) || !(copy = strdup(path)))
		return;
	if (best->folder >= 0)
		close(best->folder);
	free(best->path);
	best->path = copy;
	best->folder = fcntl(folder, F_DUPFD_CLOEXEC, 0);
	best->when = st.st_mtim;
	snprintf(best->name, sizeof(best->name), "%s", name);
}

static void look_into(struct newest *best, int folder, const char *path)
{
	int list = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *d = list < 0 ? NULL : fdopendir(list);
	struct dirent *e;

	while (d && (e = readdir(d)))
		take_if_newer(best, folder, path, e->d_name);
	if (d)
		closedir(d);
}

/* snarl-UID, and those that were made where somebody else had made that: snarl-UID.X. */
static int is_name(const char *name)
{
	char ours[32];
	int n = snprintf(ours, sizeof(ours), "snarl-%u", (unsigned)geteuid());

	return !strncmp(name, ours, (size_t)n) && (!name[n] || name[n] == '.');
}

static void look_below(struct newest *best, const char *temporary)
{
	DIR *d = opendir(temporary);
	struct dirent *e;
	char *path;

	while (d && (e = readdir(d))) {
		int folder = is_name(e->d_name) ? open_private(dirfd(d), e->d_name) : -1;

		if (folder < 0)
			continue;
		if (asprintf(&path, "%s/%s", temporary, e->d_name) > 0) {
			look_into(best, folder, path);
			free(path);
		}
		close(folder);
	}
	if (d)
		closedir(d);
}

/* Leaves only the images of one process. */
static void only_process(struct cli_recordings *r, const char *name)
{
	unsigned long pid = strtoul(name, NULL, 10);
	size_t kept = 0;

	for (size_t i = 0; i < r->count; i++) {
		if (r->all[i].pid == pid)
			r->all[kept++] = r->all[i];
		else
			free(r->all[i].path);
	}
	r->count = kept;
}

static int take(const char *path, int rc, const struct cli_recordings *r)
{
	if (rc || !r->count) {
		cli_error("%s: %s", path, rc ? strerror(-rc) : "no recordings in it");
		return CLI_USAGE;
	}
	cli_error("reading %s", path);
	return 0;
}

static int take_newest(struct cli_recordings *r, struct newest *best)
{
	char *path;
	int rc = cli_recordings_add_folder(r, best->folder, best->path);

	only_process(r, best->name);
	if (asprintf(&path, "%s/%s", best->path, best->name) < 0)
		return CLI_USAGE;
	rc = take(path, rc, r);
	free(path);
	return rc;
}

int cli_recordings_find(struct cli_recordings *r)
{
	const char *temporary = getenv("TMPDIR");
	struct newest best = {.folder = -1};
	int rc = CLI_USAGE;

	if (is_directory(CLI_DEFAULT_DIR))
		return take(CLI_DEFAULT_DIR, cli_recordings_add(r, CLI_DEFAULT_DIR), r);
	look_below(&best, temporary && *temporary ? temporary : "/tmp");
	if (best.folder >= 0)
		rc = take_newest(r, &best);
	else
		cli_error("no recordings: there is no " CLI_DEFAULT_DIR
			  " here; name a directory, or make one with `snarl run`");
	if (best.folder >= 0)
		close(best.folder);
	free(best.path);
	return rc;
}
