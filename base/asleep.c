/* SPDX-License-Identifier: Apache-2.0
 *
 * See asleep.h. */
#include "base/asleep.h"
#include <string.h>
#include <sys/uio.h>
#include "base/proc.h"
#include "base/signals.h"
#include "base/sys.h"

#define TEXT_MAX SN_PROC_TEXT_MAX
/* After its deadline a context may need as long to end, should its alarm's thread be held up. */
#define LATE_NS 1000000000u
#define FUTEX_PRIVATE 128 /* the operation's flag: memory of this process only */
/* A futex word of an object lies this near to its address. */
#define OBJECT_BYTES 64

#define EXITING 4 /* the kernel's PF_EXITING */

/* The state letter of a thread; 0 where there is no such thread. *flags gets the kernel's PF_… */
static char state_of(uint32_t pid, uint32_t tid, uint64_t *flags)
{
	char text[TEXT_MAX];
	*flags = 0;
	if (sn_proc_read(pid, tid, "/stat", text) <= 0)
		return 0;
	const char *after = strrchr(text, ')'); /* the name may hold anything */
	if (!after || after[1] != ' ')
		return 0;
	const char *s = after + 3;
	/* Parent, group, session, terminal, its group; then the flags. */
	for (int fields = 0; *s && fields < 6; s++)
		fields += *s == ' ';
	while (*s >= '0' && *s <= '9')
		*flags = *flags * 10 + (uint64_t)(*s++ - '0');
	return after[2];
}

/* Whether the thread is on its way out, or gone. */
static int is_leaving(uint32_t pid, uint32_t tid)
{
	uint64_t flags;
	char state = state_of(pid, tid, &flags);
	return !state || state == 'Z' || state == 'X' || flags & EXITING;
}

/* Contexts above one another; of deeper ones it is not known. */
#define DEPTH_MAX 64

/* Whether the context, or one that it ends with, has been cancelled. */
static int is_cancelled(const struct sn_view *v, uint32_t context)
{
	for (int i = 0; context && i < DEPTH_MAX; i++) {
		const struct sn_lock_rec *l = sn_view_lock(v, context);
		const struct sn_sync_rec *s = sn_view_sync(v, l->sync);
		if (l->type != SN_LOCK_CONTEXT || !l->sync)
			return 0;
		if (s->ended_ns)
			return 1;
		context = s->parent;
	}
	return 0;
}

/* Whether some context is still to end by its deadline. */
static int deadline_pends(const struct sn_view *v)
{
	for (uint32_t i = 1; i < sn_view_count(v, SN_TABLE_LOCK); i++) {
		const struct sn_lock_rec *l = sn_view_lock(v, i);
		const struct sn_sync_rec *s = sn_view_sync(v, l->sync);
		if (l->type == SN_LOCK_CONTEXT && l->sync && s->deadline_ns &&
		    s->deadline_ns + LATE_NS > sn_now() && !is_cancelled(v, i))
			return 1;
	}
	return 0;
}

/* Whether the time limit of its sleep matters. The alarms' thread sleeps on until what was its next
 * one when that is dropped, and then finds nothing to do. */
static int limit_matters(const struct sn_view *v, const struct sn_thread_rec *t)
{
	if (t->flags & SN_THREAD_IDLE)
		return 0;
	return !(t->flags & SN_THREAD_ALARM) || deadline_pends(v);
}

/* A thread in the channel library sleeps on a private futex of its own. With a time limit it wakes
 * by itself; but one that is kept for the next task only leaves then. */
static enum sn_asleep sleeps_in_library(const struct sn_view *v, const struct sn_thread_rec *t,
					const uint64_t argument[4])
{
	if (!(argument[1] & FUTEX_PRIVATE))
		return SN_ASLEEP_NO;
	return argument[3] && limit_matters(v, t) ? SN_ASLEEP_UNKNOWN : SN_ASLEEP_YES;
}

static int is_in_library(const struct sn_thread_rec *t)
{
	return t->wait_kind >= SN_WAIT_SEND ||
	       (t->flags & SN_THREAD_LIBRARY && t->wait_kind == SN_WAIT_NONE);
}

/* glibc's descriptor of a thread, at its pthread_t, is smaller; in it lies the word that a join
 * sleeps on. A task's joiners sleep on words of the channel library's. */
#define DESCRIPTOR_BYTES 4096

static int joins(const struct sn_view *v, const struct sn_thread_rec *t, uint64_t word)
{
	const struct sn_thread_rec *target = sn_view_thread(v, t->wait_object);
	return !target->pthread || target->flags & SN_THREAD_TASK ||
	       word - target->pthread < DESCRIPTOR_BYTES;
}

/* Whether the thread sleeps on a futex of the object that it is said to wait for. A wait that was
 * jumped out of leaves its record behind; where the kernel does not tell, the record is believed.
 */
