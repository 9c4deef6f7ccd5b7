/* SPDX-License-Identifier: Apache-2.0
 *
 * See memory_limit.h. */
#include "base/memory_limit.h"
#include <fcntl.h>
#include <string.h>
#include "base/sys.h"

#define TEXT_MAX 4096
#define DEPTH_MOST 16 /* groups in groups */

static long read_file(const char *path, char *text)
{
	long fd = sn_sys(SYS_openat, AT_FDCWD, path, O_RDONLY | O_CLOEXEC);
	long n = fd < 0 ? fd : sn_sys(SYS_read, fd, text, TEXT_MAX - 1);
	if (fd >= 0)
		sn_sys(SYS_close, fd);
	text[n < 0 ? 0 : n] = 0;
	return n;
}

/* "max" is none. */
static uint64_t number_in(const char *path)
{
	static char text[TEXT_MAX];
	uint64_t n = 0;
	if (read_file(path, text) <= 0 || *text < '0' || *text > '9')
		return UINT64_MAX;
	for (const char *s = text; *s >= '0' && *s <= '9' && n < UINT64_MAX / 16; s++)
		n = n * 10 + (uint64_t)(*s - '0');
	return n;
}

/* The least of the group at `root` + `path` and of those that it lies in. In a container the path may
 * be one of the machine's, which is not there: the root of what is mounted has the limit then. */
static uint64_t least_of(const char *root, const char *path, size_t length, const char *file)
{
	static char full[TEXT_MAX];
	uint64_t least = UINT64_MAX;
	size_t base = strlen(root);
	if (base + length + strlen(file) + 2 > sizeof full)
		return least;
	memcpy(full, root, base);
	memcpy(full + base, path, length);
	for (int i = 0; i < DEPTH_MOST; i++) {
		while (length && full[base + length - 1] == '/')
			length--;
		strcpy(full + base + length, file);
		uint64_t n = number_in(full);
		least = n < least ? n : least;
		if (!length)
			break;
		while (length && full[base + length - 1] != '/')
			length--;
	}
	return least;
}

/* Whether the line "N:a,b:/path" names the controller; "0::/path" is the one group of version 2. */
static int has_controller(const char *line, const char *name)
{
	const char *list = strchr(line, ':'), *end = list ? strchr(list + 1, ':') : NULL;
	size_t n = strlen(name);
	for (const char *s = list ? list + 1 : NULL; s && end && s + n <= end; s++)
		if (memcmp(s, name, n) == 0 && (s[-1] == ':' || s[-1] == ',') &&
		    (s[n] == ':' || s[n] == ','))
			return 1;
	return 0;
}

uint64_t sn_memory_limit(void)
{
	static char groups[TEXT_MAX];
	uint64_t least = UINT64_MAX;
	if (read_file("/proc/self/cgroup", groups) <= 0)
		return least;
	for (char *line = groups, *end; *line; line = *end ? end + 1 : end) {
		for (end = line; *end && *end != '\n'; end++)
			;
		const char *colon = memchr(line, ':', (size_t)(end - line));
		const char *path = colon ? memchr(colon + 1, ':', (size_t)(end - colon - 1)) : NULL;
		uint64_t n = UINT64_MAX;
		if (path && path == colon + 1)
			n = least_of("/sys/fs/cgroup", path + 1, (size_t)(end - path - 1),
				     "/memory.max");
		else if (path && has_controller(line, "memory"))
			n = least_of("/sys/fs/cgroup/memory", path + 1, (size_t)(end - path - 1),
				     "/memory.limit_in_bytes");
		least = n < least ? n : least;
	}
	return least;
}
