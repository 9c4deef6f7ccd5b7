/* SPDX-License-Identifier: Apache-2.0
 *
 * See owner.h. The layouts are the C library's on x86-64. */
#include "outside/owner.h"
#include "base/asleep.h"
#include "outside/closed.h"
#include "outside/mapping.h"
#include "outside/others.h"
#include "outside/ring.h"

#include <errno.h>
#include <linux/futex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/* The head of a mutex. Whoever waits for one that lends no priority expects its word to be 2; or,
 * where it is robust, to be the owner with a mark. */
struct mutex {
	uint32_t word, count, owner, users, kind;
};
#define WORD_WAITED_FOR 2
#define KINDS_MAX 4 /* normal, recursive, error-checking, adaptive */
#define KIND_SHARED 0x80u
#define KIND_ROBUST 0x10u
#define KIND_FLAGS (0x300u | KIND_SHARED | KIND_ROBUST) /* and elision */

/* Of a read-write lock; whoever waits for its writer expects one of the two words to be 3. */
struct rwlock {
	uint32_t readers, writers, phase, locked, pad[2], writer, shared;
};
#define RWLOCK_WAITED_FOR 3
#define RWLOCK_WRITING 3u /* in the low bits of `readers` */

static int ask_mutex(const struct sn_seen_thread *t, uint64_t word, struct sn_said *said)
{
	struct mutex m;
	int robust;

	if (sn_peek(t->call.pid, word, &m, sizeof(m)) || m.word != (uint32_t)t->call.argument[2] ||
	    (m.kind & ~KIND_FLAGS) >= KINDS_MAX)
		return 0;
	robust = (m.kind & KIND_ROBUST) != 0;
	if (m.word != (robust ? (m.owner | FUTEX_WAITERS) : WORD_WAITED_FOR))
		return 0;
	*said = (struct sn_said){word, m.owner, m.kind & ~KIND_FLAGS, (m.kind & KIND_SHARED) != 0,
				 robust};
	return 1;
}

/* Only of those that processes share: of others the owner is known otherwise. */
static int ask_rwlock(const struct sn_seen_thread *t, uint64_t word, struct sn_said *said)
{
	static const uint32_t words[] = {offsetof(struct rwlock, phase),
					 offsetof(struct rwlock, locked)};
	struct rwlock l;

	if (t->call.argument[2] != RWLOCK_WAITED_FOR)
		return 0;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (sn_peek(t->call.pid, word - words[i], &l, sizeof(l)) || l.shared != 1 ||
		    (l.readers & RWLOCK_WRITING) != RWLOCK_WRITING || !l.writer)
			continue;
		*said = (struct sn_said){word - words[i], l.writer, 0, 1, 0};
		return 1;
	}
	return 0;
}

/* The kernel's numbers of threads are ours as well only where we are in the same namespace. */
int sn_counts_as_we(uint32_t pid)
{
	char path[64], theirs[64] = "", ours[64] = "";

	snprintf(path, sizeof(path), "/proc/%u/ns/pid", pid);
	return readlink(path, theirs, sizeof(theirs) - 1) > 0 &&
	       readlink("/proc/self/ns/pid", ours, sizeof(ours) - 1) > 0 && !strcmp(theirs, ours);
}

static int has_ended(uint32_t tid)
{
	struct sn_task t;
	int rc = sn_task_read(&t, tid, tid);

	return rc ? rc == -ENOENT || rc == -ESRCH : t.state == 'Z' || t.state == 'X';
}

/* On a futex, or for the end of a child, without a time limit. */
static int rests(uint32_t pid, const struct sn_task *task)
{
	struct sn_seen_thread t = {.task = *task};

	if (task->state == 'Z')
		return 1;
	if (sn_task_hears_signals(task) || sn_remote_ask(&t.call, pid, task->tid))
		return 0;
	return sn_seen_futex(&t) ||
	       (task->state == 'S' && !t.call.running &&
		(t.call.system_call == SYS_wait4 + 1 || t.call.system_call == SYS_waitid + 1));
}

/* Whether all of its threads rest; *mark gets how often they have moved. -1: it has gone. */
static int all_rest(uint32_t pid, uint64_t *mark)
{
	struct sn_task *all;
	int n = sn_task_list(&all, pid), rest = 1;

	for (int i = 0; rest && i < n; i++)
		rest = rests(pid, &all[i]);
	*mark = n > 0 ? sn_task_mark(all, n) : 0;
	free(all);
	return n > 0 ? rest : -1;
}

/* Whoever was stopped for a look at its stack runs for a moment afterwards, back into its wait. */
#define LOOKS 10
#define LOOKS_NS 2000000

int sn_owner_may_help(uint32_t pid, const void *what)
{
	struct timespec pause = {0, LOOKS_NS};
	uint64_t mark, before = 0;
	int rest, had_rest = 0, has = sn_mapping_has(pid, what);

	if (has <= 0)
		return has;
	for (int i = 0; i < LOOKS; i++) {
		rest = all_rest(pid, &mark);
		if (rest < 0 || (rest && had_rest && mark == before))
			return 0;
		had_rest = rest;
		before = mark;
		nanosleep(&pause, NULL);
	}
	return 1;
}

static enum sn_gone gone(const struct sn_seen *s, const struct sn_said *said)
{
	struct sn_mapping m;

	if (!said->shared || said->robust || !sn_counts_as_we(s->pid) || !has_ended(said->owner) ||
	    !sn_mapping_of(s->pid, said->address, &m))
		return SN_NOT_GONE;
	return sn_others_have(s->pid, sn_owner_may_help, &m) ? SN_GONE_BUT_SHARED : SN_GONE;
}

int sn_owner_said(const struct sn_seen_thread *t, struct sn_said *said)
{
	uint64_t word = sn_seen_futex(t);

	return word && (ask_mutex(t, word, said) || ask_rwlock(t, word, said));
}

void sn_seen_ask_owner(struct sn_seen *s, struct sn_seen_thread *t)
{
	struct sn_said said;
	int own;

	if (!sn_owner_said(t, &said) || !said.owner)
		return;
	own = sn_seen_find(s, said.owner) != NULL;
	t->gone = own ? SN_NOT_GONE : gone(s, &said);
	if (!t->gone)
		sn_ring_look(t, s->pid, &said);
	if (!t->gone && (!own || said.robust || sn_seen_futex(t) != said.address))
		return;
	t->owner = said.owner;
	t->kind = said.kind;
	t->lock = said.address;
}
