/* SPDX-License-Identifier: Apache-2.0
 *
 * What the program said of itself through snarl.h, and what follows from it for findings: names of
 * objects, scopes, what is allowed, what is expected, and what cannot meet. */
#include "report/model.h"

#include <stdio.h>
#include <string.h>

static const struct sn_note_rec *note_at(const struct sn_process *p, uint32_t i, uint32_t what)
{
	const struct sn_note_rec *n = sn_view_note(p->view, i);

	return n->what == what ? n : NULL;
}

/* Whether an object that was known by its record, or else by its address, is this lock. */
static int is_it(const struct sn_process *p, uint32_t lock, uint32_t object, uint32_t generation,
		 uint64_t address)
{
	const struct sn_lock_rec *l = sn_view_lock(p->view, lock);

	if (object)
		return object == lock && l->generation == generation;
	return l->address == address;
}

const char *sn_process_lock_name(struct sn_process *p, uint32_t lock)
{
	const struct sn_variable *variable;

	for (uint32_t i = sn_view_count(p->view, SN_TABLE_NOTE); lock && i-- > 1;) {
		const struct sn_note_rec *n = note_at(p, i, SN_NOTE_NAME);
		if (n && is_it(p, lock, n->object, n->generation, n->address))
			return sn_view_text(p->view, n->text);
	}
	variable = sn_process_lock_variable(p, lock);
	return variable ? variable->name : NULL;
}

uint32_t sn_note_scope_of(const struct sn_process *p, const struct sn_finding *f)
{
	for (uint32_t i = 0; i < f->part_count; i++) {
		uint32_t scope = sn_view_thread(p->view, f->parts[i].thread)->scope;
		if (scope && note_at(p, scope, SN_NOTE_SCOPE))
			return scope;
	}
	return 0;
}

/* A scope lies in those that were begun before it: a recording that says otherwise ends the way. */
static uint32_t outer_of(const struct sn_process *p, uint32_t scope)
{
	uint32_t outer = sn_view_note(p->view, scope)->scope;

	return outer < scope ? outer : 0;
}

static int is_in(const struct sn_process *p, uint32_t scope, uint32_t whole)
{
	while (scope && scope != whole)
		scope = outer_of(p, scope);
	return scope == whole;
}

/* The same without scopes in it that have ended: those have been judged by themselves. */
static int is_open_in(const struct sn_process *p, uint32_t scope, uint32_t whole)
{
	while (scope && scope != whole && !sn_view_note(p->view, scope)->ended)
		scope = outer_of(p, scope);
	return scope == whole;
}

const char *sn_note_scope_name(const struct sn_process *p, uint32_t scope, char *name)
{
	const struct sn_note_rec *n = note_at(p, scope, SN_NOTE_SCOPE);
	char inner[SN_SCOPE_NAME];
	int depth = 0;

	*name = 0;
	for (; n && depth < 16; depth++, scope = outer_of(p, scope),
					 n = scope ? note_at(p, scope, SN_NOTE_SCOPE) : NULL) {
		memcpy(inner, name, sizeof(inner));
		snprintf(name, SN_SCOPE_NAME, "%.100s%s%.150s", sn_view_text(p->view, n->text),
			 depth ? "/" : "", inner);
	}
	return name;
}

static int has_lock(const struct sn_found *f, uint32_t object, uint32_t generation,
		    uint64_t address)
{
	for (uint32_t i = 0; i < f->part_count; i++)
		if (f->parts[i].object && !f->parts[i].object_is_thread &&
		    is_it(f->process, f->parts[i].object, object, generation, address))
			return 1;
	return 0;
}

/* The note by which an inversion cannot happen; NULL where there is none. */
static const struct sn_note_rec *ordered_by(const struct sn_found *f)
{
	if (f->kind != SN_KIND_LOCK_ORDER_INVERSION)
		return NULL;
	for (uint32_t i = sn_view_count(f->process->view, SN_TABLE_NOTE); i-- > 1;) {
		const struct sn_note_rec *n = note_at(f->process, i, SN_NOTE_ORDERED);
		if (n && has_lock(f, n->object, n->generation, n->address) &&
		    has_lock(f, n->second, n->second_generation,
			     (uint64_t)n->kind << 32 | n->value))
			return n;
	}
	return NULL;
}

