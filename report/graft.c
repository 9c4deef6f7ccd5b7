/* SPDX-License-Identifier: Apache-2.0
 *
 * Adds what was seen from outside to a recording as it was read, so that all that tells of threads,
 * stacks and objects tells of these, too.  The tables are the reader's copies: nothing is written.
 */
#include "report/model.h"
#include "base/names.h"
#include "graph/knot.h"
#include "outside/closed.h"

#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>

static const uint32_t sizes[SN_TABLE_COUNT] = {
#define SN_TABLE(e, name, type, most) [SN_TABLE_##e] = sizeof(type),
#include "base/tables.def"
#undef SN_TABLE
};

/* Appends n records to a table, all zeros; the index of the first, or 0. */
uint32_t sn_graft_append(struct sn_process *p, enum sn_table t, uint32_t n)
{
	struct sn_view *v = &p->reader.view;
	uint32_t first = v->table[t].count ? v->table[t].count : 1;
	char *more;

	if (n > UINT32_MAX / 2 - first)
		return 0;
	more = realloc(p->reader.tables[t], (size_t)(first + n) * sizes[t]);
	if (!more)
		return 0;
	if (!v->table[t].count)
		memset(more, 0, sizes[t]);
	memset(more + (size_t)first * sizes[t], 0, (size_t)n * sizes[t]);
	p->reader.tables[t] = more;
	v->table[t].base = more;
	v->table[t].count = first + n;
	return first;
}

void *sn_graft_record(struct sn_process *p, enum sn_table t, uint32_t i)
{
	return (char *)p->reader.tables[t] + (size_t)i * sizes[t];
}

uint32_t sn_graft_text(struct sn_process *p, const char *text)
{
	uint32_t n = (uint32_t)strlen(text) + 1, at = sn_graft_append(p, SN_TABLE_STRING, n);

	if (at)
		memcpy(sn_graft_record(p, SN_TABLE_STRING, at), text, n);
	return at;
}

static int is_loaded(const struct sn_process *p, uint64_t address)
{
	for (uint32_t i = 1; i < sn_view_count(p->view, SN_TABLE_MODULE); i++) {
		const struct sn_module_rec *m = sn_view_module(p->view, i);

		if (address >= m->start && address < m->end && m->unloaded_epoch == UINT32_MAX)
			return 1;
	}
	return 0;
}

static void add_module(struct sn_process *p, const struct sn_seen_module *m)
{
	uint32_t path = sn_graft_text(p, m->path);
	uint32_t i = path ? sn_graft_append(p, SN_TABLE_MODULE, 1) : 0;
	struct sn_module_rec *to;

	if (!i)
		return;
	to = sn_graft_record(p, SN_TABLE_MODULE, i);
	to->start = m->start;
	to->end = m->end;
	to->bias = m->bias;
	to->path = path;
	to->loaded_epoch = p->view->header->module_epoch;
	to->unloaded_epoch = UINT32_MAX;
	to->build_id_size = m->build_id_size;
	memcpy(to->build_id, m->build_id, m->build_id_size);
}

uint32_t sn_graft_stack(struct sn_process *p, const uint64_t *pcs, uint32_t depth, uint32_t epoch)
{
	uint32_t frames = depth ? sn_graft_append(p, SN_TABLE_FRAME, depth) : 0;
	uint32_t i = frames ? sn_graft_append(p, SN_TABLE_STACK, 1) : 0;
	struct sn_stack_rec *to;

	if (!i)
		return 0;
	memcpy(sn_graft_record(p, SN_TABLE_FRAME, frames), pcs, depth * sizeof(*pcs));
	to = sn_graft_record(p, SN_TABLE_STACK, i);
	to->first = frames;
	to->depth = (uint16_t)depth;
	to->epoch = epoch;
	return i;
}

/* The thread's record; *known where it has one, be it that it is on its way out. */
static uint32_t find_record(const struct sn_process *p, uint32_t tid, int *known)
{
	*known = 0;
	for (uint32_t i = 1; i < sn_view_count(p->view, SN_TABLE_THREAD); i++) {
		const struct sn_thread_rec *t = sn_view_thread(p->view, i);

		if (t->tid != tid || t->flags & SN_THREAD_GHOST)
			continue;
		*known |= t->state == SN_THREAD_ENDED;
		if (sn_thread_is_live(t)) {
			*known = 1;
			return i;
		}
	}
	return 0;
}

uint32_t sn_graft_serial(const struct sn_process *p)
{
	uint32_t most = 0;

	for (uint32_t i = 1; i < sn_view_count(p->view, SN_TABLE_THREAD); i++)
		if (sn_view_thread(p->view, i)->serial > most)
			most = sn_view_thread(p->view, i)->serial;
	return most + 1;
}

static uint32_t add_thread(struct sn_process *p, const struct sn_task *task)
{
	uint32_t serial = sn_graft_serial(p), i = sn_graft_append(p, SN_TABLE_THREAD, 1);
	struct sn_thread_rec *to;

	if (!i)
		return 0;
	to = sn_graft_record(p, SN_TABLE_THREAD, i);
	to->state = SN_THREAD_RUNNING;
	to->flags = SN_THREAD_FOREIGN;
	to->tid = task->tid;
	to->serial = serial;
	memcpy(to->name, task->name, sizeof(to->name));
	return i;
}

