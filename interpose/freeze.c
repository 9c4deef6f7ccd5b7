/* SPDX-License-Identifier: Apache-2.0
 *
 * See freeze.h.  A thread that sleeps in a call which a stop ends early (EINTR, or with a part
 * done) is left alone: it would see it when it goes on. */
#include "interpose/freeze.h"
#include <fcntl.h>
#include <sys/ptrace.h>
#include "base/sys.h"

/* Threads may be created while we look. */
#define PASSES 3

struct entry {
	uint64_t inode;
	int64_t offset;
	uint16_t length;
	uint8_t type;
	char name[];
};

static uint32_t number_of(const char *s)
{
	uint32_t n = 0;
	while (*s >= '0' && *s <= '9')
		n = n * 10 + (uint32_t)(*s++ - '0');
	return n;
}

static char *put_number(char *to, uint32_t n)
{
	if (n > 9)
		to = put_number(to, n / 10);
	*to = (char)('0' + n % 10);
	return to + 1;
}

static char *put(char *to, const char *text)
{
	while (*text)
		*to++ = *text++;
	*to = 0;
	return to;
}

/* It runs, or sleeps in a call that begins again by itself. Not a futex: a stop makes it look at its
 * word again, and a thread that would have slept to the end would go on by our looking. */
static int may_stop(uint32_t pid, uint32_t tid)
{
	static const uint16_t restarted[] = {SYS_read, SYS_poll, SYS_nanosleep, SYS_clock_nanosleep,
					     SYS_wait4};
	char path[64], text[64] = "";
	put(put_number(put(put_number(put(path, "/proc/"), pid), "/task/"), tid), "/syscall");
	long fd = sn_sys(SYS_openat, AT_FDCWD, path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return 0;
	long n = sn_sys(SYS_read, fd, text, sizeof text - 1);
	sn_sys(SYS_close, fd);
	if (n <= 0)
		return 0;
	if (*text == 'r') /* running */
		return 1;
	for (unsigned i = 0; *text != '-' && i < sizeof restarted / sizeof *restarted; i++)
		if (number_of(text) == restarted[i])
			return 1;
	return 0;
}

/* Returns whether the thread is a new one. */
static int stop(uint32_t pid, uint32_t tid)
{
	if (!may_stop(pid, tid) || sn_sys(SYS_ptrace, PTRACE_SEIZE, tid, 0, 0) < 0)
		return 0;
	sn_sys(SYS_ptrace, PTRACE_INTERRUPT, tid, 0, 0);
	return 1;
}

static int stop_all(uint32_t pid, uint32_t except)
{
	char buffer[1024] __attribute__((aligned(8))), path[32];
	int fresh = 0;
	long n;
	put(put_number(put(path, "/proc/"), pid), "/task");
	long fd = sn_sys(SYS_openat, AT_FDCWD, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	while (fd >= 0 && (n = sn_sys(SYS_getdents64, fd, buffer, sizeof buffer)) > 0)
		for (long at = 0; at < n;) {
			const struct entry *e = (const void *)(buffer + at);
			uint32_t tid = number_of(e->name);
			if (tid && tid != except)
				fresh += stop(pid, tid);
			at += e->length;
		}
	if (fd >= 0)
		sn_sys(SYS_close, fd);
	return fresh;
}

void sn_freeze(uint32_t pid, uint32_t except)
{
	for (int i = 0; i < PASSES && stop_all(pid, except); i++)
		;
}
