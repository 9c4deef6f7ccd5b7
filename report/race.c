/* SPDX-License-Identifier: Apache-2.0
 *
 * See race.h. */
#include "report/race.h"

#include <string.h>

static const struct sn_part *read_side(const struct sn_found *f, const struct sn_part *part,
				       struct sn_race_side *s)
{
	const struct sn_part *end = f->parts + f->part_count;

	s->part = part;
	s->access = sn_view_access(f->process->view, part->number);
	s->held = ++part;
	while (part < end && part->role == SN_ROLE_HOLDS)
		part++;
	s->held_count = (uint32_t)(part - s->held);
	return part;
}

/* The first byte that both accessed. */
static uint64_t meeting(const struct sn_race *r)
{
	uint64_t a = r->now.access->address, b = r->before.access->address;

	return a > b ? a : b;
}

static void read_stack(struct sn_process *p, const struct sn_race *r, struct sn_race_memory *m)
{
	uint32_t epoch = sn_view_stack(p->view, r->now.part->stack)->epoch;
	size_t n;

	m->kind = "stack";
	if (!m->whole->code)
		return;
	m->variable = sn_symbolise_local(p->symboliser, p->view, epoch, m->whole->code,
					 (int64_t)(meeting(r) - m->whole->address));
	if (m->variable) {
		const struct sn_frame *at =
			sn_symbolise_return(p->symboliser, p->view, epoch, m->whole->code, &n);
		m->function = at[n - 1].function;
	}
}

static void read_memory(struct sn_process *p, const struct sn_part *part, struct sn_race *r)
{
	struct sn_race_memory *m = &r->memory;
	uint32_t epoch = sn_view_stack(p->view, r->now.part->stack)->epoch;

	if (!part) {
		m->variable = sn_symbolise_variable(p->symboliser, p->view, epoch, meeting(r));
		m->kind = m->variable ? "global" : NULL;
		return;
	}
	m->part = part;
	m->whole = sn_view_access(p->view, part->number);
	if (m->whole->what & SN_ACCESS_HEAP) {
		m->kind = "heap";
		m->offset = meeting(r) - m->whole->address;
	} else if (m->whole->what & SN_ACCESS_TLS) {
		m->kind = "tls";
		m->variable =
			sn_symbolise_tls(p->symboliser, p->view, meeting(r) - m->whole->address);
	} else {
		read_stack(p, r, m);
	}
}

int sn_race_of(const struct sn_found *f, struct sn_race *race)
{
	const struct sn_part *part = f->parts, *end = part + f->part_count;

	memset(race, 0, sizeof(*race));
	if (f->kind != SN_KIND_DATA_RACE || part == end || part->role != SN_ROLE_ACCESSED)
		return 0;
	part = read_side(f, part, &race->now);
	if (part == end || part->role != SN_ROLE_ACCESSED)
		return 0;
	part = read_side(f, part, &race->before);
	read_memory(f->process, part < end && part->role == SN_ROLE_MEMORY ? part : NULL, race);
	return 1;
}

static int holds(const struct sn_race_side *s, uint32_t lock)
{
	for (uint32_t i = 0; i < s->held_count; i++)
		if (s->held[i].object == lock)
			return 1;
	return 0;
}

static int have_common_lock(const struct sn_race *r)
{
	for (uint32_t i = 0; i < r->now.held_count; i++)
		if (holds(&r->before, r->now.held[i].object))
			return 1;
	return 0;
}

const struct sn_part *sn_race_only_lock(const struct sn_race_side *s)
{
	return s->held_count == 1 && !(s->access->what & SN_ACCESS_HELD_MORE) ? s->held : NULL;
}

static const struct sn_frame *site_of(const struct sn_found *f, const struct sn_race_side *s)
{
	static const struct sn_frame none;
	const struct sn_frame *site = sn_trace_site(sn_process_trace(f->process, s->part->stack));

	return site ? site : &none;
}

static const char *function_of(const struct sn_found *f, const struct sn_race_side *s)
{
	const struct sn_frame *site = site_of(f, s);

	return site->function ? site->function : "";
}

