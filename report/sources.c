/* SPDX-License-Identifier: Apache-2.0
 *
 * From a recording to findings: those that the process recorded itself, and those that the
 * detectors find in what it left behind. */
#include "report/model.h"
#include "detect/detect.h"
#include "outside/closed.h"
#include "report/heap.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct candidate {
	struct sn_finding *finding;
	uint32_t count;
	uint64_t when_ns;
	uint64_t key;
	int dropped;
};

/* A sink that keeps copies; only_new leaves out what is there already. */
struct candidates {
	struct sn_sink sink; /* first: the sink's callback gets a pointer to it */
	struct candidate *list;
	size_t count;
	size_t recorded; /* the first of the list, which the process recorded itself */
	int failed;
	int only_new;
};

static struct sn_finding *copy_finding(const struct sn_finding *f)
{
	uint32_t parts = f->part_count > SN_PARTS_MAX ? SN_PARTS_MAX : f->part_count;
	/* Only the parts in use: a program may have thousands of refuted candidates. */
	size_t size = offsetof(struct sn_finding, parts) + parts * sizeof(struct sn_part);
	struct sn_finding *copy = malloc(size);

	if (copy) {
		memcpy(copy, f, size);
		copy->part_count = parts;
	}
	return copy;
}

static void keep(struct candidates *c, const struct sn_finding *f, uint32_t count, uint64_t when_ns,
		 uint64_t key)
{
	size_t n = c->count;
	struct candidate *more = c->list;

	if (!(n & (n - 1)))
		more = realloc(more, (n ? 2 * n : 1) * sizeof(*more));
	if (more)
		c->list = more;
	if (!more || !(more[n].finding = copy_finding(f))) {
		c->failed = 1;
		return;
	}
	more[n].count = count;
	more[n].when_ns = when_ns;
	more[n].key = key;
	more[n].dropped = 0;
	c->count++;
}

static int is_lock(const struct sn_part *p)
{
	return p->object && !p->object_is_thread;
}

static int has_lock(const struct sn_finding *f, uint32_t lock)
{
	for (uint32_t i = 0; i < f->part_count; i++)
		if (is_lock(&f->parts[i]) && f->parts[i].object == lock)
			return 1;
	return 0;
}

static int locks_within(const struct sn_finding *a, const struct sn_finding *b)
{
	for (uint32_t i = 0; i < a->part_count; i++)
		if (is_lock(&a->parts[i]) && !has_lock(b, a->parts[i].object))
			return 0;
	return 1;
}

static int same_locks(const struct sn_finding *a, const struct sn_finding *b)
{
	return locks_within(a, b) && locks_within(b, a);
}

/* Whether each thread of `a` has a part in `b`. */
static int threads_within(const struct sn_finding *a, const struct sn_finding *b)
{
	for (uint32_t i = 0, j; i < a->part_count; i++) {
		for (j = 0; j < b->part_count; j++)
			if (b->parts[j].thread == a->parts[i].thread)
				break;
		if (j == b->part_count)
			return 0;
	}
	return 1;
}

static int is_stuck_kind(enum sn_kind k)
{
	return k == SN_KIND_DEADLOCK || k == SN_KIND_SELF_DEADLOCK || k == SN_KIND_LOST_WAKEUP;
}

/* The same was recorded: of the same threads, since a key names none. One ring that was entered by
 * another of its threads is the same, too. */
static int is_known(const struct candidates *c, const struct sn_finding *f, uint64_t key)
{
	for (size_t i = 0; i < c->recorded; i++) {
		const struct sn_finding *g = c->list[i].finding;

		if (g->kind != f->kind || !threads_within(f, g) || !threads_within(g, f))
			continue;
		if (c->list[i].key == key || (is_stuck_kind(f->kind) && same_locks(f, g)))
			return 1;
	}
	return 0;
}

static void emit(struct sn_sink *sink, const struct sn_finding *f)
{
	struct candidates *c = (struct candidates *)sink;
	uint64_t key = sn_finding_key(f);

	if (!c->only_new || !is_known(c, f, key))
		keep(c, f, 1, 0, key);
}