const char *sn_note_reason(const struct sn_found *f)
{
	const struct sn_note_rec *n = f->why == SN_WHY_DECLARED_ORDERED ? ordered_by(f) : NULL;

	return n ? sn_view_text(f->process->view, n->text) : "";
}

static int fits(const struct sn_found *f, const struct sn_note_rec *n)
{
	return (!n->kind || n->kind == f->kind + 1u) &&
	       (!n->scope || is_in(f->process, f->scope, n->scope)) &&
	       sn_pattern_fits(sn_view_text(f->process->view, n->text), f);
}

/* Every expectation that it meets is met. */
static int is_allowed(const struct sn_found *f)
{
	struct sn_process *p = f->process;
	int allowed = 0;

	for (uint32_t i = 1; i < sn_view_count(p->view, SN_TABLE_NOTE); i++) {
		const struct sn_note_rec *n = sn_view_note(p->view, i);
		if ((n->what != SN_NOTE_ALLOW && n->what != SN_NOTE_EXPECT) || !fits(f, n))
			continue;
		allowed = 1;
		p->note_met[i] = 1;
	}
	return allowed;
}

/* A thread that a scope has left behind is told with the scope, and not again at the end. */
static int is_told(const struct sn_found *f)
{
	const struct sn_view *v = f->process->view;

	if (f->why == SN_WHY_SCOPE_ENDED || !f->part_count ||
	    (f->kind != SN_KIND_LEAKED_WORKER && f->kind != SN_KIND_EARLY_EXIT &&
	     f->kind != SN_KIND_THREAD_LEAK))
		return 0;
	for (uint32_t i = 1; i < sn_view_count(v, SN_TABLE_FINDING); i++) {
		const struct sn_finding_rec *rec = sn_view_finding(v, i);
		if (rec->count && rec->why == SN_WHY_SCOPE_ENDED &&
		    sn_view_part(v, rec->first_part)->thread == f->parts[0].thread)
			return 1;
	}
	return 0;
}

enum sn_said sn_note_judge(struct sn_report *r, struct sn_found *f)
{
	if (sn_view_count(f->process->view, SN_TABLE_NOTE) < 2)
		return r->only_scope > 1 ? SN_SAID_OTHERS : SN_SAID_NOTHING;
	if (is_told(f) || (r->only_scope && !is_open_in(f->process, f->scope, r->only_scope - 1)))
		return SN_SAID_OTHERS;
	if (f->verdict == SN_REFUTED)
		return SN_SAID_NOTHING;
	if (f->kind != SN_KIND_EXPECTED_NOT_FOUND && is_allowed(f))
		return SN_SAID_ALLOWED;
	if (f->verdict < SN_CONFIRMED && ordered_by(f)) {
		f->verdict = SN_REFUTED;
		f->why = SN_WHY_DECLARED_ORDERED;
		return SN_SAID_ORDERED;
	}
	return SN_SAID_NOTHING;
}

/* Whether it is time to miss it: its scope is over, or asks to be judged now, or the process is. */
static int is_due(const struct sn_report *r, const struct sn_process *p,
		  const struct sn_note_rec *n)
{
	if (r->only_scope)
		return is_open_in(p, n->scope, r->only_scope - 1);
	return p->how == SN_HOW_EXIT || p->how == SN_HOW_SIGNAL || p->how == SN_HOW_LOST ||
	       sn_view_note(p->view, n->scope)->ended;
}

int sn_notes_unmet(struct sn_report *r, struct sn_process *p)
{
	int rc = 0;

	for (uint32_t i = 1; !rc && i < sn_view_count(p->view, SN_TABLE_NOTE); i++) {
		const struct sn_note_rec *n = note_at(p, i, SN_NOTE_EXPECT);
		struct sn_finding f;

		if (!n || p->note_met[i] || !is_due(r, p, n))
			continue;
		sn_finding_start(&f, SN_KIND_EXPECTED_NOT_FOUND, SN_CONFIRMED, SN_WHY_SAID_SO);
		f.scope = n->scope;
		sn_finding_add(&f, (struct sn_part){.role = SN_ROLE_CALLED,
						    .thread = n->thread,
						    .stack = n->stack,
						    .number = i});
		rc = sn_model_add(r, p, &f, 1, 0);
	}
	return rc;
}
