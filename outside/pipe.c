/* SPDX-License-Identifier: Apache-2.0
 *
 * See pipe.h. What /proc shows of a descriptor is a link whose name is the pipe's inode and whose
 * mode says which end it is. A FIFO with a name may be opened by anybody at any time: it is not
 * looked at. */
#include "outside/pipe.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static uint64_t inode_of(int dir, const char *name)
{
	char to[64];
	ssize_t n = readlinkat(dir, name, to, sizeof(to) - 1);

	to[n > 0 ? n : 0] = '\0';
	return strncmp(to, "pipe:[", 6) ? 0 : strtoull(to + 6, NULL, 10);
}

uint64_t sn_pipe_of(const struct sn_remote *r, int *writes)
{
	char path[64];

	switch ((long)r->system_call - 1) {
	case SYS_read:
	case SYS_readv:
		*writes = 0;
		break;
	case SYS_write:
	case SYS_writev:
		*writes = 1;
		break;
	default:
		return 0;
	}
	snprintf(path, sizeof(path), "/proc/%u/fd/%u", r->pid, (unsigned)r->argument[0]);
	return inode_of(AT_FDCWD, path);
}

/* Whether the process has the end that is asked for: 1, 0, or a negative errno. */
static int has_end(const char *pid, uint64_t inode, mode_t end)
{
	char path[64];
	struct dirent *e;
	struct stat st;
	int found = 0;
	DIR *d;

	snprintf(path, sizeof(path), "/proc/%.20s/fd", pid);
	d = opendir(path);
	if (!d)
		return -errno;
	while (!found && (e = readdir(d)))
		found = inode_of(dirfd(d), e->d_name) == inode &&
			!fstatat(dirfd(d), e->d_name, &st, AT_SYMLINK_NOFOLLOW) &&
			(st.st_mode & end) != 0;
	closedir(d);
	return found;
}

/* When a process began, in ticks; 0 where it has gone. */
static unsigned long long began(const char *pid)
{
	char path[64], text[1024], *rest;
	unsigned long long ticks = 0;
	FILE *f;
	size_t n;

	snprintf(path, sizeof(path), "/proc/%.20s/stat", pid);
	f = fopen(path, "re");
	if (!f)
		return 0;
	n = fread(text, 1, sizeof(text) - 1, f);
	fclose(f);
	text[n] = '\0';
	rest = strrchr(text, ')'); /* the name may hold anything */
	if (!rest || sscanf(rest + 1,
			    " %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u %*u %*d %*d %*d %*d "
			    "%*d %*d %llu",
			    &ticks) != 1)
		return 0;
	return ticks;
}

/* A process that may not be looked into has it, as far as one knows, unless it is older: then it
 * cannot have inherited it. */
static int may_have_end(const char *pid, const char *self, uint64_t inode, mode_t end)
{
	int has = has_end(pid, inode, end);

	if (has >= 0 || has == -ENOENT || has == -ESRCH)
		return has > 0;
	return began(pid) > began(self);
}

int sn_pipe_is_own(uint32_t pid, uint64_t inode, int writes)
{
	mode_t end = writes ? S_IRUSR : S_IWUSR;
	char self[16];
	struct dirent *e;
	int others = 0;
	DIR *d;

	snprintf(self, sizeof(self), "%u", pid);
	if (has_end(self, inode, end) <= 0 || !(d = opendir("/proc")))
		return 0;
	while (!others && (e = readdir(d)))
		if (e->d_name[0] >= '1' && e->d_name[0] <= '9' && strcmp(e->d_name, self))
			others = may_have_end(e->d_name, self, inode, end);
	closedir(d);
	return !others;
}