static enum sn_asleep sleeps_on(const struct sn_view *v, uint32_t pid,
				const struct sn_thread_rec *t, uint32_t bytes)
{
	struct sn_proc_call c;
	if (sn_proc_call(pid, t->tid, &c))
		return is_in_library(t) ? SN_ASLEEP_UNKNOWN : SN_ASLEEP_YES;
	/* The library watches for signals in a thread of its own. */
	if (c.number >= 0 && c.number != SYS_futex && is_in_library(t) && !t->wait_kind)
		return SN_ASLEEP_UNKNOWN;
	if (c.number != SYS_futex)
		return SN_ASLEEP_NO;
	if (is_in_library(t))
		return sleeps_in_library(v, t, c.argument);
	if (t->wait_kind == SN_WAIT_JOIN)
		return joins(v, t, c.argument[0]) ? SN_ASLEEP_YES : SN_ASLEEP_NO;
	const struct sn_lock_rec *l = sn_view_lock(v, t->wait_object);
	if (sn_lock_sleeps_elsewhere(l->type))
		return c.argument[3] ? SN_ASLEEP_NO : SN_ASLEEP_YES;
	return c.argument[0] - l->address < bytes ? SN_ASLEEP_YES : SN_ASLEEP_NO;
}

int sn_asleep_on(const struct sn_view *v, const struct sn_thread_rec *t, uint32_t bytes)
{
	uint64_t flags;
	uint32_t pid = v->header->pid;
	return state_of(pid, t->tid, &flags) == 'S' && sleeps_on(v, pid, t, bytes) == SN_ASLEEP_YES;
}

static int is_live(const struct sn_thread_rec *t)
{
	return t->state == SN_THREAD_CREATED || t->state == SN_THREAD_RUNNING;
}

/* The state of the thread's record: live, ended, or SN_THREAD_FREE where it has none (any more). */
static enum sn_thread_state state_known(const struct sn_view *v, uint32_t tid)
{
	enum sn_thread_state state = SN_THREAD_FREE;
	for (uint32_t i = 1; i < sn_view_count(v, SN_TABLE_THREAD); i++) {
		const struct sn_thread_rec *t = sn_view_thread(v, i);
		if (t->tid == tid && is_live(t))
			return SN_THREAD_RUNNING;
		if (t->tid == tid && t->state == SN_THREAD_ENDED)
			state = SN_THREAD_ENDED;
	}
	return state;
}

/* Of the process's threads, how many are neither known nor leaving; and whether some are leaving,
 * or have left and are still listed. The first thread stays in the list until all have ended. */
struct strangers {
	const struct sn_view *view;
	uint32_t except;
	uint32_t staying, leaving;
};

static int look_at_task(void *context, uint32_t tid)
{
	struct strangers *s = context;
	uint32_t pid = s->view->header->pid;
	if (tid == s->except)
		return 0;
	enum sn_thread_state state = state_known(s->view, tid);
	if (state == SN_THREAD_RUNNING)
		return 0;
	/* One that has ended for us may have some way to go in glibc's code. */
	if (state != SN_THREAD_ENDED && !is_leaving(pid, tid))
		s->staying++;
	else if (tid != pid)
		s->leaving++;
	return 0;
}

enum sn_asleep sn_asleep(const struct sn_view *v, uint32_t except)
{
	uint32_t pid = v->header->pid;
	struct strangers strangers = {v, except, 0, 0};
	uint64_t flags;
	for (uint32_t i = 1; i < sn_view_count(v, SN_TABLE_THREAD); i++) {
		const struct sn_thread_rec *t = sn_view_thread(v, i);
		if (!is_live(t) || t->tid == except)
			continue;
		if (state_of(pid, t->tid, &flags) != 'S')
			return SN_ASLEEP_NO;
		enum sn_asleep asleep = sleeps_on(v, pid, t, OBJECT_BYTES);
		if (asleep != SN_ASLEEP_YES)
			return asleep;
	}
	if (sn_proc_tasks(pid, look_at_task, &strangers) < 0 || strangers.staying)
		return SN_ASLEEP_UNKNOWN;
	return strangers.leaving ? SN_ASLEEP_NO : SN_ASLEEP_YES;
}

enum sn_handlers sn_handlers(uint32_t pid)
{
	char text[TEXT_MAX];
	if (sn_proc_read(pid, 0, "/status", text) <= 0)
		return SN_HANDLERS_ANY;
	uint64_t caught = sn_proc_signals(text, "\nSigCgt:", ~0ull) & ~SN_SIGNALS_OF_CODE;
	if (!caught)
		return SN_HANDLERS_NONE;
	return caught & ~SN_SIGNALS_TO_STOP ? SN_HANDLERS_ANY : SN_HANDLERS_STOP;
}

int sn_sandboxed;

struct living {
	uint32_t pid, tid;
};

static int is_living(void *context, uint32_t tid)
{
	struct living *l = context;
	if (is_leaving(l->pid, tid))
		return 0;
	l->tid = tid;
	return 1;
}

uint32_t sn_living_task(uint32_t pid)
{
	struct living l = {pid, 0};
	if (!is_leaving(pid, pid))
		return pid;
	sn_proc_tasks(pid, is_living, &l);
	return l.tid;
}

int sn_peek(uint32_t pid, uint64_t address, void *to, uint32_t n)
{
	if (__atomic_load_n(&sn_sandboxed, __ATOMIC_RELAXED))
		return -EPERM;
	struct iovec here = {to, n}, there = {(void *)(uintptr_t)address, n};
	long got = sn_sys(SYS_process_vm_readv, pid, &here, 1, &there, 1, 0);
	if (got == -ESRCH && (pid = sn_living_task(pid)))
		got = sn_sys(SYS_process_vm_readv, pid, &here, 1, &there, 1, 0);
	return got == (long)n ? 0 : got < 0 ? (int)got : -EFAULT;
}