static uint32_t record_of(struct sn_process *p, const struct sn_task *task)
{
	int known;
	uint32_t i = find_record(p, task->tid, &known);

	return known || task->state == 'Z' || task->state == 'X' ? i : add_thread(p, task);
}

/* The objects in whose bytes the words lie that threads sleep on: the C library's, and GLib's. */
static uint32_t size_of(unsigned type)
{
	switch (type) {
	case SN_LOCK_RWLOCK:
	case SN_LOCK_RWLOCK_WRITER:
		return 56;
	case SN_LOCK_COND:
		return 48;
	case SN_LOCK_MUTEX:
	case SN_LOCK_MUTEX_RECURSIVE:
	case SN_LOCK_MUTEX_ERRORCHECK:
	case SN_LOCK_MUTEX_ADAPTIVE:
		return 40;
	case SN_LOCK_SEMAPHORE:
	case SN_LOCK_BARRIER:
		return 32;
	case SN_LOCK_GLIB_COND:
		return 16;
	default:
		return 4;
	}
}

/* Of a lock whose address is not known the word, which lies in it. */
static uint32_t find_object(const struct sn_process *p, uint64_t word)
{
	for (uint32_t i = 1; i < sn_view_count(p->view, SN_TABLE_LOCK); i++) {
		const struct sn_lock_rec *l = sn_view_lock(p->view, i);

		if (l->address && sn_lock_family(l->type) != SN_FAMILY_KERNEL &&
		    sn_lock_family(l->type) != SN_FAMILY_CHANNEL &&
		    !(l->flags & SN_LOCK_DESTROYED) && word - l->address < size_of(l->type))
			return i;
	}
	return 0;
}

static uint32_t add_object(struct sn_process *p, uint64_t word, const struct sn_seen_thread *t)
{
	static const uint16_t kinds[] = {SN_LOCK_MUTEX, SN_LOCK_MUTEX_RECURSIVE,
					 SN_LOCK_MUTEX_ERRORCHECK, SN_LOCK_MUTEX_ADAPTIVE};
	uint32_t i = sn_graft_append(p, SN_TABLE_LOCK, 1);
	struct sn_lock_rec *to;

	if (!i)
		return 0;
	to = sn_graft_record(p, SN_TABLE_LOCK, i);
	to->address = word;
	to->type = t->socket  ? SN_LOCK_SOCKET
		   : t->pipe  ? SN_LOCK_PIPE
		   : t->owner ? kinds[t->kind & 3]
			      : SN_LOCK_FUTEX;
	return i;
}

static int holds(const struct sn_view *v, const struct sn_thread_rec *t, uint32_t lock)
{
	for (uint32_t i = 0; i < t->held_count; i++)
		if (sn_view_thread_held(v, t, i)->lock == lock)
			return 1;
	return 0;
}

/* A mutex that is not recorded names its owner itself; where it was taken is not known. */
static void give(struct sn_process *p, uint32_t owner, uint32_t lock)
{
	int known;
	uint32_t i = find_record(p, owner, &known);
	struct sn_thread_rec *t = i ? sn_graft_record(p, SN_TABLE_THREAD, i) : NULL;

	if (t && !t->held_more && t->held_count < SN_HELD_INLINE && !holds(p->view, t, lock))
		t->held[t->held_count++] = (struct sn_held){.lock = lock};
}

static uint32_t find_pipe(const struct sn_process *p, uint64_t inode)
{
	for (uint32_t i = 1; i < sn_view_count(p->view, SN_TABLE_LOCK); i++)
		if (sn_lock_kin(sn_view_lock(p->view, i)->type) == SN_LOCK_PIPE &&
		    sn_view_lock(p->view, i)->address == inode)
			return i;
	return 0;
}

static enum sn_wait wait_of(const struct sn_seen_thread *t, unsigned type)
{
	if (t->pipe)
		return t->writes ? SN_WAIT_SEND : SN_WAIT_RECEIVE;
	return sn_lock_is_held(type) ? SN_WAIT_LOCK : SN_WAIT_FUTEX;
}

/* A thread that sleeps on a futex, or in a pipe, and has not said in what: the record says so now.
 */
static void add_wait(struct sn_process *p, const struct sn_seen_thread *t, uint32_t thread,
		     uint32_t stack)
{
	uint64_t word = t->pipe ? t->pipe : sn_seen_futex(t);
	struct sn_thread_rec *to = sn_graft_record(p, SN_TABLE_THREAD, thread);
	uint32_t lock;

	if (!word || to->wait_kind || to->flags & SN_THREAD_LIBRARY)
		return;
	lock = t->pipe ? find_pipe(p, word) : find_object(p, word);
	if (!lock)
		lock = add_object(p, word, t);
	if (!lock)
		return;
	if (t->owner)
		give(p, t->owner, lock);
	to->wait_kind = wait_of(t, sn_view_lock(p->view, lock)->type);
	to->wait_object = lock;
	to->wait_mode = t->pipe && t->writes ? SN_MODE_SEND : 0;
	to->wait_stack = stack;
	to->wait_since_ns = 0;
}

