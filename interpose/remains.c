/* SPDX-License-Identifier: Apache-2.0
 *
 * See remains.h. Ages are told apart by minutes: what is of the minute with which the number or
 * the size is reached stays. */
#include "interpose/remains.h"
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include "interpose/shim.h"

#define DAY (24 * 60u)
#define ENTRIES_MOST 100000 /* a look must end, also where somebody fills the folder meanwhile */

struct entry {
	uint64_t ino, off;
	uint16_t size;
	uint8_t type;
	char name[];
};

struct look {
	int folder;
	long now;
	uint32_t of_minute[DAY + 1]; /* how many recordings are that old; the last: a day or more */
	uint64_t blocks[DAY + 1];    /* of 512 bytes, what they take */
	unsigned oldest;             /* minutes; what is older goes. DAY + 1: nothing does yet */
};

/* The process whose recording bears this name: PID.snarl, PID.IMAGE.snarl; 0 where it is none. */
static long process_of(const char *name)
{
	char *end;
	long pid = *name >= '1' && *name <= '9' ? strtol(name, &end, 10) : 0;
	if (pid && end[0] == '.' && end[1] >= '0' && end[1] <= '9')
		strtol(end + 1, &end, 10);
	return pid && strcmp(end, ".snarl") == 0 ? pid : 0;
}

static int is_gone(long pid)
{
	return pid > INT32_MAX || sn_sys(SYS_kill, pid, 0) == -ESRCH;
}

static void look_at(struct look *l, const char *name)
{
	struct stat st = {0};
	long pid = process_of(name);
	if (!pid || sn_sys(SYS_newfstatat, l->folder, name, &st, AT_SYMLINK_NOFOLLOW) != 0 ||
	    !S_ISREG(st.st_mode))
		return;
	long seconds = l->now > st.st_mtime ? l->now - st.st_mtime : 0;
	unsigned age = seconds / 60 < DAY ? (unsigned)(seconds / 60) : DAY;
	if (l->oldest > DAY) {
		l->of_minute[age]++;
		l->blocks[age] += (uint64_t)st.st_blocks;
	} else if (age > l->oldest && is_gone(pid))
		sn_sys(SYS_unlinkat, l->folder, name, 0);
}

static void look_through(struct look *l)
{
	static char entries[8192] __attribute__((aligned(8)));
	long n, left = ENTRIES_MOST;
	sn_sys(SYS_lseek, l->folder, 0, SEEK_SET);
	while (left > 0 && (n = sn_sys(SYS_getdents64, l->folder, entries, sizeof entries)) > 0)
		for (long at = 0; at < n; left--) {
			const struct entry *e = (const struct entry *)(entries + at);
			look_at(l, e->name);
			at += e->size;
		}
}

/* The age up to which they stay. */
static unsigned oldest_kept(const struct look *l, int keep, int mib)
{
	uint64_t count = 0, blocks = 0;
	for (unsigned age = 0; age < DAY; age++) {
		count += l->of_minute[age];
		blocks += l->blocks[age];
		if (keep >= 0 &&
		    (count > (uint64_t)keep || (mib >= 0 && blocks > (uint64_t)mib << 11)))
			return age;
	}
	return DAY - 1;
}

void sn_remains_remove(int folder, int keep, int mib)
{
	static struct look l;
	memset(&l, 0, sizeof l);
	l.folder = folder;
	l.now = (long)(sn_clock_ns(CLOCK_REALTIME) / 1000000000u);
	l.oldest = DAY + 1;
	look_through(&l);
	l.oldest = oldest_kept(&l, keep, mib);
	look_through(&l);
}
