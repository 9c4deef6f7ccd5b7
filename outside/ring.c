/* SPDX-License-Identifier: Apache-2.0
 *
 * See ring.h. */
#include "outside/ring.h"
#include "outside/mapping.h"
#include "outside/others.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The members, in the order in which each waits for the next one, and how often each had moved. */
struct ring {
	uint32_t count;
	struct sn_ring_member all[SN_RING_MOST];
	uint64_t switches[SN_RING_MOST];
	int may_be_left; /* a signal's handler could take a member out */
};

static uint32_t process_of(uint32_t tid)
{
	char path[64], line[128];
	unsigned pid = 0;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%u/status", tid);
	f = fopen(path, "re");
	while (f && !pid && fgets(line, sizeof(line), f))
		if (sscanf(line, "Tgid: %u", &pid) != 1)
			pid = 0;
	if (f)
		fclose(f);
	return pid;
}

static void add(struct ring *r, uint32_t pid, const struct sn_task *task, uint64_t lock)
{
	r->all[r->count] = (struct sn_ring_member){pid, task->tid, lock};
	r->switches[r->count++] = task->switches;
	r->may_be_left |= sn_task_hears_signals(task);
}

/* The thread, and what it waits for in its turn. */
static int add_next(struct ring *r, uint32_t tid, struct sn_said *said)
{
	struct sn_seen_thread t = {.task = {.tid = tid}};
	uint32_t pid = process_of(tid);

	if (!pid || r->count == SN_RING_MOST || !sn_counts_as_we(pid) ||
	    sn_task_read(&t.task, pid, tid) || sn_remote_ask(&t.call, pid, tid) ||
	    !sn_owner_said(&t, said) || !said->shared || !said->owner)
		return 0;
	add(r, pid, &t.task, said->address);
	return 1;
}

static int closes(struct ring *r, struct sn_said said)
{
	while (said.owner != r->all[0].tid)
		if (!add_next(r, said.owner, &said))
			return 0;
	return r->count > 1;
}

/* Within one process the detector in it sees them. */
static int is_of_several(const struct ring *r)
{
	for (uint32_t i = 1; i < r->count; i++)
		if (r->all[i].pid != r->all[0].pid)
			return 1;
	return 0;
}

static int begins_lowest(const struct ring *r)
{
	const struct sn_ring_member *first = &r->all[0];

	for (uint32_t i = 1; i < r->count; i++)
		if (r->all[i].pid < first->pid ||
		    (r->all[i].pid == first->pid && r->all[i].tid < first->tid))
			return 0;
	return 1;
}

/* A fork's copy of a lock is not the lock. */
static int have_the_memory(const struct ring *r, struct sn_mapping *all)
{
	for (uint32_t i = 0; i < r->count; i++)
		if (!sn_mapping_of(r->all[i].pid, r->all[i].lock, &all[i]) ||
		    sn_mapping_has(r->all[(i + 1) % r->count].pid, &all[i]) <= 0)
			return 0;
	return 1;
}

static int holds_still(const struct ring *r)
{
	struct sn_task now;

	for (uint32_t i = 0; i < r->count; i++)
		if (sn_task_read(&now, r->all[i].pid, r->all[i].tid) || now.state != 'S' ||
		    now.switches != r->switches[i])
			return 0;
	return 1;
}

struct memory {
	const struct ring *ring;
	const struct sn_mapping *mapping;
};

static int may_help(uint32_t pid, const void *what)
{
	const struct memory *m = what;

	for (uint32_t i = 0; i < m->ring->count; i++)
		if (m->ring->all[i].pid == pid)
			return 0;
	return sn_owner_may_help(pid, m->mapping);
}

static int may_be_helped(const struct ring *r, const struct sn_mapping *all)
{
	for (uint32_t i = 0; i < r->count; i++)
		if (sn_others_have(r->all[i].pid, may_help, &(struct memory){r, &all[i]}))
			return 1;
	return 0;
}

void sn_ring_look(struct sn_seen_thread *t, uint32_t pid, const struct sn_said *said)
{
	struct ring r = {0};
	struct sn_mapping all[SN_RING_MOST];

	if (!said->shared || !said->owner || !sn_counts_as_we(pid))
		return;
	add(&r, pid, &t->task, said->address);
	if (!closes(&r, *said) || !is_of_several(&r) || !begins_lowest(&r) ||
	    !have_the_memory(&r, all) || !holds_still(&r))
		return;
	t->gone = r.may_be_left || may_be_helped(&r, all) ? SN_IN_RING_BUT_SHARED : SN_IN_RING;
	t->ring_count = r.count;
	memcpy(t->ring, r.all, sizeof(t->ring));
}
