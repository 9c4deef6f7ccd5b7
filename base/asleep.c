/* SPDX-License-Identifier: Apache-2.0
 *
 * See asleep.h. */
#include "base/asleep.h"
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/uio.h>
#include "base/sys.h"

#define TEXT_MAX 2048
#define FUTEX_SYSCALL SYS_futex
/* A futex word of an object lies this near to its address. */
#define OBJECT_BYTES 64

struct path {
	char text[64];
	uint32_t length;
};

static void add_text(struct path *p, const char *text)
{
	while (*text && p->length < sizeof p->text - 1)
		p->text[p->length++] = *text++;
	p->text[p->length] = 0;
}

static void add_number(struct path *p, uint32_t n)
{
	char digits[12], *d = digits + sizeof digits - 1;
	*d = 0;
	do
		*--d = (char)('0' + n % 10);
	while (n /= 10);
	add_text(p, d);
}

/* The text of /proc/PID/NAME, or of /proc/PID/task/TID/NAME; its length or a negative errno. */
static long read_proc(uint32_t pid, uint32_t tid, const char *name, char *text)
{
	struct path p = {.length = 0};
	add_text(&p, "/proc/");
	add_number(&p, pid);
	if (tid) {
		add_text(&p, "/task/");
		add_number(&p, tid);
	}
	add_text(&p, name);
	long fd = sn_sys(SYS_openat, AT_FDCWD, p.text, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return fd;
	long n = sn_sys(SYS_read, fd, text, TEXT_MAX - 1);
	sn_sys(SYS_close, fd);
	text[n < 0 ? 0 : n] = 0;
	return n;
}

/* The state letter of a thread; 0 where there is no such thread. */
static char state_of(uint32_t pid, uint32_t tid)
{
	char text[TEXT_MAX];
	if (read_proc(pid, tid, "/stat", text) <= 0)
		return 0;
	const char *after = strrchr(text, ')'); /* the name may hold anything */
	return after && after[1] == ' ' ? after[2] : 0;
}

static uint64_t hex(const char **s)
{
	uint64_t n = 0;
	if ((*s)[0] == '0' && (*s)[1] == 'x')
		*s += 2;
	for (;; (*s)++) {
		char c = **s;
		if (c >= '0' && c <= '9')
			n = n << 4 | (uint64_t)(c - '0');
		else if (c >= 'a' && c <= 'f')
			n = n << 4 | (uint64_t)(c - 'a' + 10);
		else
			return n;
	}
}

/* Whether the thread sleeps on a futex of the object that it is said to wait for. A wait that was
 * jumped out of leaves its record behind; where the kernel does not tell, the record is believed.
 */
static int sleeps_on(const struct sn_view *v, uint32_t pid, const struct sn_thread_rec *t)
{
	char text[TEXT_MAX];
	uint64_t number = 0;
	if (read_proc(pid, t->tid, "/syscall", text) <= 0)
		return 1;
	const char *s = text;
	while (*s >= '0' && *s <= '9')
		number = number * 10 + (uint64_t)(*s++ - '0');
	if (s == text || number != FUTEX_SYSCALL || *s++ != ' ')
		return 0;
	if (t->wait_kind == SN_WAIT_JOIN)
		return 1;
	return hex(&s) - sn_view_lock(v, t->wait_object)->address < OBJECT_BYTES;
}

struct entry {
	uint64_t inode;
	int64_t offset;
	uint16_t length;
	uint8_t type;
	char name[];
};

/* The number of threads that have not ended; negative where it cannot be told. */
static long count_tasks(uint32_t pid)
{
	char buffer[TEXT_MAX] __attribute__((aligned(8)));
	struct path p = {.length = 0};
	long count = 0, n;
	add_text(&p, "/proc/");
	add_number(&p, pid);
	add_text(&p, "/task");
	long fd = sn_sys(SYS_openat, AT_FDCWD, p.text, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return fd;
	while ((n = sn_sys(SYS_getdents64, fd, buffer, sizeof buffer)) > 0)
		for (long at = 0; at < n;) {
			const struct entry *e = (const void *)(buffer + at);
			count += e->name[0] != '.';
			at += e->length;
		}
	sn_sys(SYS_close, fd);
	return n < 0 ? n : count;
}

static int is_live(const struct sn_thread_rec *t)
{
	return t->state == SN_THREAD_CREATED || t->state == SN_THREAD_RUNNING;
}

/* The first thread stays in the list of tasks until all others have ended. */
static int main_has_ended(const struct sn_view *v, uint32_t except)
{
	uint32_t pid = v->header->pid;
	char state = pid == except ? 'R' : state_of(pid, pid);
	return state == 'Z' || state == 'X';
}

enum sn_asleep sn_asleep(const struct sn_view *v, uint32_t except)
{
	uint32_t pid = v->header->pid, known = 0, excepted = except ? 1 : 0;
	long tasks = count_tasks(pid);
	if (tasks < 0)
		return SN_ASLEEP_UNKNOWN;
	for (uint32_t i = 1; i < sn_view_count(v, SN_TABLE_THREAD); i++) {
		const struct sn_thread_rec *t = sn_view_thread(v, i);
		if (!is_live(t) || t->tid == except)
			continue;
		known++;
		if (state_of(pid, t->tid) != 'S' || !sleeps_on(v, pid, t))
			return SN_ASLEEP_NO;
	}
	if (known + excepted + main_has_ended(v, except) < (uint32_t)tasks)
		return SN_ASLEEP_UNKNOWN;
	return SN_ASLEEP_YES;
}

static uint64_t bit(int signal)
{
	return 1ull << (signal - 1);
}

enum sn_handlers sn_handlers(uint32_t pid)
{
	/* Faults come from running code; 32 and 33 are glibc's own. */
	const uint64_t harmless = bit(SIGSEGV) | bit(SIGBUS) | bit(SIGFPE) | bit(SIGILL) |
				  bit(SIGTRAP) | bit(SIGABRT) | bit(SIGSYS) | bit(32) | bit(33);
	const uint64_t stop = bit(SIGINT) | bit(SIGTERM) | bit(SIGHUP) | bit(SIGQUIT);
	char text[TEXT_MAX];
	const char *s;
	if (read_proc(pid, 0, "/status", text) <= 0 || !(s = strstr(text, "SigCgt:")))
		return SN_HANDLERS_ANY;
	s += strlen("SigCgt:");
	while (*s == '\t' || *s == ' ')
		s++;
	uint64_t caught = hex(&s) & ~harmless;
	if (!caught)
		return SN_HANDLERS_NONE;
	return caught & ~stop ? SN_HANDLERS_ANY : SN_HANDLERS_STOP;
}

int sn_peek(uint32_t pid, uint64_t address, void *to, uint32_t n)
{
	struct iovec here = {to, n}, there = {(void *)(uintptr_t)address, n};
	long got = sn_sys(SYS_process_vm_readv, pid, &here, 1, &there, 1, 0);
	return got == (long)n ? 0 : got < 0 ? (int)got : -EFAULT;
}
