/* SPDX-License-Identifier: Apache-2.0
 *
 * See file.h. */
#include "report/file.h"
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

int sn_file_open(const char *path, struct stat *status)
{
	int fd;

	/* Asked before: to open a device may be an act of its own. */
	if (stat(path, status))
		return -errno;
	if (!S_ISREG(status->st_mode))
		return -EINVAL;
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd < 0)
		return -errno;
	if (fstat(fd, status) || !S_ISREG(status->st_mode)) {
		close(fd);
		return -EINVAL;
	}
	return fd;
}

/* Files of /proc have no size and may have no end: they are read as empty. */
char *sn_file_text(const char *path, size_t most, struct stat *status)
{
	int fd = sn_file_open(path, status);
	size_t size, done = 0;
	char *text = NULL;
	ssize_t n;

	if (fd < 0)
		return NULL;
	size = (size_t)status->st_size;
	if (size <= most)
		text = malloc(size + 1);
	while (text && done < size && (n = read(fd, text + done, size - done)) > 0)
		done += (size_t)n;
	if (text)
		text[done] = 0;
	close(fd);
	return text;
}