static void take_recorded(struct candidates *c, const struct sn_view *v)
{
	for (uint32_t i = 1; i < sn_view_count(v, SN_TABLE_FINDING); i++) {
		const struct sn_finding_rec *rec = sn_view_finding(v, i);
		struct sn_finding f = {.kind = rec->kind,
				       .verdict = rec->verdict,
				       .why = rec->why,
				       .scope = rec->scope};

		/* A record without a count was never completed. */
		if (!rec->count || rec->kind >= SN_KIND_COUNT || rec->verdict > SN_CONFIRMED ||
		    rec->why >= SN_WHY_COUNT)
			continue;
		for (uint32_t j = 0; j < rec->part_count && j < SN_PARTS_MAX; j++)
			sn_finding_add(&f, *sn_view_part(v, rec->first_part + j));
		keep(c, &f, rec->count, rec->when_ns, rec->key);
	}
}

/* What was seen from outside tells more than what the process then recorded of the same. */
static void take_glimpses(struct candidates *c, const struct sn_process *p)
{
	struct sn_finding f;

	for (uint32_t i = 0; i < SN_GLIMPSES; i++) {
		size_t known = c->count;

		if (!sn_process_glimpse(p, i, &f))
			continue;
		keep(c, &f, 1, p->view->header->glimpses[i].when_ns, sn_finding_key(&f));
		for (size_t j = 0; j < known && c->count > known; j++) {
			struct candidate *other = &c->list[j];

			if (other->dropped || !sn_glimpse_covers(&f, other->finding))
				continue;
			other->dropped = 1;
			c->list[known].count = other->count;
		}
	}
}

static void detect_stuck(struct candidates *c, struct sn_process *p, struct sn_memory *m)
{
	struct sn_hang hang;

	if (p->how == SN_HOW_EXIT || p->how == SN_HOW_EXEC)
		return;
	sn_process_hang(p, &hang);
	c->only_new = 1;
	sn_detect_stuck(p->view, &hang, m, &c->sink);
	c->only_new = 0;
}

#define POOL_NS 1000000000u /* so long the threads of a pool must have slept */

static void detect_pools(struct candidates *c, struct sn_process *p, struct sn_memory *m)
{
	if (p->how != SN_HOW_EXEC && p->end_known && !p->stuck)
		sn_detect_pools(p->view, p->end_ns, POOL_NS, m, &c->sink);
}

static int has_deadlock(const struct candidates *c)
{
	for (size_t i = 0; i < c->count; i++)
		if (is_stuck_kind(c->list[i].finding->kind) &&
		    c->list[i].finding->verdict == SN_CONFIRMED)
			return 1;
	return 0;
}

/* An exec takes the other threads away as a kill does: what they were doing then is no leak. */
static void detect_leaks(struct candidates *c, const struct sn_report *r, struct sn_process *p,
			 struct sn_memory *m)
{
	struct sn_end end = {
		.ended = p->how != SN_HOW_RUNNING,
		.killed = p->how != SN_HOW_EXIT || p->stuck,
		.stuck = p->stuck,
		.strict = r->options.leaks == SN_LEAKS_STRICT,
		.thread_leaks = r->options.report_thread_leaks,
		.workers = r->options.leaks != SN_LEAKS_OFF,
		.end_ns = p->end_known ? p->end_ns : 0,
		.orphan_ns = (uint64_t)r->options.orphan_ms * 1000000u,
	};

	/* A thread that the process saw leak while it ran is not told twice. */
	c->only_new = 1;
	sn_detect_leaks(p->view, &end, m, &c->sink);
	sn_detect_lost(p->view, &end, &c->sink);
	c->only_new = 0;
}

static void detect_progress(struct candidates *c, const struct sn_report *r, struct sn_process *p)
{
	/* What the process judged itself when it was over is not told twice. */
	c->only_new = 1;
	sn_detect_progress(p->view, &r->options, p->end_ns, &c->sink);
	c->only_new = 0;
}

