/* SPDX-License-Identifier: Apache-2.0
 *
 * See proc.h. */
#include "base/proc.h"
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include "base/sys.h"

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

long sn_proc_read(uint32_t pid, uint32_t tid, const char *name, char *text)
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
	long n = sn_sys(SYS_read, fd, text, SN_PROC_TEXT_MAX - 1);
	sn_sys(SYS_close, fd);
	text[n < 0 ? 0 : n] = 0;
	return n;
}

uint32_t sn_proc_number(const char *s)
{
	uint32_t n = 0;
	while (*s >= '0' && *s <= '9')
		n = n * 10 + (uint32_t)(*s++ - '0');
	return n;
}

uint64_t sn_proc_hex(const char **s)
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

uint64_t sn_proc_signals(const char *status, const char *line, uint64_t otherwise)
{
	const char *s = strstr(status, line);
	if (!s)
		return otherwise;
	s += strlen(line);
	while (*s == '\t' || *s == ' ')
		s++;
	return sn_proc_hex(&s);
}

int sn_proc_call(uint32_t pid, uint32_t tid, struct sn_proc_call *c)
{
	char text[SN_PROC_TEXT_MAX];
	long n = sn_proc_read(pid, tid, "/syscall", text);
	const char *s = text;
	*c = (struct sn_proc_call){.number = -1};
	if (n <= 0)
		return n ? (int)n : -ENODATA;
	if (*s < '0' || *s > '9')
		return 0;
	for (int i = 0; i < 4; i++) {
		s = strchr(s, ' ');
		if (!s++)
			return 0;
		c->argument[i] = sn_proc_hex(&s);
	}
	c->number = (long)sn_proc_number(text);
	return 0;
}

int sn_proc_is_pipe(uint32_t pid, uint32_t fd)
{
	struct path p = {.length = 0};
	char to[8] = "";
	add_text(&p, "/proc/");
	add_number(&p, pid);
	add_text(&p, "/fd/");
	add_number(&p, fd);
	return sn_sys(SYS_readlinkat, AT_FDCWD, p.text, to, sizeof to - 1) > 0 &&
	       !memcmp(to, "pipe:", 5);
}

struct entry {
	uint64_t inode;
	int64_t offset;
	uint16_t length;
	uint8_t type;
	char name[];
};

int sn_proc_tasks(uint32_t pid, sn_proc_task *each, void *context)
{
	char buffer[SN_PROC_TEXT_MAX] __attribute__((aligned(8)));
	struct path p = {.length = 0};
	int stopped = 0;
	long n = 1;
	add_text(&p, "/proc/");
	add_number(&p, pid);
	add_text(&p, "/task");
	long fd = sn_sys(SYS_openat, AT_FDCWD, p.text, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return (int)fd;
	while (!stopped && (n = sn_sys(SYS_getdents64, fd, buffer, sizeof buffer)) > 0)
		for (long at = 0; at < n && !stopped;) {
			const struct entry *e = (const void *)(buffer + at);
			uint32_t tid = sn_proc_number(e->name);
			stopped = tid && each(context, tid);
			at += e->length;
		}
	sn_sys(SYS_close, fd);
	return n < 0 ? (int)n : 0;
}
