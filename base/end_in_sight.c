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
	uint32_t child;
	int waits; /* some thread waits until a child ends or writes */
	int acts;  /* some thread does not sleep for good */
};

/* Whether it is the wait for the child itself, or for any: P_PID and P_ALL of waitid. */
static int is_for(const struct search *s, uint64_t call, const uint64_t argument[4])
{
	int32_t who = call == SYS_wait4 ? (int32_t)argument[0] : (int32_t)argument[1];
	if (call == SYS_waitid && argument[0] == P_ALL)
		return 1;
	return who == (int32_t)s->child || (call == SYS_wait4 && who == -1);
}

/* What a thread of the parent is at: it waits for the child, or sleeps until another thread of the
 * parent wakes it, or may be about to do something. */
static int look_at_parent(void *context, uint32_t tid)
{
	struct search *s = context;
	uint64_t argument[4];
	long call = call_of(s->pid, tid, argument);
	if ((call == SYS_wait4 && !(argument[2] & WNOHANG)) ||
	    (call == SYS_waitid && !(argument[3] & WNOHANG)))
		s->waits += is_for(s, (uint64_t)call, argument);
	else if (call == SYS_read && sn_proc_is_pipe(s->pid, (uint32_t)argument[0]))
		s->waits++;
	else if (call != SYS_futex || argument[3])
		s->acts++;
	return 0;
}

/* Whether a handler of the parent's could send it. A handler of CHLD or INT is every shell's. */
static int has_handlers(uint32_t pid)
{
	const uint64_t harmless = BIT(SIGSEGV) | BIT(SIGBUS) | BIT(SIGFPE) | BIT(SIGILL) |
				  BIT(SIGTRAP) | BIT(SIGABRT) | BIT(SIGSYS) | BIT(SIGINT) |
				  BIT(SIGCHLD) | BIT(32) | BIT(33);
	char text[SN_PROC_TEXT_MAX];
	return sn_proc_read(pid, 0, "/status", text) <= 0 || signals(text, "SigCgt:\t") & ~harmless;
}

static int has_other_children(void *context, uint32_t tid)
{
	struct search *s = context;
	char text[SN_PROC_TEXT_MAX];
	if (sn_proc_read(s->pid, tid, "/children", text) <= 0)
		return 0;
	for (const char *c = text; *c; c++) {
		uint32_t child = sn_proc_number(c);
		if (child && child != s->child)
			s->acts++;
		while (*c >= '0' && *c <= '9')
			c++;
		if (!*c)
			break;
	}
	return 0;
}

/* Whether the parent that forked it is there and does anything else than to wait for it, or could;
 * or another child of the parent's may. */
static int parent_may_end_it(const struct sn_header *h)
{
	const char *line = "PPid:\t";
	char text[SN_PROC_TEXT_MAX];
	struct search s = {h->parent, h->pid, 0, 0};
	if (!h->forked_from || sn_proc_read(h->pid, 0, "/status", text) <= 0)
		return 0;
	const char *p = strstr(text, line);
	if (!p || sn_proc_number(p + strlen(line)) != h->parent)
		return 0;
	sn_proc_tasks(h->parent, look_at_parent, &s);
	sn_proc_tasks(h->parent, has_other_children, &s);
	return !s.waits || s.acts || has_handlers(h->parent);
}

int sn_end_in_sight(const struct sn_header *h)
{
	uint64_t ending = ending_signals(h->pid);
	uint32_t flags = __atomic_load_n(&h->end_flags, __ATOMIC_RELAXED);
	return (flags & SN_END_ALARM && ending & BIT(SIGALRM)) || timer_ends(h->pid, ending) ||
	       parent_may_end_it(h);
}
