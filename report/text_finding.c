/* SPDX-License-Identifier: Apache-2.0
 *
 * One finding as a block of text, in the order in which a person asks: what happened, why do you
 * think so, who did what where while holding what, who are these threads and locks, what now. */
#include "report/text.h"
#include "base/names.h"
#include "report/say.h"
#include "report/shown.h"

#define SHOWN_MAX (2 * SN_PARTS_MAX)
#define SITES_SHOWN 12

/* One block in the making: what was shown already is only referred to. */
struct block {
	const struct sn_text *t;
	const struct sn_found *f;
	struct sn_process *p;
	uint32_t stacks[SHOWN_MAX];
	uint32_t threads[SHOWN_MAX];
	uint32_t locks[SHOWN_MAX];
	uint32_t stack_count, thread_count, lock_count;
};

/* Adds to the set; returns 0 if it was there, or is none. */
static int add(uint32_t *set, uint32_t *count, uint32_t n)
{
	for (uint32_t i = 0; i < *count; i++)
		if (set[i] == n)
			return 0;
	if (!n || *count >= SHOWN_MAX)
		return 0;
	set[(*count)++] = n;
	return 1;
}

static void show_stack(struct block *b, uint32_t stack, int indent)
{
	add(b->stacks, &b->stack_count, stack);
	if (stack)
		sn_text_stack(b->t, b->p, stack, indent);
	else
		fprintf(b->t->out, "%*s(no stack was recorded)\n", indent, "");
}

static const char *verdict_color(enum sn_verdict v)
{
	if (v == SN_CONFIRMED)
		return SN_COLOR_RED;
	return v == SN_PREDICTED ? SN_COLOR_YELLOW : SN_COLOR_CYAN;
}

void sn_text_process(const struct sn_text *t, const struct sn_process *p)
{
	const struct sn_header *h = p->view->header;

	fprintf(t->out, "process %u (%s)", h->pid,
		sn_shown(sn_basename(sn_view_text(p->view, h->exe))));
}

static void show_head(const struct block *b)
{
	const struct sn_text *t = b->t;
	const struct sn_found *f = b->f;
	char scope[SN_SCOPE_NAME];

	sn_text_color(t, verdict_color(f->verdict));
	fprintf(t->out, "==snarl== %s (%s): ", sn_kind_name(f->kind), sn_verdict_name(f->verdict));
	sn_say_message(t->out, f);
	sn_text_color(t, NULL);
	fprintf(t->out, "  [id %s]\n", f->id);
	if (t->report->process_count > 1 || t->everything) {
		fputs("  in ", t->out);
		sn_text_process(t, b->p);
		fputc('\n', t->out);
	}
	if (*sn_note_scope_name(b->p, f->scope, scope))
		fprintf(t->out, "  in scope '%s'\n", sn_shown(scope));
	if (*sn_say_why(f))
		fprintf(t->out, "  why: %s%s\n",
			f->why == SN_WHY_NOTHING_RULES_IT_OUT ? "nothing rules it out: " : "",
			sn_say_why(f));
	if (*sn_note_reason(f))
		fprintf(t->out, "  because: %s\n", sn_shown(sn_note_reason(f)));
}

static void show_part(struct block *b, uint32_t i, uint32_t first, uint32_t end)
{
	const struct sn_part *part = &b->f->parts[i];

	if (part->role == SN_ROLE_SUBJECT)
		return;
	fputs("  ", b->t->out);
	sn_text_part(b->t, b->f, i, first, end);
	if (part->role == SN_ROLE_GATE || (part->role == SN_ROLE_HOLDS && !part->stack)) {
		fputc('\n', b->t->out);
		return;
	}
	fputs(":\n", b->t->out);
	show_stack(b, part->stack, 4);
}

/* The parts of one thread: where it is now, or would be, comes before where it came from. */
static void show_group(struct block *b, uint32_t first, uint32_t end)
{
	for (uint32_t i = first; i < end; i++)
		if (b->f->parts[i].role != SN_ROLE_HOLDS)
			show_part(b, i, first, end);
	for (uint32_t i = first; i < end; i++)
		if (b->f->parts[i].role == SN_ROLE_HOLDS)
			show_part(b, i, first, end);
}