static int is_covered(const struct candidates *c, const struct sn_finding *f)
{
	for (size_t i = 0; i < c->recorded; i++)
		if (!c->list[i].dropped && c->list[i].finding->kind == f->kind &&
		    sn_glimpse_covers(c->list[i].finding, f))
			return 1;
	return 0;
}

#define HELD_MOST 16

/* Of a process that hangs, or did when it was killed. */
static void detect_held(struct candidates *c, const struct sn_report *r, const struct sn_process *p)
{
	struct sn_hold holds[HELD_MOST];
	struct sn_finding f;
	uint64_t least = (uint64_t)r->options.held_ms * 1000000u;
	uint32_t n;

	if (p->how == SN_HOW_EXIT || p->how == SN_HOW_EXEC || p->stuck || r->options.held_ms <= 0)
		return;
	n = sn_detect_held(p->view, p->end_ns, least, holds, HELD_MOST);
	for (uint32_t i = 0; i < n; i++) {
		sn_hold_finding(p->view, &holds[i], p->end_ns, &f);
		if (!is_covered(c, &f))
			keep(c, &f, 1, 0, sn_finding_key(&f));
	}
}

/* A deadlock is the inversion of its locks come true: telling both would be telling it twice. */
static void drop_come_true(struct candidates *c)
{
	for (size_t i = 0; i < c->count; i++) {
		if (c->list[i].finding->kind != SN_KIND_DEADLOCK)
			continue;
		for (size_t j = 0; j < c->count; j++) {
			const struct sn_finding *f = c->list[j].finding;
			if (f->kind == SN_KIND_LOCK_ORDER_INVERSION && f->verdict != SN_REFUTED &&
			    same_locks(f, c->list[i].finding))
				c->list[j].dropped = 1;
		}
	}
}

/* Threads that can never go on hold their locks for long, too, and those of a pool that is stuck
 * are alive at the end: that is told with the deadlock. */
static int explains(const struct sn_finding *deadlock, const struct sn_finding *f)
{
	if (!is_stuck_kind(deadlock->kind) || !threads_within(f, deadlock))
		return 0;
	return (f->kind == SN_KIND_BLOCKING_UNDER_LOCK && f->why == SN_WHY_HELD_NOW) ||
	       (f->kind == SN_KIND_LEAKED_WORKER && f->why == SN_WHY_WHOLE_PROGRAM &&
		deadlock->why == SN_WHY_NOBODY_TAKES);
}

static void drop_explained(struct candidates *c)
{
	for (size_t i = 0; i < c->count; i++)
		for (size_t j = 0; j < c->count; j++)
			if (explains(c->list[j].finding, c->list[i].finding))
				c->list[i].dropped = 1;
}

static int hand_over(struct candidates *c, struct sn_report *r, struct sn_process *p)
{
	int rc = c->failed ? -ENOMEM : 0;

	for (size_t i = 0; i < c->count; i++) {
		struct sn_finding full = {0};
		const struct sn_finding *f = c->list[i].finding;

		memcpy(&full, f,
		       offsetof(struct sn_finding, parts) + f->part_count * sizeof(struct sn_part));
		if (!rc && !c->list[i].dropped)
			rc = sn_model_add(r, p, &full, c->list[i].count, c->list[i].when_ns);
		free(c->list[i].finding);
	}
	free(c->list);
	return rc;
}

static int take_picture(struct sn_process *p, const struct sn_outside *outside)
{
	enum sn_look look = outside ? outside->look : SN_LOOK_KEPT;
	const struct sn_header *h = p->view->header;
	struct sn_seen *s = &p->seen;

	/* One that was taken earlier tells of a process that has gone since without a word. */
	if (look == SN_LOOK_KEPT)
		return s->thread_count ? 0 : -ENOENT;
	if (sn_seen_take(s, h->pid, look == SN_LOOK_LAST ? SN_WALK_LAST : SN_WALK_GENTLY))
		return -ESRCH;
	sn_seen_respect_end(s, h);
	s->flags |= p->timed_out ? SN_SEEN_TIMED_OUT : p->ended_stuck ? SN_SEEN_STUCK : 0;
	if (look == SN_LOOK_LAST)
		sn_seen_store(s, outside->folder - 1, p->reader.path, h);
	return 0;
}