/* A wait that was jumped out of left its record behind. */
static void drop_stale(struct sn_process *p, const struct sn_seen_thread *t, uint32_t thread)
{
	struct sn_thread_rec *to = sn_graft_record(p, SN_TABLE_THREAD, thread);

	if (to->wait_kind && to->wait_kind < SN_WAIT_SEND && t->task.state == 'S' &&
	    t->call.system_call && t->call.system_call != SYS_futex + 1)
		to->wait_kind = SN_WAIT_NONE;
}

/* The lock whose owner has gone, if the thread waits for it by the record, too. */
static void add_owner(struct sn_process *p, uint32_t i, int folder)
{
	const struct sn_seen_thread *t = &p->seen.threads[i];
	const struct sn_thread_rec *rec = sn_view_thread(p->view, p->seen_records[i]);

	if (t->gone && rec->wait_kind == SN_WAIT_LOCK &&
	    sn_view_lock(p->view, rec->wait_object)->address == t->lock)
		p->seen_owners[i] = t->ring_count ? sn_ring_graft(p, t, p->seen_records[i], folder)
						  : sn_owner_graft(p, t, rec->wait_object, folder);
}

static uint32_t ring_members(const struct sn_process *p)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < p->seen.thread_count; i++)
		n += p->seen.threads[i].ring_count;
	return n;
}

/* What is kept by index of stacks and locks must have room for the new ones. */
static int make_room(struct sn_process *p)
{
	size_t stacks = sn_view_count(p->view, SN_TABLE_STACK) + 1ul;
	size_t locks = sn_view_count(p->view, SN_TABLE_LOCK) + 1ul;
	uint32_t n = p->seen.thread_count + ring_members(p);
	struct sn_trace **traces =
		realloc(p->traces, (stacks + 2ul * n) * sizeof(struct sn_trace *));
	uint32_t *numbers;

	if (!traces)
		return -1;
	memset(traces + stacks, 0, 2ul * n * sizeof(struct sn_trace *));
	p->traces = traces;
	numbers = realloc(p->lock_numbers, (locks + n) * sizeof(*numbers));
	if (!numbers)
		return -1;
	memset(numbers + locks, 0, n * sizeof(*numbers));
	p->lock_numbers = numbers;
	p->seen_records = calloc(n + 1ul, sizeof(uint32_t));
	p->seen_stacks = calloc(n + 1ul, sizeof(uint32_t));
	p->seen_owners = calloc(n + 1ul, sizeof(uint32_t));
	return p->seen_records && p->seen_stacks && p->seen_owners ? 0 : -1;
}

/* What threads sleep on is told of the picture's moment: of an earlier one only where nobody has
 * moved since. */
static int is_of_the_end(const struct sn_process *p)
{
	return p->seen_now || p->seen.flags & (SN_SEEN_NEVER | SN_SEEN_LAST);
}

void sn_process_graft(struct sn_process *p, int now, int folder)
{
	const struct sn_seen *seen = &p->seen;

	p->seen_now = now;
	if (make_room(p)) {
		sn_seen_free(&p->seen);
		return;
	}
	for (uint32_t i = 0; i < seen->module_count; i++)
		if (!is_loaded(p, seen->modules[i].start))
			add_module(p, &seen->modules[i]);
	for (uint32_t i = 0; i < seen->thread_count; i++) {
		p->seen_records[i] = record_of(p, &seen->threads[i].task);
		if (p->seen_records[i])
			p->seen_stacks[i] = sn_graft_stack(p, seen->threads[i].call.pcs,
							   seen->threads[i].call.depth,
							   p->view->header->module_epoch);
	}
	for (uint32_t i = 0; i < seen->thread_count && is_of_the_end(p); i++)
		if (p->seen_records[i]) {
			drop_stale(p, &seen->threads[i], p->seen_records[i]);
			add_wait(p, &seen->threads[i], p->seen_records[i], p->seen_stacks[i]);
			add_owner(p, i, folder);
		}
}

const struct sn_seen_thread *sn_process_seen(const struct sn_process *p, uint32_t thread,
					     uint32_t *stack)
{
	for (uint32_t i = 0; thread && p->seen_stacks && i < p->seen.thread_count; i++)
		if (p->seen_records[i] == thread) {
			*stack = p->seen_stacks[i];
			return &p->seen.threads[i];
		}
	return NULL;
}

int sn_process_never(const struct sn_process *p, struct sn_finding *f)
{
	if (!(p->seen.flags & SN_SEEN_NEVER))
		return 0;
	sn_finding_start(f, SN_KIND_DEADLOCK, SN_CONFIRMED, SN_WHY_NEVER_WAKES);
	sn_knot_tell_threads(p->view, f);
	return f->part_count != 0;
}
