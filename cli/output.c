/* SPDX-License-Identifier: Apache-2.0
 *
 * The directory that a run writes into.  A file `.snarl` marks it as ours; what does not bear the
 * mark is never touched, and in what does, only files with our names are removed. */
#include "cli/run.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MARKER ".snarl"
static const char mark[] = "SNARL-DATA 1\n";

static int is_ours(const char *name)
{
	size_t n = strlen(name);

	return !strncmp(name, "report.", 7) ||
	       (name[0] >= '0' && name[0] <= '9' && n > 6 && !strcmp(name + n - 6, ".snarl"));
}

static int is_marked(int dir)
{
	char text[sizeof(mark)] = "";
	int fd = openat(dir, MARKER, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);

	if (fd >= 0)
		close(fd);
	/* Empty where the disk was full when it was made. */
	return n == 0 || (n == sizeof(mark) - 1 && !memcmp(text, mark, sizeof(mark) - 1));
}

static int make_mark(int dir)
{
	int fd = openat(dir, MARKER, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
	int bad = fd < 0 || write(fd, mark, sizeof(mark) - 1) != sizeof(mark) - 1;
	int error = errno;

	if (fd >= 0)
		close(fd);
	/* The program runs all the same where nothing can be recorded. */
	if (fd >= 0 && (error == EFBIG || error == ENOSPC || error == EDQUOT))
		return 0;
	return bad ? -error : 0;
}

/* Calls for each entry but "." and "..": how many are there; `clean` removes those with our names.
 */
static int entries(int dir, int clean)
{
	int copy = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC), count = 0;
	DIR *d = copy < 0 ? NULL : fdopendir(copy);
	struct dirent *e;

	if (!d)
		return -errno;
	while ((e = readdir(d))) {
		if (!strcmp(e->d_name, ".") || !strcmp(e->d_name, ".."))
			continue;
		count++;
		if (clean && is_ours(e->d_name) && unlinkat(dir, e->d_name, 0) && errno != ENOENT) {
			count = -errno;
			break;
		}
	}
	closedir(d);
	return count;
}

static int take_over(int dir, const char *name)
{
	int rc = entries(dir, is_marked(dir));

	if (rc > 0 && !is_marked(dir)) {
		cli_error("%s: not a directory of snarl's: name another with -o", name);
		return CLI_USAGE;
	}
	if (rc == 0)
		rc = make_mark(dir);
	if (rc < 0)
		cli_error("%s: %s: name another directory with -o", name, strerror(-rc));
	return rc < 0 ? CLI_USAGE : 0;
}

int run_make_directory(const char *name)
{
	int dir, rc;

	if (mkdir(name, 0777) && errno != EEXIST) {
		cli_error("%s: %s: name another directory with -o", name, strerror(errno));
		return CLI_USAGE;
	}
	dir = open(name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0) {
		cli_error("%s: %s: name another directory with -o", name, strerror(errno));
		return CLI_USAGE;
	}
	rc = take_over(dir, name);
	close(dir);
	return rc;
}
