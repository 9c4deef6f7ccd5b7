/* SPDX-License-Identifier: Apache-2.0
 *
 * See memory.h. The list of mappings may be long and stacks short: it is read in pieces, and of
 * each line only the head matters ("START-END rwxp …"). */
#include "base/memory.h"
#include "base/asleep.h"
#include <fcntl.h>
#include "base/sys.h"

enum field { FIELD_START, FIELD_END, FIELD_MODE, FIELD_REST };

struct line {
	enum field field;
	uint64_t start, end;
	char mode; /* the last letter of the third field: p or s */
};

static uint64_t with_digit(uint64_t n, char c)
{
	return n << 4 | (uint64_t)(c <= '9' ? c - '0' : c - 'a' + 10);
}

/* Takes in the next letter; returns whether the line's head is complete with it. */
static int feed(struct line *l, char c)
{
	if (c == '\n') {
		*l = (struct line){FIELD_START, 0, 0, 0};
		return 0;
	}
	switch (l->field) {
	case FIELD_START:
		if (c == '-')
			l->field = FIELD_END;
		else
			l->start = with_digit(l->start, c);
		return 0;
	case FIELD_END:
		if (c == ' ')
			l->field = FIELD_MODE;
		else
			l->end = with_digit(l->end, c);
		return 0;
	case FIELD_MODE:
		if (c == ' ')
			l->field = FIELD_REST;
		else
			l->mode = c;
		return c == ' ';
	default:
		return 0;
	}
}

static long open_maps(uint32_t pid)
{
	char path[32] = "/proc/", digits[12], *d = digits + sizeof digits - 1, *to = path + 6;
	*d = 0;
	do
		*--d = (char)('0' + pid % 10);
	while (pid /= 10);
	while (*d)
		*to++ = *d++;
	for (const char *name = "/maps"; *name; name++)
		*to++ = *name;
	return sn_sys(SYS_openat, AT_FDCWD, path, O_RDONLY | O_CLOEXEC);
}

static char mode_in(long fd, uint64_t address)
{
	struct line l = {FIELD_START, 0, 0, 0};
	char text[1024] = {0};
	long n;
	while ((n = sn_sys(SYS_read, fd, text, sizeof text)) > 0)
		for (long i = 0; i < n; i++)
			if (feed(&l, text[i]) && address >= l.start && address < l.end)
				return l.mode;
	return 0;
}

static char mode_of(uint32_t pid, uint64_t address)
{
	long fd = open_maps(pid);
	if (fd < 0)
		return 0;
	char mode = mode_in(fd, address);
	sn_sys(SYS_close, fd);
	return mode;
}

int sn_memory_is_private(uint32_t pid, uint64_t address)
{
	char mode = mode_of(pid, address);
	/* A first thread that has ended has no mappings to show. */
	if (!mode && sn_living_task(pid) != pid)
		mode = mode_of(sn_living_task(pid), address);
	return mode == 'p';
}
