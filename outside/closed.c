/* SPDX-License-Identifier: Apache-2.0
 *
 * See closed.h. */
#include "outside/closed.h"
#include "base/asleep.h"
#include "base/end_in_sight.h"
#include "base/memory.h"
#include "outside/descriptor.h"
#include "outside/pipe.h"
#include "outside/socket.h"

#include <linux/futex.h>
#include <linux/kcmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/* A time limit that is this far away is none; times of both clocks lie below. */
#define FAR_SECONDS (300ull * 24 * 3600)

static int waits(uint64_t operation)
{
	switch (operation & FUTEX_CMD_MASK) {
	case FUTEX_WAIT:
	case FUTEX_WAIT_BITSET:
	case FUTEX_LOCK_PI:
	case FUTEX_LOCK_PI2:
	case FUTEX_WAIT_REQUEUE_PI:
		return 1;
	default:
		return 0;
	}
}

/* Of an operation whose time limit is a point in time, on the clock that it says. */
static int is_far(const struct sn_remote *r)
{
	uint64_t limit[2];
	struct timespec now;
	int real = (r->argument[1] & FUTEX_CLOCK_REALTIME) != 0 ||
		   (r->argument[1] & FUTEX_CMD_MASK) == FUTEX_LOCK_PI;

	if ((r->argument[1] & FUTEX_CMD_MASK) == FUTEX_WAIT ||
	    sn_peek(r->pid, r->argument[3], limit, sizeof(limit)))
		return 0;
	clock_gettime(real ? CLOCK_REALTIME : CLOCK_MONOTONIC, &now);
	return limit[0] > (uint64_t)now.tv_sec + FAR_SECONDS;
}

uint64_t sn_seen_futex(const struct sn_seen_thread *t)
{
	const struct sn_remote *r = &t->call;

	if (t->task.state != 'S' || r->running || r->system_call != SYS_futex + 1 ||
	    !waits(r->argument[1]) || (r->argument[3] && !is_far(r)))
		return 0;
	return r->argument[0];
}

/* The first thread stays in the list until all have ended. */
static int has_left(const struct sn_seen *s, const struct sn_seen_thread *t)
{
	return t->task.tid == s->pid && t->task.state == 'Z';
}

/* Without a handler that could run, only the end of the process ends it. */
static int pauses(const struct sn_seen_thread *t)
{
	return t->task.state == 'S' && !t->call.running &&
	       (t->call.system_call == SYS_pause + 1 ||
		t->call.system_call == SYS_rt_sigsuspend + 1);
}

/* The C library waits without a time limit in its locks, and for those who use what it destroys,
 * and by a system call of its own: one that the program makes itself is in syscall(), which loads
 * its last argument from the stack just before.  What may be meant to last, a condition or a
 * semaphore, is waited for by FUTEX_WAIT_BITSET. */
static int waits_plainly(const struct sn_seen_thread *t)
{
	static const uint8_t by_program[] = {0x4c, 0x8b, 0x4c, 0x24, 0x08, 0x0f, 0x05};
	uint8_t code[sizeof(by_program)];

	return sn_seen_futex(t) && (t->call.argument[1] & FUTEX_CMD_MASK) == FUTEX_WAIT &&
	       !sn_peek(t->call.pid, t->call.pc - sizeof(code), code, sizeof(code)) &&
	       memcmp(code, by_program, sizeof(code)) != 0;
}

/* They expect 2 in their word when they wait. */
static int is_in_lock(const struct sn_seen_thread *t)
{
	return t->call.argument[2] == 2 && waits_plainly(t);
}

int sn_seen_is_no_rest(const struct sn_seen *s)
{
	for (uint32_t i = 0; i < s->thread_count; i++)
		if (s->threads[i].gone || waits_plainly(&s->threads[i]))
			return 1;
	return 0;
}

void sn_seen_respect_end(struct sn_seen *s, const struct sn_header *h)
{
	if (s->flags & SN_SEEN_NEVER && !sn_seen_is_no_rest(s) && sn_end_in_sight(h))
		s->flags &= ~SN_SEEN_NEVER;
}

static int is_stuck(const struct sn_seen *s, const struct sn_seen_thread *t)
{
	uint64_t futex = sn_seen_futex(t);

	if (t->gone)
		return t->gone == SN_GONE;
	if (t->socket)
		return sn_socket_is_own(&t->call, t->pipe, t->writes);
	if (t->pipe)
		return sn_pipe_is_own(s->pid, t->pipe, t->writes);
	return futex &&
	       (t->call.argument[1] & FUTEX_PRIVATE_FLAG || sn_memory_is_private(s->pid, futex));
}

/* Whether some thread lets a signal in that could run a handler. */
static int hears_signals(const struct sn_seen *s)
{
	for (uint32_t i = 0; i < s->thread_count; i++)
		if (!has_left(s, &s->threads[i]) && sn_task_hears_signals(&s->threads[i].task))
			return 1;
	return 0;
}

static int is_ring(int folder, const char *name, const void *unused)
{
	char to[64];
	ssize_t n = readlinkat(folder, name, to, sizeof(to) - 1);

	(void)unused;
	to[n > 0 ? n : 0] = '\0';
	return strstr(to, "io_uring") != NULL;
}

/* Also where its descriptors cannot be looked at. */
static int has_ring(uint32_t pid)
{
	return sn_descriptor_any(pid, is_ring, NULL) != 0;
}

/* A process that was made with CLONE_VM has the memory, too. */
static int shares_memory(uint32_t pid, uint32_t tid)
{
	char path[64];
	unsigned child;
	int found = 0;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%u/task/%u/children", pid, tid);
	f = fopen(path, "re");
	while (f && !found && fscanf(f, "%u", &child) == 1)
		found = syscall(SYS_kcmp, pid, child, KCMP_VM, 0, 0) == 0;
	if (f)
		fclose(f);
	return found;
}

int sn_seen_is_closed(const struct sn_seen *s)
{
	uint32_t asleep = 0, pausing = 0, in_locks = 0;

	for (uint32_t i = 0; i < s->thread_count; i++) {
		const struct sn_seen_thread *t = &s->threads[i];

		if (has_left(s, t))
			continue;
		if (!pauses(t) && !is_stuck(s, t))
			return 0;
		asleep++;
		pausing += pauses(t) != 0;
		in_locks += is_in_lock(t) != 0;
	}
	if (!asleep || (pausing && !in_locks) || hears_signals(s) || has_ring(s->pid))
		return 0;
	for (uint32_t i = 0; i < s->thread_count; i++)
		if (shares_memory(s->pid, s->threads[i].task.tid))
			return 0;
	return 1;
}
