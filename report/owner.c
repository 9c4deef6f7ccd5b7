/* SPDX-License-Identifier: Apache-2.0
 *
 * The thread of another process that ended while it held a lock for which a thread of this one
 * waits.  The lock itself names it by the kernel's number; who it was and where it had taken the
 * lock is in the recording of its process, which lies beside this one's.  It is the thread of that
 * number that holds a lock which processes share at the same place of a page: the same memory may
 * lie at another address there. */
#include "report/owner.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PAGE_MASK 4095u

static int is_such(const struct sn_view *v, const struct sn_held *h, uint64_t address,
		   enum sn_robust robust)
{
	const struct sn_lock_rec *l = sn_view_lock(v, h->lock);

	return h->lock && l->flags & SN_LOCK_PSHARED &&
	       (robust == SN_ROBUST_TOO || !(l->flags & SN_LOCK_ROBUST)) &&
	       ((l->address ^ address) & PAGE_MASK) == 0;
}

int sn_holds_shared(const struct sn_view *v, const struct sn_thread_rec *t, uint64_t address,
		    enum sn_robust robust, struct sn_held *held)
{
	uint32_t most = sn_view_count(v, SN_TABLE_HELD) + SN_HELD_INLINE, found = 0;

	for (uint32_t i = 0; i < t->held_count && i < most; i++) {
		const struct sn_held *h = sn_view_thread_held(v, t, i);

		if (!is_such(v, h, address, robust))
			continue;
		*held = *h;
		found++;
		if (sn_view_lock(v, h->lock)->address == address)
			return 1;
	}
	return found == 1;
}

static int find_in(struct sn_other *o, uint32_t tid, uint64_t address, enum sn_robust robust)
{
	const struct sn_view *v = &o->reader.view;

	for (uint32_t i = 1; i < sn_view_count(v, SN_TABLE_THREAD); i++) {
		const struct sn_thread_rec *t = sn_view_thread(v, i);

		o->thread = i;
		if (t->tid == tid && !(t->flags & SN_THREAD_GHOST) &&
		    sn_holds_shared(v, t, address, robust, &o->held))
			return 1;
	}
	return 0;
}

