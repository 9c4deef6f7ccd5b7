/* SPDX-License-Identifier: Apache-2.0
 *
 * See end_in_sight.h. */
#include "base/end_in_sight.h"
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include "base/proc.h"
#include "base/sys.h"

#define BIT(signal) (1ull << ((signal)-1))
/* Their default action ends no process. */
#define MILD (BIT(SIGCHLD) | BIT(SIGCONT) | BIT(SIGURG) | BIT(SIGWINCH))

/* The set of signals in a line of /proc/PID/status, which begins with `name`. */
static uint64_t signals(const char *text, const char *name)
{
	const char *s = strstr(text, name);
	if (!s)
		return ~0ull;
	s += strlen(name);
	return sn_proc_hex(&s);
}

/* The signals that end the process when they come. */
static uint64_t ending_signals(uint32_t pid)
{
	char text[SN_PROC_TEXT_MAX];
	if (sn_proc_read(pid, 0, "/status", text) <= 0)
		return 0;
	return ~(signals(text, "SigCgt:\t") | signals(text, "SigIgn:\t") | MILD);
}

void sn_end_note_alarm(struct sn_header *h, int pending)
{
	if (pending)
		__atomic_fetch_or(&h->end_flags, SN_END_ALARM, __ATOMIC_RELAXED);
	else
		__atomic_fetch_and(&h->end_flags, ~SN_END_ALARM, __ATOMIC_RELAXED);
}

/* Whether one of the process's timers sends a signal of the set. Whether it runs is not told. */
static int timer_ends(uint32_t pid, uint64_t ending)
{
	char text[SN_PROC_TEXT_MAX];
	const char *signal_line = "signal: ", *notify_line = "notify: signal/";
	if (sn_proc_read(pid, 0, "/timers", text) <= 0)
		return 0;
	for (const char *s = strstr(text, signal_line); s; s = strstr(s, signal_line)) {
		s += strlen(signal_line);
		uint32_t signal = sn_proc_number(s);
		const char *notify = strstr(s, "notify: ");
		if (notify && !strncmp(notify, notify_line, strlen(notify_line)) && signal >= 1 &&
		    signal <= 64 && ending & BIT(signal))
			return 1;
	}
	return 0;
}

/* The arguments of the call that the thread sleeps in; its number, or -1. */
static long call_of(uint32_t pid, uint32_t tid, uint64_t argument[4])
{
	char text[SN_PROC_TEXT_MAX];
	if (sn_proc_read(pid, tid, "/syscall", text) <= 0 || text[0] < '0' || text[0] > '9')
		return -1;
	const char *s = text;
	for (int i = 0; i < 4; i++) {
		s = strchr(s, ' ');
		if (!s++)
			return -1;
		argument[i] = sn_proc_hex(&s);
	}
	return (long)sn_proc_number(text);
}

struct search {
	uint32_t pid;
	int found;
};

/* Whether the thread waits until a child ends or writes. */
static int awaits_child(void *context, uint32_t tid)
{
	struct search *s = context;
	uint64_t argument[4];
	switch (call_of(s->pid, tid, argument)) {
	case SYS_wait4:
		return s->found = !(argument[2] & WNOHANG);
	case SYS_waitid:
		return s->found = !(argument[3] & WNOHANG);
	case SYS_read:
		return s->found = sn_proc_is_pipe(s->pid, (uint32_t)argument[0]);
	default:
		return 0;
	}
}

static int waits_for_children(uint32_t parent)
{
	struct search s = {parent, 0};
	sn_proc_tasks(parent, awaits_child, &s);
	return s.found;
}

/* Whether the parent that forked it is there and does something else than to wait. */
static int parent_may_end_it(const struct sn_header *h)
{
	const char *line = "PPid:\t";
	char text[SN_PROC_TEXT_MAX];
	if (!h->forked_from || sn_proc_read(h->pid, 0, "/status", text) <= 0)
		return 0;
	const char *s = strstr(text, line);
	return s && sn_proc_number(s + strlen(line)) == h->parent && !waits_for_children(h->parent);
}

int sn_end_in_sight(const struct sn_header *h)
{
	uint64_t ending = ending_signals(h->pid);
	uint32_t flags = __atomic_load_n(&h->end_flags, __ATOMIC_RELAXED);
	return (flags & SN_END_ALARM && ending & BIT(SIGALRM)) || timer_ends(h->pid, ending) ||
	       parent_may_end_it(h);
}
