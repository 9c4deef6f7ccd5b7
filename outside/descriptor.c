/* SPDX-License-Identifier: Apache-2.0
 *
 * See descriptor.h. */
#include "outside/descriptor.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

uint64_t sn_descriptor_inode_at(int folder, const char *name, const char *kind)
{
	char to[64];
	ssize_t n = readlinkat(folder, name, to, sizeof(to) - 1);
	size_t length = strlen(kind);

	to[n > 0 ? n : 0] = '\0';
	if (strncmp(to, kind, length) || strncmp(to + length, ":[", 2))
		return 0;
	return strtoull(to + length + 2, NULL, 10);
}

uint64_t sn_descriptor_inode(uint32_t pid, unsigned fd, const char *kind)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%u/fd/%u", pid, fd);
	return sn_descriptor_inode_at(AT_FDCWD, path, kind);
}

int sn_descriptor_any(uint32_t pid, sn_descriptor_is *is, const void *what)
{
	char path[64];
	struct dirent *e;
	int found = 0;
	DIR *d;

	snprintf(path, sizeof(path), "/proc/%u/fd", pid);
	d = opendir(path);
	if (!d)
		return -errno;
	while (!found && (e = readdir(d)))
		found = is(dirfd(d), e->d_name, what);
	closedir(d);
	return found;
}
