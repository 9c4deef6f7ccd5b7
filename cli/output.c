/* SPDX-License-Identifier: Apache-2.0
 *
 * The directory that a run writes into.  It is ours where its owner is, where nobody but owner and
 * group may write, and where it is new, empty, or has a file `.snarl` of ours in it.  While a run
 * uses it that file is locked.  All this is asked of open descriptors, and everything that is read,
 * written or removed is named relative to them: what others put in its way is never followed.
 * Only files with our names are removed. */
#include "cli/run.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

static const char mark[] = RUN_MARK;

/* Runs at a time in one folder: more than any machine has processes for. */
#define BESIDE_MOST 1000

static int has_our_name(const char *name)
{
	size_t n = strlen(name);

	return !strncmp(name, "report.", 7) ||
	       (name[0] >= '0' && name[0] <= '9' &&
		((n > 6 && !strcmp(name + n - 6, ".snarl")) ||
		 (n > 11 && !strcmp(name + n - 11, ".snarl.seen"))));
}

/* Whether the open file is one that only we can have made: else why not. */
static const char *foreign_file(int fd)
{
	struct stat st;

	if (fstat(fd, &st))
		return strerror(errno);
	if (!S_ISREG(st.st_mode))
		return "its " RUN_MARKER " is no regular file";
	if (st.st_uid != geteuid())
		return "its " RUN_MARKER " belongs to another user";
	return NULL;
}

static const char *foreign_folder(int fd)
{
	struct stat st;

	if (fstat(fd, &st))
		return strerror(errno);
	if (st.st_uid != geteuid())
		return "it belongs to another user";
	if (st.st_mode & S_IWOTH)
		return "everybody may write to it";
	return NULL;
}

static int is_marked(int fd)
{
	char text[sizeof(mark)] = "";
	ssize_t n = pread(fd, text, sizeof(text) - 1, 0);

	/* Empty where the disk was full when it was made. */
	return n == 0 || (n == sizeof(mark) - 1 && !memcmp(text, mark, sizeof(mark) - 1));
}

/* Removes one of our files; one of somebody else's, and what is no file, stays where it is. */
static int remove_file(int dir, const char *name)
{
	struct stat st;

	if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW))
		return errno == ENOENT ? 0 : -errno;
	if (S_ISDIR(st.st_mode))
		return 0;
	if (st.st_uid != geteuid())
		return -EPERM;
	return unlinkat(dir, name, 0) && errno != ENOENT ? -errno : 0;
}

/* How many entries there are but "." and "..". `clean` removes those with our names. */
static int entries(int dir, int clean)
{
	int copy = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC), count = 0, rc = 0;
	DIR *d = copy < 0 ? NULL : fdopendir(copy);
	struct dirent *e;

	if (!d)
		return -errno;
	while (!rc && (e = readdir(d))) {
		if (!strcmp(e->d_name, ".") || !strcmp(e->d_name, ".."))
			continue;
		count++;
		if (clean && has_our_name(e->d_name))
			rc = remove_file(dir, e->d_name);
	}
	closedir(d);
	return rc ? rc : count;
}

static int write_mark(int fd)
{
	ssize_t n = pwrite(fd, mark, sizeof(mark) - 1, 0);

	/* A limit on file sizes may let some of it through: empty is as good as whole. */
	if (n >= 0)
		return ftruncate(fd, n < (ssize_t)sizeof(mark) - 1 ? 0 : n) ? -errno : 0;
	/* The program runs all the same where nothing can be recorded. */
	return errno == EFBIG || errno == ENOSPC || errno == EDQUOT ? 0 : -errno;
}

static int refuse(const char *name, const char *why)
{
	cli_error("%s: %s: name another directory with -o", name, why);
	return -EPERM;
}

/* The mark of a folder that has one, or that is empty and gets one. */
static int open_mark(int dir, const char *name)
{
	const int flags = O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY;
	int fd = openat(dir, RUN_MARKER, flags), count;
	const char *why;

	if (fd < 0 && errno == ENOENT) {
		count = entries(dir, 0);
		/* Not empty: another run may have begun in it this moment. */
		fd = count < 0 ? -1 : openat(dir, RUN_MARKER, flags | (count ? 0 : O_CREAT), 0644);
		if (count > 0 && fd < 0)
			return refuse(name, "not a directory of snarl's");
	}
	if (fd < 0)
		return refuse(name,
			      errno == ELOOP ? "its " RUN_MARKER " is a link" : strerror(errno));
	why = foreign_file(fd);
	if (!why && !is_marked(fd))
		why = "not a directory of snarl's";
	if (!why)
		return fd;
	close(fd);
	return refuse(name, why);
}

