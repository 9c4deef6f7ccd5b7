/* SPDX-License-Identifier: Apache-2.0
 *
 * See freeze.h.  A thread that sleeps in a call which a stop ends early (EINTR, or with a part
 * done) is left alone: it would see it when it goes on. */
#include "interpose/freeze.h"
#include <sys/ptrace.h>
#include "base/proc.h"
#include "base/sys.h"

/* Threads may be created while we look. */
#define PASSES 3

/* It runs, or sleeps in a call that begins again by itself. Not a futex: a stop makes it look at its
 * word again, and a thread that would have slept to the end would go on by our looking. */
static int may_stop(uint32_t pid, uint32_t tid)
{
	static const uint16_t restarted[] = {SYS_read, SYS_poll, SYS_nanosleep, SYS_clock_nanosleep,
					     SYS_wait4};
	char text[SN_PROC_TEXT_MAX];
	if (sn_proc_read(pid, tid, "/syscall", text) <= 0)
		return 0;
	if (*text == 'r') /* running */
		return 1;
	for (unsigned i = 0; *text != '-' && i < sizeof restarted / sizeof *restarted; i++)
		if (sn_proc_number(text) == restarted[i])
			return 1;
	return 0;
}

struct stop {
	uint32_t pid, except;
	uint32_t fresh; /* threads that were not stopped yet */
};

static int stop(void *context, uint32_t tid)
{
	struct stop *s = context;
	if (tid == s->except || !may_stop(s->pid, tid) ||
	    sn_sys(SYS_ptrace, PTRACE_SEIZE, tid, 0, 0) < 0)
		return 0;
	sn_sys(SYS_ptrace, PTRACE_INTERRUPT, tid, 0, 0);
	s->fresh++;
	return 0;
}

void sn_freeze(uint32_t pid, uint32_t except)
{
	struct stop s = {pid, except, 1};
	for (int i = 0; i < PASSES && s.fresh; i++) {
		s.fresh = 0;
		sn_proc_tasks(pid, stop, &s);
	}
}
