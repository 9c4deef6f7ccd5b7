/* SPDX-License-Identifier: Apache-2.0
 *
 * Which recordings `snarl report` means when it is not told: those in snarl.data, or else the last
 * that a preloaded program left in its temporary directory. */
#include "cli/cli.h"
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int is_directory(const char *path)
{
	struct stat st;

	return !stat(path, &st) && S_ISDIR(st.st_mode);
}

/* The temporary directory is everybody's: take only what is ours. */
static int is_ours(const char *path, struct stat *st)
{
	return !lstat(path, st) && st->st_uid == getuid() && !S_ISLNK(st->st_mode);
}

static int later(const struct timespec *a, const struct timespec *b)
{
	return a->tv_sec != b->tv_sec ? a->tv_sec > b->tv_sec : a->tv_nsec > b->tv_nsec;
}

static int is_candidate(const char *name, const struct stat *st)
{
	size_t n = strlen(name);

	if (S_ISDIR(st->st_mode))
		return name[0] != '.';
	return S_ISREG(st->st_mode) && n > 6 && !strcmp(name + n - 6, ".snarl");
}

/* The newest recording, or directory of them, in `directory`; malloc'd, or NULL. */
static char *newest_in(const char *directory)
{
	struct timespec newest = {0, 0};
	char *best = NULL, *path;
	struct dirent *e;
	struct stat st;
	DIR *d = opendir(directory);

	while (d && (e = readdir(d))) {
		if (asprintf(&path, "%s/%s", directory, e->d_name) < 0)
			break;
		if (is_ours(path, &st) && is_candidate(e->d_name, &st) &&
		    (!best || later(&st.st_mtim, &newest))) {
			free(best);
			best = path;
			newest = st.st_mtim;
		} else {
			free(path);
		}
	}
	if (d)
		closedir(d);
	return best;
}

/* All images of the process whose recording this is. */
static int add_process(struct cli_recordings *r, const char *directory, const char *file)
{
	struct cli_recordings all = {0}, one = {0};
	int rc = cli_recordings_add(&one, file);

	if (!rc && !one.all[0].pid)
		rc = cli_recordings_add(r, file);
	else if (!rc)
		rc = cli_recordings_add(&all, directory);
	for (size_t i = 0; !rc && i < all.count; i++)
		if (all.all[i].pid == one.all[0].pid)
			rc = cli_recordings_add(r, all.all[i].path);
	cli_recordings_free(&one);
	cli_recordings_free(&all);
	return rc;
}

static int take(struct cli_recordings *r, const char *directory, const char *path)
{
	int rc = is_directory(path) ? cli_recordings_add(r, path) : add_process(r, directory, path);

	if (rc || !r->count) {
		cli_error("%s: %s", path, rc ? strerror(-rc) : "no recordings in it");
		return CLI_USAGE;
	}
	cli_error("reading %s", path);
	return 0;
}

int cli_recordings_find(struct cli_recordings *r)
{
	const char *temporary = getenv("TMPDIR");
	char *directory = NULL, *path = NULL;
	struct stat st;
	int rc = CLI_USAGE;

	if (is_directory(CLI_DEFAULT_DIR))
		return take(r, ".", CLI_DEFAULT_DIR);
	if (asprintf(&directory, "%s/snarl-%u", temporary && *temporary ? temporary : "/tmp",
		     (unsigned)getuid()) < 0)
		directory = NULL;
	if (directory && is_ours(directory, &st))
		path = newest_in(directory);
	if (path)
		rc = take(r, directory, path);
	else
		cli_error("no recordings: there is no " CLI_DEFAULT_DIR
			  " here; name a directory, or make one with `snarl run`");
	free(directory);
	free(path);
	return rc;
}
