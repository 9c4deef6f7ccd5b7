/* SPDX-License-Identifier: Apache-2.0
 *
 * See end_in_sight.h. */
#include "base/end_in_sight.h"
#include <string.h>
#include <sys/wait.h>
#include "base/proc.h"
#include "base/signals.h"
#include "base/sys.h"

/* Their default action ends no process. */
#define MILD (SN_SIGNAL(SIGCHLD) | SN_SIGNAL(SIGCONT) | SN_SIGNAL(SIGURG) | SN_SIGNAL(SIGWINCH))

/* The signals that end the process when they come, by its status. */
static uint64_t ending_signals(const char *status)
{
	return ~(sn_proc_signals(status, "\nSigCgt:", ~0ull) |
		 sn_proc_signals(status, "\nSigIgn:", ~0ull) | MILD);
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
		    signal <= 64 && ending & SN_SIGNAL(signal))
			return 1;
	}
	return 0;
}

struct search {
	uint32_t pid;
	uint32_t child;
	int waits; /* some thread waits until a child ends or writes */
	int acts;  /* some thread does not sleep for good */
};

/* Whether it is a wait for the end of that child, or of any. */
static int awaits(const struct sn_proc_call *c, uint32_t child)
{
	const uint64_t *a = c->argument;
	if (c->number == SYS_waitid)
		return a[0] == P_ALL || (uint32_t)a[1] == child;
	return (int32_t)a[0] == -1 || (uint32_t)a[0] == child;
}

static int is_wait_for_children(const struct sn_proc_call *c)
{
	return (c->number == SYS_wait4 && !(c->argument[2] & WNOHANG)) ||
	       (c->number == SYS_waitid && !(c->argument[3] & WNOHANG));
}

/* What a thread of the parent is at: it waits for the child, or sleeps until another thread of the
 * parent wakes it, or may be about to do something. */
static int look_at_parent(void *context, uint32_t tid)
{
	struct search *s = context;
	struct sn_proc_call c;
	sn_proc_call(s->pid, tid, &c);
	if (is_wait_for_children(&c))
		s->waits += awaits(&c, s->child);
	else if (c.number == SYS_read && sn_proc_is_pipe(s->pid, (uint32_t)c.argument[0]))
		s->waits++;
	else if (c.number != SYS_futex || c.argument[3])
		s->acts++;
	return 0;
}

/* Whether a handler of the parent's could send it. A handler of CHLD or INT is every shell's. */
static int has_handlers(uint32_t pid)
{
	const uint64_t harmless = SN_SIGNALS_OF_CODE | SN_SIGNAL(SIGINT) | SN_SIGNAL(SIGCHLD);
	char text[SN_PROC_TEXT_MAX];
	return sn_proc_read(pid, 0, "/status", text) <= 0 ||
	       sn_proc_signals(text, "\nSigCgt:", ~0ull) & ~harmless;
}

static int has_other_children(void *context, uint32_t tid)
{
	struct search *s = context;
	char text[SN_PROC_TEXT_MAX];
	if (sn_proc_read(s->pid, tid, "/children", text) <= 0)
		return 0;
	/* Numbers, with a space behind each. */
	for (const char *c = text; *c; c = strchr(c, ' ') + 1) {
		s->acts += sn_proc_number(c) != s->child;
		if (!strchr(c, ' '))
			break;
	}
	return 0;
}

/* Whether the parent that forked it is there and does anything else than to wait for it, or could;
 * or another child of the parent's may. */
static int parent_may_end_it(const struct sn_header *h, const char *status)
{
	const char *line = "\nPPid:\t";
	struct search s = {h->parent, h->pid, 0, 0};
	const char *p = strstr(status, line);
	if (!h->forked_from || !p || sn_proc_number(p + strlen(line)) != h->parent)
		return 0;
	sn_proc_tasks(h->parent, look_at_parent, &s);
	sn_proc_tasks(h->parent, has_other_children, &s);
	return !s.waits || s.acts || has_handlers(h->parent);
}

int sn_end_in_sight(const struct sn_header *h)
{
	char status[SN_PROC_TEXT_MAX];
	if (sn_proc_read(h->pid, 0, "/status", status) <= 0)
		return 0;
	uint64_t ending = ending_signals(status);
	uint32_t flags = __atomic_load_n(&h->end_flags, __ATOMIC_RELAXED);
	return (flags & SN_END_ALARM && ending & SN_SIGNAL(SIGALRM)) ||
	       timer_ends(h->pid, ending) || parent_may_end_it(h, status);
}
