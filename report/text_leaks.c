/* SPDX-License-Identifier: Apache-2.0
 *
 * Threads that were alive when their process ended: at the end of a whole program that is often by
 * design, so they get one short section together, grouped by where they were created. */
#include "report/text.h"
#include "base/names.h"
#include "report/say.h"

#include <stdlib.h>
#include <string.h>

#define THREADS_NAMED_MAX 8

struct group {
	struct sn_found *
		*found; /* of the report, in its order; taken ones of earlier groups are NULL */
	size_t count;
	char *site;
};

static char *creation_site(const struct sn_text *t, const struct sn_found *f)
{
	struct sn_text to = *t;
	char *text = NULL;
	size_t size;
	uint32_t thread = f->part_count ? f->parts[0].thread : 0;

	to.out = open_memstream(&text, &size);
	if (!to.out)
		return NULL;
	sn_text_site(&to, f->process, sn_view_thread(f->process->view, thread)->create_stack);
	fclose(to.out);
	return text;
}

static size_t thread_count(const struct group *g, enum sn_kind kind)
{
	size_t n = 0;

	for (size_t i = 0; i < g->count; i++)
		if (g->found[i]->kind == kind)
			n += g->found[i]->instance_count;
	return n;
}

static void name_threads(const struct sn_text *t, const struct group *g, enum sn_kind kind)
{
	size_t all = thread_count(g, kind), n = 0;
	size_t shown = all > THREADS_NAMED_MAX ? THREADS_NAMED_MAX : all;

	for (size_t i = 0; i < g->count; i++) {
		const struct sn_found *f = g->found[i];

		for (size_t j = 0; f->kind == kind && j < f->instance_count && n < shown; j++) {
			fputs(all > shown && n ? ", " : sn_say_comma(n, shown), t->out);
			n++;
			sn_say_thread(t->out, f->instances[j].process, f->instances[j].thread);
			if (t->report->process_count > 1)
				fprintf(t->out, " of process %u",
					f->instances[j].process->view->header->pid);
		}
	}
	if (all > shown)
		fprintf(t->out, " and %zu more", all - shown);
}

static void say_waiting(const struct sn_text *t, const struct sn_found *f)
{
	const struct sn_part *waits = sn_found_part(f, SN_ROLE_WAITS);

	fputs("    ", t->out);
	if (f->instance_count > 1)
		fprintf(t->out, "%zu of them ", f->instance_count);
	if (waits->thread) {
		fputs(sn_say_waiting(f->process, waits), t->out);
		sn_say_object(t->out, f->process, waits);
		sn_say_cases(t->out, f->process, waits);
		fputs(waits->object_is_thread ? " to end, in " : ", in ", t->out);
		sn_text_site(t, f->process, waits->stack);
	} else {
		fputs("working", t->out);
	}
	fprintf(t->out, "  [id %s]\n", f->id);
}

static void show_group(const struct sn_text *t, const struct group *g, enum sn_kind kind)
{
	size_t n = thread_count(g, kind);

	if (!n)
		return;
	fprintf(t->out, "  %zu thread%s created in %s %s still %s: ", n, n == 1 ? "" : "s",
		g->site ? g->site : "", n == 1 ? "was" : "were",
		kind == SN_KIND_LEAKED_WORKER ? "blocked" : "working");
	name_threads(t, g, kind);
	fputc('\n', t->out);
	for (size_t i = 0; i < g->count; i++)
		if (g->found[i]->kind == kind)
			say_waiting(t, g->found[i]);
}

/* Moves those of `left` that were created where left[0] was into the group. */
static size_t take_group(const struct sn_text *t, struct sn_found **left, size_t count,
			 struct group *g)
{
	size_t kept = 0;

	g->site = creation_site(t, left[0]);
	for (size_t i = 0; i < count; i++) {
		char *site = creation_site(t, left[i]);

		if (!i || (site && g->site && !strcmp(site, g->site)))
			g->found[g->count++] = left[i];
		else
			left[kept++] = left[i];
		free(site);
	}
	return kept;
}

static void show_head(const struct sn_text *t, const struct group *all)
{
	size_t blocked = thread_count(all, SN_KIND_LEAKED_WORKER);
	size_t working = thread_count(all, SN_KIND_EARLY_EXIT);

	sn_text_color(t, SN_COLOR_CYAN);
	fprintf(t->out, "==snarl== %s%s%s (suspect): %zu thread%s still alive when %s ended",
		blocked ? sn_kind_name(SN_KIND_LEAKED_WORKER) : "", blocked && working ? ", " : "",
		working ? sn_kind_name(SN_KIND_EARLY_EXIT) : "", blocked + working,
		blocked + working == 1 ? " was" : "s were",
		t->report->process_count > 1 ? "their process" : "the process");
	sn_text_color(t, NULL);
	fprintf(t->out, "\n  why: %s\n", sn_why_text(SN_WHY_WHOLE_PROGRAM));
}

/* The first that is blocked tells what to do, else the first. */
static void show_tail(const struct sn_text *t, const struct group *all)
{
	const struct sn_found *first = all->found[0];

	for (size_t i = all->count; i--;)
		if (all->found[i]->kind == SN_KIND_LEAKED_WORKER)
			first = all->found[i];
	fprintf(t->out, "  fix: %s\n\n", sn_say_fix(first));
}

static size_t select_compact(const struct sn_report *r, struct sn_found **into)
{
	size_t n = 0;

	for (size_t i = 0; i < r->found_count; i++)
		if (sn_found_is_compact(r->found[i]))
			into[n++] = r->found[i];
	return n;
}

void sn_text_leaks(const struct sn_text *t)
{
	size_t room = t->report->found_count + 1;
	struct sn_found **left = calloc(room, sizeof(struct sn_found *));
	struct group all = {.found = left};
	struct group g = {.found = calloc(room, sizeof(struct sn_found *))};
	size_t count = left && g.found ? select_compact(t->report, left) : 0;

	all.count = count;
	if (count)
		show_head(t, &all);
	while (count) {
		g.count = 0;
		count = take_group(t, left, count, &g);
		show_group(t, &g, SN_KIND_LEAKED_WORKER);
		show_group(t, &g, SN_KIND_EARLY_EXIT);
		free(g.site);
	}
	/* The list was used up: the end needs all of them again. */
	all.count = all.count ? select_compact(t->report, left) : 0;
	if (all.count)
		show_tail(t, &all);
	free(left);
	free(g.found);
}