int sn_found_is_story(const struct sn_found *f)
{
	switch (f->kind) {
	case SN_KIND_LOCK_ORDER_INVERSION:
	case SN_KIND_SELF_DEADLOCK:
	case SN_KIND_THREAD_LEAK:
	case SN_KIND_LEAKED_WORKER:
	case SN_KIND_EARLY_EXIT:
	case SN_KIND_LOCK_HELD_AT_THREAD_EXIT:
	case SN_KIND_LOCK_HELD_AT_SCOPE_END:
	case SN_KIND_UNLOCK_NOT_OWNER:
	case SN_KIND_UNLOCK_NOT_LOCKED:
	case SN_KIND_DESTROY_WHILE_LOCKED:
		return 0;
	case SN_KIND_DEADLOCK:
		return sn_found_is_knot(f);
	default:
		return 1;
	}
}

static void show_parts(struct block *b)
{
	const struct sn_found *f = b->f;

	for (uint32_t i = 0; sn_found_is_story(f) && i < f->part_count; i++)
		if (!sn_text_race_part(b->t, f, &f->parts[i]))
			show_part(b, i, 0, f->part_count);
	if (sn_found_is_story(f))
		return;
	for (uint32_t i = 0, n; i < f->part_count; i += n) {
		n = sn_found_group(f, i, f->part_count);
		show_group(b, i, i + n);
	}
}

static void show_thread(struct block *b, uint32_t thread)
{
	const struct sn_thread_rec *t = sn_view_thread(b->p->view, thread);
	FILE *out = b->t->out;

	/* Of one of another process its own report tells. */
	if (!t->serial || t->flags & (SN_THREAD_MAIN | SN_THREAD_OTHERS) ||
	    !add(b->threads, &b->thread_count, thread))
		return;
	fputs("  ", out);
	sn_say_thread(out, b->p, thread);
	if (!t->create_stack) {
		fputs(" was created where it was not seen\n", out);
		return;
	}
	fputs(" was created", out);
	if (t->creator) {
		fputs(" by ", out);
		sn_say_thread(out, b->p, t->creator);
	}
	sn_text_place(b->t, b->p, t->create_stack, 4);
}

/* Where the lock was born: at its initialisation, else where it was first used. */
static void say_birth(struct block *b, const struct sn_lock_rec *l)
{
	FILE *out = b->t->out;

	fprintf(out, ", first %s", l->flags & SN_LOCK_INIT_SEEN ? "initialised" : "used");
	if (l->birth_thread) {
		fputs(" by ", out);
		sn_say_thread(out, b->p, l->birth_thread);
	}
	if (!add(b->stacks, &b->stack_count, l->birth_stack)) {
		fputs(" in ", out);
		sn_text_site(b->t, b->p, l->birth_stack);
		fputs(" (shown above)\n", out);
		return;
	}
	sn_text_place(b->t, b->p, l->birth_stack, 4);
}

static void show_lock(struct block *b, uint32_t lock)
{
	const struct sn_lock_rec *l = sn_view_lock(b->p->view, lock);
	const struct sn_variable *variable;
	FILE *out = b->t->out;

	if (!add(b->locks, &b->lock_count, lock))
		return;
	variable = sn_process_lock_variable(b->p, lock);
	fputs("  ", out);
	sn_say_lock(out, b->p, lock);
	fprintf(out, sn_lock_kin(l->type) == SN_LOCK_PIPE ? ": inode %llu" : ": 0x%llx",
		(unsigned long long)l->address);
	if (variable)
		fprintf(out, ", static in %s", sn_shown(sn_basename(variable->module)));
	if (variable && variable->file)
		fprintf(out, ", declared at %s:%d",
			sn_shown(sn_say_file(variable->file,
					     b->t->report->options.strip_path_prefix)),
			variable->line);
	/* The declaration says where a static lock comes from better than its first use. */
	if (!l->birth_stack || (variable && !(l->flags & SN_LOCK_INIT_SEEN) && !b->t->everything))
		fputc('\n', out);
	else
		say_birth(b, l);
}

