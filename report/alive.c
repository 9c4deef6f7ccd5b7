/* SPDX-License-Identifier: Apache-2.0
 *
 * Threads that were alive when their process ended, which is often by design: those that were
 * created at one place of the source are one finding, of all processes of the run together,
 * whatever each was doing.  Where they were blocked are parts of it.  Those that had ended and were
 * never joined are one finding in the same way. */
#include "report/model.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Those that wait for each other have more to tell than where. */
int sn_found_is_alive(const struct sn_found *f)
{
	return f->verdict == SN_SUSPECT && f->why == SN_WHY_WHOLE_PROGRAM && f->part_count &&
	       (f->alive || f->part_count <= 2) &&
	       (f->kind == SN_KIND_LEAKED_WORKER || f->kind == SN_KIND_EARLY_EXIT);
}

const struct sn_frame *sn_found_created(const struct sn_found *f)
{
	const struct sn_thread_rec *t = sn_view_thread(f->process->view, f->parts[0].thread);

	return sn_trace_site(sn_process_trace(f->process, t->create_stack));
}

static int same_text(const char *a, const char *b)
{
	return a == b || (a && b && !strcmp(a, b));
}

/* Without line numbers each call has an address of its own. */
static int same_place(const struct sn_frame *a, const struct sn_frame *b)
{
	if (!a || !b)
		return a == b;
	if (!same_text(a->module, b->module) || !same_text(a->function, b->function) ||
	    !same_text(a->file, b->file) || a->line != b->line || a->column != b->column)
		return 0;
	return a->line || a->offset == b->offset;
}

struct sn_found *sn_alive_same(const struct sn_report *r, const struct sn_found *f)
{
	for (size_t i = 0; i < r->found_count; i++)
		if (r->found[i]->alive &&
		    same_place(sn_found_created(r->found[i]), sn_found_created(f)))
			return r->found[i];
	return NULL;
}

struct sn_found *sn_unjoined_same(const struct sn_report *r, const struct sn_found *f)
{
	for (size_t i = 0; i < r->found_count; i++)
		if (r->found[i]->kind == f->kind && r->found[i]->scope == f->scope &&
		    same_place(sn_found_created(r->found[i]), sn_found_created(f)))
			return r->found[i];
	return NULL;
}

/* Another place of the same function: ids say nothing of lines, so they are counted. */
void sn_site_identify(const struct sn_report *r, struct sn_found *f)
{
	unsigned nth = 0;

	do
		sn_found_identify_site(f, nth);
	while (sn_report_has(r, f->id) && ++nth < 1000);
}

static int has_place(const struct sn_found *f, struct sn_process *p, uint32_t stack)
{
	const struct sn_frame *site = sn_trace_site(sn_process_trace(p, stack));

	for (uint32_t i = 1; i < f->part_count; i++)
		if (same_place(site,
			       sn_trace_site(sn_process_trace(f->process, f->parts[i].stack))))
			return 1;
	return 0;
}

int sn_alive_merge(struct sn_found *to, struct sn_found *from)
{
	struct sn_part *more;

	to->count += from->count;
	if (from->kind != SN_KIND_LEAKED_WORKER)
		return 0;
	if (to->kind != SN_KIND_LEAKED_WORKER) {
		/* What is told first is somebody who was blocked. */
		to->kind = from->kind;
		sn_found_swap_parts(to, from);
		return 0;
	}
	if (to->process != from->process || from->part_count < 2 ||
	    to->part_count >= SN_PARTS_MAX || has_place(to, from->process, from->parts[1].stack))
		return 0;
	more = realloc(to->parts, (to->part_count + 2) * sizeof(*more));
	if (!more)
		return -ENOMEM;
	to->parts = more;
	to->parts[to->part_count++] = from->parts[1];
	return 0;
}
