/* SPDX-License-Identifier: Apache-2.0
 *
 * See pipe.h. What /proc shows of a descriptor is a link whose name is the pipe's inode and whose
 * mode says which end it is. A FIFO with a name may be opened by anybody at any time: it is not
 * looked at. */
#include "outside/pipe.h"
#include "outside/others.h"

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

struct end {
	uint64_t inode;
	mode_t mode; /* of the link that shows it */
};

static int has_end(uint32_t pid, const void *what)
{
	const struct end *end = what;
	char path[64];
	struct dirent *e;
	struct stat st;
	int found = 0;
	DIR *d;

	snprintf(path, sizeof(path), "/proc/%u/fd", pid);
	d = opendir(path);
	if (!d)
		return -errno;
	while (!found && (e = readdir(d)))
		found = inode_of(dirfd(d), e->d_name) == end->inode &&
			!fstatat(dirfd(d), e->d_name, &st, AT_SYMLINK_NOFOLLOW) &&
			(st.st_mode & end->mode) != 0;
	closedir(d);
	return found;
}

int sn_pipe_is_own(uint32_t pid, uint64_t inode, int writes)
{
	const struct end other = {inode, writes ? S_IRUSR : S_IWUSR};

	return has_end(pid, &other) > 0 && !sn_others_have(pid, has_end, &other);
}
