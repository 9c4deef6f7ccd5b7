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
#define PLACES_MAX 8 /* where threads of one site wait, each with its line */

static int is_blocked(const struct sn_instance *i)
{
	return i->waits.thread != 0;
}

static size_t thread_count(const struct sn_found *f, int blocked)
{
	size_t n = 0;

	for (size_t i = 0; i < f->instance_count; i++)
		n += is_blocked(&f->instances[i]) == blocked;
	return n;
}

static void name_threads(const struct sn_text *t, const struct sn_found *f, int blocked)
{
	size_t all = thread_count(f, blocked), n = 0;
	size_t shown = all > THREADS_NAMED_MAX ? THREADS_NAMED_MAX : all;

	for (size_t i = 0; i < f->instance_count && n < shown; i++) {
		if (is_blocked(&f->instances[i]) != blocked)
			continue;
		fputs(all > shown && n ? ", " : sn_say_comma(n, shown), t->out);
		n++;
		sn_say_thread(t->out, f->instances[i].process, f->instances[i].thread);
		if (t->report->process_count > 1)
			fprintf(t->out, " of process %u",
				f->instances[i].process->view->header->pid);
	}
	if (all > shown)
		fprintf(t->out, " and %zu more", all - shown);
}

/* Where an instance waits; to be freed. */
static char *place_of(const struct sn_text *t, const struct sn_instance *i)
{
	struct sn_text to = *t;
	char *text = NULL;
	size_t size;

	to.out = open_memstream(&text, &size);
	if (!to.out)
		return NULL;
	sn_text_site(&to, i->process, i->waits.stack);
	fclose(to.out);
	return text;
}

struct place {
	char *site;
	const struct sn_instance *first;
	size_t threads;
	int differ; /* they wait for several objects of one type: no number is that of all */
};

struct places {
	struct place at[PLACES_MAX];
	size_t count, others; /* places, and threads that are at further ones */
};

static int is_same_wait(const struct sn_instance *a, const struct sn_instance *b)
{
	return a->process == b->process && a->waits.object == b->waits.object &&
	       a->waits.object_is_thread == b->waits.object_is_thread;
}

static void add_place(struct places *p, const struct sn_instance *instance, char *site)
{
	size_t i = 0;

	while (site && i < p->count && strcmp(p->at[i].site, site))
		i++;
	if (!site || i == PLACES_MAX) {
		p->others++;
	} else if (i < p->count) {
		p->at[i].threads++;
		p->at[i].differ |= !is_same_wait(p->at[i].first, instance);
	} else {
		p->at[p->count++] = (struct place){site, instance, 1, 0};
		return;
	}
	free(site);
}

static void show_place(const struct sn_text *t, const struct place *p)
{
	struct sn_process *process = p->first->process;
	const struct sn_part *waits = &p->first->waits;

	fputs("    ", t->out);
	if (p->threads > 1)
		fprintf(t->out, "%zu of them ", p->threads);
	fputs(sn_say_waiting(process, waits), t->out);
	if (p->differ) {
		sn_say_one_each(t->out, process, waits);
	} else {
		sn_say_object(t->out, process, waits);
		sn_say_cases(t->out, process, waits);
	}
	fprintf(t->out, "%s, in %s", waits->object_is_thread ? " to end" : "", p->site);
}

static void show_places(const struct sn_text *t, const struct sn_found *f)
{
	struct places p = {.count = 0};

	for (size_t i = 0; i < f->instance_count; i++)
		if (is_blocked(&f->instances[i]))
			add_place(&p, &f->instances[i], place_of(t, &f->instances[i]));
	for (size_t i = 0; i < p.count; i++) {
		show_place(t, &p.at[i]);
		if (!i)
			fprintf(t->out, "  [id %s]", f->id);
		fputc('\n', t->out);
		free(p.at[i].site);
	}
	if (p.others)
		fprintf(t->out, "    %zu of them elsewhere\n", p.others);
}

static void show_some(const struct sn_text *t, const struct sn_found *f, int blocked)
{
	size_t n = thread_count(f, blocked);

	if (!n)
		return;
	fprintf(t->out, "  %zu thread%s created in ", n, n == 1 ? "" : "s");
	sn_text_site(t, f->process,
		     sn_view_thread(f->process->view, f->parts[0].thread)->create_stack);
	fprintf(t->out, " %s still %s: ", n == 1 ? "was" : "were", blocked ? "blocked" : "working");
	name_threads(t, f, blocked);
	fputc('\n', t->out);
	if (!blocked && f->kind == SN_KIND_EARLY_EXIT)
		fprintf(t->out, "    working  [id %s]\n", f->id);
	if (blocked)
		show_places(t, f);
}

struct group {
	const struct sn_found **found;
	size_t count;
};

static size_t count_all(const struct group *g, int blocked)
{
	size_t n = 0;

	for (size_t i = 0; i < g->count; i++)
		n += thread_count(g->found[i], blocked);
	return n;
}

static void show_head(const struct sn_text *t, const struct group *all)
{
	size_t blocked = count_all(all, 1), working = count_all(all, 0);

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

void sn_text_leaks(const struct sn_text *t)
{
	const struct sn_report *r = t->report;
	struct group all = {.found = calloc(r->found_count + 1, sizeof(struct sn_found *))};

	for (size_t i = 0; all.found && i < r->found_count; i++)
		if (sn_found_is_alive(r->found[i]))
			all.found[all.count++] = r->found[i];
	if (all.count) {
		show_head(t, &all);
		for (size_t i = 0; i < all.count; i++) {
			show_some(t, all.found[i], 1);
			show_some(t, all.found[i], 0);
		}
		show_tail(t, &all);
	}
	free(all.found);
}