/* The one side looks without a lock at what the other one writes under a lock further down in the
 * same function. */
static int is_double_check(const struct sn_found *f, const struct sn_race_side *looks,
			   const struct sn_race_side *writes)
{
	const char *name = function_of(f, looks);

	return !(looks->access->what & (SN_ACCESS_WRITE | SN_ACCESS_HELD_MORE)) &&
	       !looks->held_count && writes->held_count && writes->access->what & SN_ACCESS_WRITE &&
	       *name && !strcmp(name, function_of(f, writes)) &&
	       site_of(f, looks)->line < site_of(f, writes)->line;
}

static const struct sn_thread_rec *thread_of(const struct sn_found *f, const struct sn_race_side *s)
{
	return sn_view_thread(f->process->view, s->part->thread);
}

static int created(const struct sn_found *f, const struct sn_race_side *creator,
		   const struct sn_race_side *child)
{
	return creator->part->thread && thread_of(f, child)->creator == creator->part->thread;
}

/* A variable on the creator's stack, which it changes while the thread that got its address reads
 * it in the function that it was created to run. */
static int is_argument(const struct sn_found *f, const struct sn_race *r,
		       const struct sn_race_side *creator, const struct sn_race_side *child)
{
	const struct sn_part *memory = r->memory.part;
	const char *start = sn_process_start_function(f->process, child->part->thread);

	return memory && r->memory.whole->what & SN_ACCESS_STACK &&
	       memory->thread == creator->part->thread && created(f, creator, child) &&
	       creator->access->what & SN_ACCESS_WRITE &&
	       !(child->access->what & SN_ACCESS_WRITE) && start &&
	       !strcmp(start, function_of(f, child));
}

static enum sn_race_case case_of_locks(const struct sn_found *f, const struct sn_race *r)
{
	if (is_double_check(f, &r->now, &r->before) || is_double_check(f, &r->before, &r->now))
		return SN_RACE_DOUBLE_CHECK;
	return r->now.held_count && r->before.held_count ? SN_RACE_OTHER_LOCK
							 : SN_RACE_MISSING_LOCK;
}

/* Neither holds anything. */
static enum sn_race_case case_of_order(const struct sn_found *f, const struct sn_race *r)
{
	uint32_t both = r->now.access->what | r->before.access->what;
	int one_reads = (r->now.access->what ^ r->before.access->what) & SN_ACCESS_WRITE;

	if (is_argument(f, r, &r->now, &r->before) || is_argument(f, r, &r->before, &r->now))
		return SN_RACE_ARGUMENT;
	if (created(f, &r->now, &r->before) && thread_of(f, &r->before)->state >= SN_THREAD_ENDED)
		return SN_RACE_MISSING_JOIN;
	if (one_reads && !(both & SN_ACCESS_RANGE) &&
	    r->now.access->size == r->before.access->size && r->now.access->size <= 8 &&
	    r->memory.variable)
		return SN_RACE_FLAG;
	return SN_RACE_UNGUARDED;
}

enum sn_race_case sn_race_case_of(const struct sn_found *f, const struct sn_race *r)
{
	uint32_t now = r->now.access->what, before = r->before.access->what;

	if ((now | before) & SN_ACCESS_FREE)
		return SN_RACE_FREED;
	if (have_common_lock(r))
		return SN_RACE_READ_LOCK;
	if ((now ^ before) & SN_ACCESS_ATOMIC)
		return SN_RACE_HALF_ATOMIC;
	if (r->now.held_count || r->before.held_count)
		return case_of_locks(f, r);
	if ((now | before) & SN_ACCESS_HELD_MORE)
		return SN_RACE_UNGUARDED;
	return case_of_order(f, r);
}

static const struct {
	const char *name, *fix;
} cases[] = {
#define SN_RACE_CASE(e, name, fix) {name, fix},
#include "base/race_cases.def"
#undef SN_RACE_CASE
};

const char *sn_race_case_name(enum sn_race_case c)
{
	return cases[c].name;
}

const char *sn_race_case_fix(enum sn_race_case c)
{
	return cases[c].fix;
}