/* Locks the mark: -EBUSY where another run has it. A file system without locks has to do without.
 */
static int lock(int fd)
{
	return flock(fd, LOCK_EX | LOCK_NB) && errno == EWOULDBLOCK ? -EBUSY : 0;
}

static int open_folder(const char *name)
{
	const char *why;
	int dir;

	if (mkdir(name, 0755) && errno != EEXIST)
		return refuse(name, strerror(errno));
	dir = open(name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (dir < 0)
		return refuse(name, errno == ENOTDIR ? "no directory, or a link to one"
						     : strerror(errno));
	why = foreign_folder(dir);
	if (!why)
		return dir;
	close(dir);
	return refuse(name, why);
}

static void drop(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

/* 0, -EBUSY where another run uses it (not told), or another error (told). */
static int take(struct run *run, const char *name)
{
	int rc = run->folder = open_folder(name);

	if (rc >= 0)
		rc = run->lock = open_mark(run->folder, name);
	if (rc >= 0)
		rc = lock(run->lock);
	if (!rc && (rc = entries(run->folder, 1)) >= 0)
		rc = write_mark(run->lock);
	if (rc < 0 && rc != -EBUSY && run->lock >= 0)
		refuse(name, rc == -EPERM ? "a file of another user is in it" : strerror(-rc));
	if (rc < 0) {
		drop(&run->lock);
		drop(&run->folder);
	}
	return rc;
}

/* snarl.data, or snarl.data.2, … where other runs use those before. */
static int take_default(struct run *run)
{
	int rc = take(run, run->dir = CLI_DEFAULT_DIR);

	for (int i = 2; rc == -EBUSY && i < BESIDE_MOST; i++) {
		free(run->dir_beside);
		if (asprintf(&run->dir_beside, CLI_DEFAULT_DIR ".%d", i) < 0) {
			run->dir_beside = NULL;
			return -ENOMEM;
		}
		rc = take(run, run->dir = run->dir_beside);
	}
	return rc;
}

/* Where it really lies: what the program is told, whatever becomes of the name that was given. */
static char *path_of(int folder)
{
	char link[64], path[4096];
	ssize_t n;

	snprintf(link, sizeof(link), "/proc/self/fd/%d", folder);
	n = readlink(link, path, sizeof(path) - 1);
	return n > 0 ? strndup(path, (size_t)n) : NULL;
}

static uint32_t new_number(void)
{
	uint32_t number = 0;

	if (getrandom(&number, sizeof(number), 0) != sizeof(number))
		number = (uint32_t)getpid();
	return number | 1; /* 0 is none */
}

int run_make_directory(struct run *run)
{
	int rc = run->dir ? take(run, run->dir) : take_default(run);

	if (rc == -EBUSY)
		cli_error("%s: another run of snarl uses it: name another directory with -o",
			  run->dir);
	if (rc < 0)
		return CLI_USAGE;
	run->name.number = new_number();
	run->directory = path_of(run->folder);
	if (run->directory)
		return 0;
	cli_error("%s: its path cannot be found: is /proc mounted?", run->dir);
	return CLI_USAGE;
}

void run_leave_directory(struct run *run)
{
	drop(&run->lock);
	drop(&run->folder);
	free(run->directory);
	free(run->dir_beside);
}

FILE *run_open_report(const struct run *run, const char *name)
{
	const int flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
	int rc = remove_file(run->folder, name);
	int fd = rc ? -1 : openat(run->folder, name, flags, 0666);
	FILE *f = fd < 0 ? NULL : fdopen(fd, "w");

	if (!f)
		cli_error("%s/%s: %s", run->dir, name, strerror(rc ? -rc : errno));
	if (!f && fd >= 0)
		close(fd);
	return f;
}

int run_open_recording(const struct run *run, const struct cli_recording *one, struct sn_header *h)
{
	int fd = cli_recording_open(one);
	int rc = fd < 0 ? fd : cli_recording_header(fd, h);

	if (!rc && h->run != run->name.number)
		rc = -ESRCH;
	if (rc && fd >= 0)
		close(fd);
	return rc ? rc : fd;
}