/* The part's object, and those of the further cases of its select. */
static void show_objects(struct block *b, const struct sn_part *part)
{
	show_lock(b, part->object);
	for (uint32_t i = 1, lock; (lock = sn_say_case(b->p, part, i)); i++)
		show_lock(b, lock);
}

static void show_actors(struct block *b)
{
	const struct sn_found *f = b->f;

	for (uint32_t i = 0; i < f->part_count; i++) {
		show_thread(b, f->parts[i].thread);
		if (f->parts[i].object_is_thread)
			show_thread(b, f->parts[i].object);
	}
	for (uint32_t i = 0; i < f->part_count; i++)
		if (!f->parts[i].object_is_thread)
			show_objects(b, &f->parts[i]);
}

/* One step of an inversion, in a line. */
static void show_step(const struct block *b, const struct sn_part *holds,
		      const struct sn_part *wants)
{
	FILE *out = b->t->out;

	fputs("    ", out);
	sn_say_thread(out, b->p, wants->thread);
	fputs(" takes ", out);
	sn_say_lock(out, b->p, wants->object);
	fputs(" in ", out);
	sn_text_site(b->t, b->p, wants->stack);
	sn_text_caller(b->t, b->p, wants->stack);
	fputs(" and holds ", out);
	sn_say_lock(out, b->p, holds->object);
	fputs(" from ", out);
	sn_text_site(b->t, b->p, holds->stack);
	fputc('\n', out);
}

/* The steps that are taken elsewhere with the same locks: a line each. */
static void show_sites(const struct block *b)
{
	const struct sn_found *f = b->f;
	size_t steps = sn_found_steps(f), most = b->t->everything ? steps : SITES_SHOWN;

	if (!steps)
		return;
	fputs("  the same locks are taken in these orders at other places, too:\n", b->t->out);
	for (size_t i = 0; i < steps && i < most; i++) {
		const struct sn_part *holds = sn_found_step(f, i);

		show_step(b, holds, holds + 1);
	}
	if (steps > most)
		fprintf(b->t->out, "    and at %zu more: `snarl explain %s` lists them\n",
			steps - most, f->id);
}

/* Whether the i-th instance is one of a thread that an earlier one is of. */
static int is_repeated(const struct sn_found *f, size_t i)
{
	for (size_t j = 0; j < i; j++)
		if (f->instances[j].process == f->instances[i].process &&
		    f->instances[j].thread == f->instances[i].thread)
			return 1;
	return 0;
}

/* The threads that it was the same with, each once, as in "T5, T6 and T7". */
static void say_instances(const struct sn_text *t, const struct sn_found *f)
{
	size_t n = 0, said = 0;

	for (size_t i = 0; i < f->instance_count; i++)
		n += !is_repeated(f, i);
	for (size_t i = 0; i < f->instance_count; i++) {
		if (is_repeated(f, i))
			continue;
		fputs(sn_say_comma(said++, n), t->out);
		sn_say_thread(t->out, f->instances[i].process, f->instances[i].thread);
		if (f->instances[i].process != f->process)
			fprintf(t->out, " of process %u",
				f->instances[i].process->view->header->pid);
	}
}

static void show_tail(const struct block *b)
{
	const struct sn_text *t = b->t;
	const struct sn_found *f = b->f;

	if (f->verdict != SN_REFUTED)
		fprintf(t->out, "  fix: %s\n", sn_say_fix(f));
	if (f->count > 1) {
		fprintf(t->out, "  seen %u times", f->count);
		if (f->instance_count > 1 && (f->instance_count <= 8 || t->everything)) {
			fputs(": ", t->out);
			say_instances(t, f);
		}
		fputc('\n', t->out);
	}
}

void sn_text_finding(const struct sn_text *t, const struct sn_found *f)
{
	struct block b = {.t = t, .f = f, .p = f->process};

	show_head(&b);
	show_parts(&b);
	sn_text_race_variable(t, f);
	show_actors(&b);
	show_sites(&b);
	show_tail(&b);
	fputc('\n', t->out);
}
