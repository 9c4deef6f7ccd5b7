/* SPDX-License-Identifier: Apache-2.0
 *
 * Data races in words: who accessed what, how, and what the memory is. */
#include "report/race.h"
#include "report/say.h"
#include "report/shown.h"

const char *sn_say_op(const struct sn_access_rec *a)
{
	if (a->what & SN_ACCESS_FREE)
		return "free";
	if (a->what & SN_ACCESS_ATOMIC)
		return a->what & SN_ACCESS_WRITE ? "atomic-write" : "atomic-read";
	return a->what & SN_ACCESS_WRITE ? "write" : "read";
}

static const char *verb_of(const struct sn_access_rec *a, int before)
{
	if (a->what & SN_ACCESS_FREE)
		return before ? "freed" : "frees";
	if (a->what & SN_ACCESS_WRITE)
		return before ? "written" : "writes";
	return before ? "read" : "reads";
}

/* The two are told apart where they are unlike. */
static void say_kind(FILE *out, const struct sn_race_side *s, const struct sn_race_side *other)
{
	if (s->access->what & SN_ACCESS_FREE)
		return;
	if (s->access->what & SN_ACCESS_ATOMIC)
		fprintf(out, " (atomic %s)", s->access->what & SN_ACCESS_WRITE ? "write" : "read");
	else if (other->access->what & SN_ACCESS_ATOMIC)
		fprintf(out, " (plain %s)", s->access->what & SN_ACCESS_WRITE ? "write" : "read");
}

static void say_bytes(FILE *out, uint64_t size)
{
	fprintf(out, "%llu byte%s", (unsigned long long)size, size == 1 ? "" : "s");
}

static void say_whose(FILE *out, struct sn_process *p, const struct sn_race_memory *m)
{
	if (m->part->thread)
		sn_say_thread(out, p, m->part->thread);
	else
		fputs("a thread that is gone", out);
}

/* What a side's own bytes are called: they may begin before those in which the two meet. */
static const struct sn_variable *variable_of(struct sn_process *p, const struct sn_race *r,
					     const struct sn_race_side *s)
{
	uint32_t epoch = sn_view_stack(p->view, s->part->stack)->epoch;

	if (r->memory.part || !r->memory.variable)
		return r->memory.variable;
	return sn_symbolise_variable(p->symboliser, p->view, epoch, s->access->address);
}

/* "'queue.count'", "a heap block of 48 bytes", "T1's stack"; nothing where it is not known. */
static void say_memory(FILE *out, struct sn_process *p, const struct sn_race *r,
		       const struct sn_race_side *s)
{
	const struct sn_race_memory *m = &r->memory;
	const struct sn_variable *variable = variable_of(p, r, s);

	if (variable) {
		fprintf(out, "'%s'", sn_shown(variable->name));
	} else if (m->kind && m->whole && m->whole->what & SN_ACCESS_HEAP) {
		fputs(m->whole->what & SN_ACCESS_FREE ? "a freed heap block of "
						      : "a heap block of ",
		      out);
		say_bytes(out, m->whole->size);
	} else if (m->part && m->whole->what & (SN_ACCESS_STACK | SN_ACCESS_TLS)) {
		fputs(m->whole->what & SN_ACCESS_STACK ? "the stack of "
						       : "thread-local memory of ",
		      out);
		say_whose(out, p, m);
	}
}

static void say_access(FILE *out, struct sn_process *p, const struct sn_race *r,
		       const struct sn_race_side *s, int before)
{
	const struct sn_access_rec *a = s->access;
	const struct sn_race_memory *m = &r->memory;
	int all = a->what & SN_ACCESS_FREE && m->whole && m->whole->what & SN_ACCESS_HEAP;

	fprintf(out, "%s ", verb_of(a, before));
	if (!all) {
		fputs(a->what & SN_ACCESS_RANGE ? "at least " : "", out);
		say_bytes(out, a->size);
		fputs(m->kind ? " of " : "", out);
	}
	say_memory(out, p, r, s);
	if (m->whole && m->whole->what & SN_ACCESS_HEAP && !all)
		fprintf(out, ", offset %llu", (unsigned long long)(a->address - m->whole->address));
	fprintf(out, m->kind ? " (0x%llx)" : " at 0x%llx", (unsigned long long)a->address);
}

void sn_say_access(FILE *out, const struct sn_found *f, const struct sn_part *part)
{
	struct sn_race r;
	const struct sn_race_side *s, *other;
	int before = part != f->parts;

	if (!sn_race_of(f, &r))
		return;
	s = before ? &r.before : &r.now;
	other = before ? &r.now : &r.before;
	say_access(out, f->process, &r, s, before);
	say_kind(out, s, other);
	fputs(" here", out);
	if (!s->held_count && other->held_count && !(s->access->what & SN_ACCESS_HELD_MORE))
		fputs(", without a lock", out);
}

void sn_say_memory(FILE *out, const struct sn_found *f)
{
	struct sn_race r;
	const struct sn_race_memory *m = &r.memory;

	if (!sn_race_of(f, &r) || !m->part)
		return;
	if (m->whole->what & SN_ACCESS_HEAP) {
		fputs("the heap block of ", out);
		say_bytes(out, m->whole->size);
		fprintf(out, " at 0x%llx was allocated by ", (unsigned long long)m->whole->address);
		say_whose(out, f->process, m);
		return;
	}
	if (m->variable)
		fprintf(out, "'%s' is a %s of ", sn_shown(m->variable->name),
			m->whole->what & SN_ACCESS_TLS ? "thread-local variable" : "variable");
	else
		fprintf(out, "the memory is the %s of ",
			m->whole->what & SN_ACCESS_TLS ? "thread-local memory" : "stack");
	if (m->function)
		fprintf(out, "%s, on the stack of ", sn_shown(m->function));
	say_whose(out, f->process, m);
}

int sn_say_race(FILE *out, const struct sn_found *f)
{
	struct sn_race r;

	if (!sn_race_of(f, &r))
		return 0;
	sn_say_thread(out, f->process, r.now.part->thread);
	fputc(' ', out);
	say_access(out, f->process, &r, &r.now, 0);
	fputs(", which ", out);
	sn_say_thread(out, f->process, r.before.part->thread);
	fprintf(out, " has %s%s, and nothing orders the two",
		r.before.access->what & SN_ACCESS_ATOMIC ? "atomically " : "",
		verb_of(r.before.access, 1));
	return 1;
}