/* Opens the recording of that name where it is of the same run and another process's. */
static int open_beside(const struct sn_process *p, struct sn_other *o, int folder, const char *name)
{
	const char *dot = strrchr(name, '.');
	char error[256];
	int fd, rc;

	if (!dot || strcmp(dot, ".snarl"))
		return -1;
	fd = openat(folder, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
	if (fd < 0)
		return -1;
	rc = sn_reader_open_fd(&o->reader, fd, name, UINT32_MAX, error, sizeof(error));
	close(fd);
	if (!rc && o->reader.header.run == p->view->header->run &&
	    o->reader.header.pid != p->view->header->pid)
		return 0;
	if (!rc)
		sn_reader_close(&o->reader);
	return -1;
}

static DIR *open_folder(const struct sn_process *p, int folder)
{
	char *path = folder < 0 ? strdup(p->reader.path) : NULL, *slash;
	int fd;

	slash = path ? strrchr(path, '/') : NULL;
	if (slash)
		*slash = '\0';
	fd = openat(folder < 0 ? AT_FDCWD : folder, slash ? path : ".",
		    O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	free(path);
	return fd < 0 ? NULL : fdopendir(fd);
}

int sn_other_find(const struct sn_process *p, struct sn_other *o, int folder, uint32_t tid,
		  uint64_t address, enum sn_robust robust)
{
	DIR *d = open_folder(p, folder);
	struct dirent *e;
	int found = 0;

	o->epoch = SN_OTHERS_EPOCH;
	while (d && !found && (e = readdir(d))) {
		if (open_beside(p, o, dirfd(d), e->d_name))
			continue;
		found = find_in(o, tid, address, robust);
		if (!found)
			sn_reader_close(&o->reader);
	}
	if (d)
		closedir(d);
	return found ? 0 : -1;
}

static const char *path_of(const struct sn_view *v, const struct sn_module_rec *m)
{
	const char *path = sn_view_text(v, m->path);

	return *path ? path : sn_view_text(v, v->header->exe);
}

static const struct sn_module_rec *module_of(const struct sn_view *v, uint64_t pc, uint32_t epoch)
{
	for (uint32_t i = sn_view_count(v, SN_TABLE_MODULE); i-- > 1;) {
		const struct sn_module_rec *m = sn_view_module(v, i);

		if (pc >= m->start && pc < m->end && m->loaded_epoch <= epoch &&
		    epoch < m->unloaded_epoch)
			return m;
	}
	return NULL;
}

static int has_module(const struct sn_process *p, uint64_t pc, uint32_t epoch)
{
	const struct sn_module_rec *m = module_of(p->view, pc, epoch);

	return m && m->loaded_epoch == epoch;
}

static void add_module(struct sn_process *p, const struct sn_other *o, uint64_t pc, uint32_t epoch)
{
	const struct sn_view *from = &o->reader.view;
	const struct sn_module_rec *m = module_of(from, pc, epoch);
	uint32_t path = m && !has_module(p, pc, o->epoch) ? sn_graft_text(p, path_of(from, m)) : 0;
	uint32_t i = path ? sn_graft_append(p, SN_TABLE_MODULE, 1) : 0;
	struct sn_module_rec *to;

	if (!i)
		return;
	to = sn_graft_record(p, SN_TABLE_MODULE, i);
	*to = *m;
	to->path = path;
	to->loaded_epoch = o->epoch;
	to->unloaded_epoch = o->epoch + 1;
}

uint32_t sn_other_stack(struct sn_process *p, const struct sn_other *o, uint32_t stack)
{
	uint32_t depth;
	const uint64_t *pcs = sn_view_stack_pcs(&o->reader.view, stack, &depth);
	uint32_t epoch = sn_view_stack(&o->reader.view, stack)->epoch;

	for (uint32_t i = 0; i < depth; i++)
		add_module(p, o, pcs[i] - 1, epoch);
	return depth ? sn_graft_stack(p, pcs, depth, o->epoch) : 0;
}

/* The thread as it was there; where it is not known only its number. */
static uint32_t add_thread(struct sn_process *p, const struct sn_other *o, uint32_t tid)
{
	uint32_t serial = sn_graft_serial(p), i = sn_graft_append(p, SN_TABLE_THREAD, 1);
	struct sn_thread_rec *to;
	const struct sn_thread_rec *from;

	if (!i)
		return 0;
	to = sn_graft_record(p, SN_TABLE_THREAD, i);
	to->state = SN_THREAD_ENDED;
	to->flags = SN_THREAD_OTHERS;
	to->serial = serial;
	to->tid = tid;
	if (!o)
		return i;
	from = sn_view_thread(&o->reader.view, o->thread);
	to->others_serial = from->serial;
	to->flags |= from->flags & SN_THREAD_MAIN;
	to->others_pid = o->reader.header.pid;
	memcpy(to->name, from->name, sizeof(to->name));
	return i;
}

uint32_t sn_other_thread(struct sn_process *p, const struct sn_other *o, uint32_t tid,
			 uint32_t lock)
{
	uint32_t stack = o ? sn_other_stack(p, o, o->held.stack) : 0, i = add_thread(p, o, tid);
	struct sn_thread_rec *to = i ? sn_graft_record(p, SN_TABLE_THREAD, i) : NULL;

	if (!to)
		return 0;
	to->held[0] = (struct sn_held){.lock = lock, .stack = stack};
	to->held_count = 1;
	return i;
}

/* One that was added for another waiter of the same lock. */
static uint32_t added_before(const struct sn_process *p, uint32_t tid, uint32_t lock)
{
	for (uint32_t i = 1; i < sn_view_count(p->view, SN_TABLE_THREAD); i++) {
		const struct sn_thread_rec *t = sn_view_thread(p->view, i);

		if (t->flags & SN_THREAD_OTHERS && t->tid == tid && t->held[0].lock == lock)
			return i;
	}
	return 0;
}

uint32_t sn_owner_graft(struct sn_process *p, const struct sn_seen_thread *waiter, uint32_t lock,
			int folder)
{
	uint32_t i = added_before(p, waiter->owner, lock);
	struct sn_other o;

	if (i)
		return i;
	if (sn_other_find(p, &o, folder, waiter->owner, waiter->lock, SN_NOT_ROBUST))
		return sn_other_thread(p, NULL, waiter->owner, lock);
	i = sn_other_thread(p, &o, waiter->owner, lock);
	sn_reader_close(&o.reader);
	return i;
}

int sn_owner_finding(const struct sn_process *p, uint32_t i, struct sn_finding *f)
{
	const struct sn_seen_thread *seen = &p->seen.threads[i];
	uint32_t waiter = p->seen_records[i], owner = p->seen_owners[i];
	const struct sn_thread_rec *t = sn_view_thread(p->view, waiter);
	const struct sn_held *held =
		sn_view_thread_held(p->view, sn_view_thread(p->view, owner), 0);
	int certain = seen->gone == SN_GONE;

	if (!owner)
		return 0;
	if (seen->ring_count) {
		sn_ring_finding(p, i, f);
		return 1;
	}
	sn_finding_start(f, SN_KIND_DEADLOCK, certain ? SN_CONFIRMED : SN_SUSPECT,
			 certain ? SN_WHY_OWNER_GONE : SN_WHY_OWNER_GONE_SHARED);
	sn_finding_add(f, (struct sn_part){.role = SN_ROLE_HOLDS,
					   .thread = owner,
					   .object = held->lock,
					   .stack = held->stack});
	sn_finding_add(f, (struct sn_part){.role = SN_ROLE_WAITS,
					   .mode = (uint8_t)t->wait_mode,
					   .thread = waiter,
					   .object = t->wait_object,
					   .stack = t->wait_stack});
	return 1;
}
