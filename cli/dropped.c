/* SPDX-License-Identifier: Apache-2.0
 *
 * What a run has removed of its own recordings stands in its folder's mark, below the line that
 * makes it one: a name of a counter and a number a line.  So every later report says so, too. */
#include "cli/run.h"
#include "base/names.h"
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define TEXT_MAX 4096

void run_write_dropped(const struct run *run, const uint64_t counters[SN_COUNTER_COUNT])
{
	char text[TEXT_MAX];
	size_t n = (size_t)snprintf(text, sizeof(text), "%s", RUN_MARK);

	for (unsigned c = 0; c < SN_COUNTER_COUNT && n < sizeof(text) - 64; c++)
		if (counters[c])
			n += (size_t)snprintf(text + n, sizeof(text) - n, "%s %llu\n",
					      sn_counter_name(c), (unsigned long long)counters[c]);
	/* Where the disk is full, only a later report does not say it. */
	if (pwrite(run->lock, text, n, 0) == (ssize_t)n && ftruncate(run->lock, (off_t)n))
		cli_error("%s/%s cannot be written", run->dir, RUN_MARKER);
}

static void take_line(const char *line, uint64_t counters[SN_COUNTER_COUNT])
{
	unsigned long long n;
	char name[64];

	if (sscanf(line, "%63s %llu", name, &n) != 2)
		return;
	for (unsigned c = 0; c < SN_COUNTER_COUNT; c++)
		if (!strcmp(name, sn_counter_name(c)))
			counters[c] = n;
}

static int open_mark(int folder)
{
	int fd = openat(folder, RUN_MARKER,
			O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
	struct stat st;

	if (fd >= 0 && (fstat(fd, &st) || !S_ISREG(st.st_mode))) {
		close(fd);
		return -1;
	}
	return fd;
}

void cli_carry_dropped(struct sn_report *r, const struct cli_recordings *all)
{
	for (size_t i = 0; i < all->folder_count; i++) {
		uint64_t counters[SN_COUNTER_COUNT] = {0};
		char text[TEXT_MAX], *rest = text, *line;
		int fd = open_mark(all->folders[i]);
		ssize_t n = fd < 0 ? -1 : pread(fd, text, sizeof(text) - 1, 0);

		if (fd >= 0)
			close(fd);
		text[n > 0 ? n : 0] = 0;
		while ((line = strsep(&rest, "\n")))
			take_line(line, counters);
		sn_report_carry(r, counters);
	}
}