/* Who waits for a lock whose owner has gone. */
static void tell_owners(struct candidates *c, struct sn_process *p)
{
	struct sn_finding f;

	for (uint32_t i = 0; i < p->seen.thread_count && !p->stuck; i++)
		if (p->seen_owners && sn_owner_finding(p, i, &f)) {
			keep(c, &f, 1, 0, sn_finding_key(&f));
			p->stuck = f.verdict == SN_CONFIRMED;
		}
}

/* What is known from outside comes after what the process knows itself, and is told where that does
 * not explain it. */
static void look_from_outside(struct candidates *c, struct sn_process *p,
			      const struct sn_outside *outside)
{
	struct sn_finding f;

	if (p->how == SN_HOW_EXIT || p->how == SN_HOW_EXEC || take_picture(p, outside))
		return;
	sn_process_graft(p, outside && outside->look != SN_LOOK_KEPT,
			 outside ? outside->folder - 1 : -1);
	tell_owners(c, p);
	if (!p->stuck && sn_process_never(p, &f)) {
		keep(c, &f, 1, 0, sn_finding_key(&f));
		p->stuck = 1;
	}
}

static int judge(struct sn_report *r, struct sn_process *p, const struct sn_outside *outside)
{
	struct sn_memory memory = sn_heap_memory();
	struct candidates c = {.sink.emit = emit};
	int rc;

	take_recorded(&c, p->view);
	take_glimpses(&c, p);
	c.recorded = c.count;
	/* In the midst of a run only what it has recorded itself is judged. */
	if (r->only_scope) {
		rc = hand_over(&c, r, p);
		return rc ? rc : sn_notes_unmet(r, p);
	}
	detect_stuck(&c, p, &memory);
	p->stuck = p->view->header->deadlocks > 0 || has_deadlock(&c);
	sn_detect_order(p->view, &memory, &c.sink);
	detect_leaks(&c, r, p, &memory);
	detect_pools(&c, p, &memory);
	detect_progress(&c, r, p);
	detect_held(&c, r, p);
	p->cut = c.sink.cut;
	look_from_outside(&c, p, outside);
	drop_come_true(&c);
	drop_explained(&c);
	rc = hand_over(&c, r, p);
	return rc ? rc : sn_notes_unmet(r, p);
}

static int append_process(struct sn_report *r, struct sn_process *p)
{
	struct sn_process **more =
		realloc(r->processes, (r->process_count + 1) * sizeof(struct sn_process *));

	if (!more)
		return -ENOMEM;
	r->processes = more;
	p->index = (unsigned)r->process_count;
	r->processes[r->process_count++] = p;
	return 0;
}

int sn_report_add_fd(struct sn_report *r, int fd, const char *path,
		     const struct sn_outside *outside, char *error, size_t error_size)
{
	struct sn_process *p;
	int rc = sn_process_open(&p, r, fd, path, outside, error, error_size);

	if (rc)
		return rc;
	rc = append_process(r, p);
	if (rc)
		sn_process_close(p);
	else
		rc = judge(r, p, outside);
	if (rc)
		snprintf(error, error_size, "%s: out of memory", path);
	return rc;
}

int sn_report_add(struct sn_report *r, const char *path, const struct sn_outside *outside,
		  char *error, size_t error_size)
{
	/* Not blocking: opening a FIFO must not wait for somebody to write to it. */
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY), rc;

	if (fd < 0) {
		rc = -errno;
		snprintf(error, error_size, "%s: %s", path, strerror(-rc));
		return rc;
	}
	rc = sn_report_add_fd(r, fd, path, outside, error, error_size);
	close(fd);
	return rc;
}
