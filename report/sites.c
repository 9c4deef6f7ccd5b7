/* SPDX-License-Identifier: Apache-2.0
 *
 * One set of locks that is taken in opposite orders is one finding, however many places take them:
 * whoever mends it decides on one order for all.  The place that is told in full is the one with
 * the highest verdict, and of several the one with the lowest id, which is the same in every run;
 * the others are its sites. */
#include "report/model.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static int has_lock(const struct sn_found *f, uint32_t lock)
{
	for (uint32_t i = 0; i < f->part_count; i++)
		if (f->parts[i].object == lock)
			return 1;
	return 0;
}

static int within(const struct sn_found *a, const struct sn_found *b)
{
	for (uint32_t i = 0; i < a->part_count; i++)
		if (!has_lock(b, a->parts[i].object))
			return 0;
	return 1;
}

struct sn_found *sn_found_with_locks(const struct sn_report *r, const struct sn_found *f)
{
	if (f->kind != SN_KIND_LOCK_ORDER_INVERSION || f->verdict == SN_REFUTED)
		return NULL;
	for (size_t i = 0; i < r->found_count; i++) {
		struct sn_found *other = r->found[i];

		if (other->kind == f->kind && other->process == f->process &&
		    other->verdict != SN_REFUTED && within(f, other) && within(other, f))
			return other;
	}
	return NULL;
}

static int is_better(const struct sn_found *a, const struct sn_found *b)
{
	return a->verdict != b->verdict ? a->verdict > b->verdict : strcmp(a->id, b->id) < 0;
}

/* What is told in full and what is a site change places. */
static void change_places(struct sn_found *to, struct sn_found *site)
{
	struct sn_found told = *to;

	*to = *site;
	*site = told;
	to->sequence = told.sequence;
	to->sites = told.sites;
	to->site_count = told.site_count;
	site->sites = NULL;
	site->site_count = 0;
}

int sn_found_add_site(struct sn_found *to, struct sn_found *site)
{
	struct sn_found **more = realloc(to->sites, (to->site_count + 1) * sizeof(*more));

	if (!more)
		return -ENOMEM;
	to->sites = more;
	more[to->site_count++] = site;
	sn_found_settle(to);
	return 0;
}

void sn_found_settle(struct sn_found *f)
{
	for (size_t i = 0; i < f->site_count; i++)
		if (is_better(f->sites[i], f))
			change_places(f, f->sites[i]);
}

static int same_step(const struct sn_part *a, const struct sn_part *b)
{
	return a[0].object == b[0].object && a[0].stack == b[0].stack &&
	       a[1].object == b[1].object && a[1].stack == b[1].stack;
}

/* Whether the finding has the step among its parts before `end`. */
static int has_step(const struct sn_found *f, const struct sn_part *step, uint32_t end)
{
	for (uint32_t i = 0; i + 1 < end; i += 2)
		if (same_step(&f->parts[i], step))
			return 1;
	return 0;
}

static int is_new(const struct sn_found *f, size_t site, uint32_t part)
{
	const struct sn_part *step = &f->sites[site]->parts[part];

	if (has_step(f, step, sn_found_ring(f)) || has_step(f->sites[site], step, part))
		return 0;
	for (size_t i = 0; i < site; i++)
		if (has_step(f->sites[i], step, sn_found_ring(f->sites[i])))
			return 0;
	return 1;
}

/* The i-th step; where there are fewer NULL, and in *count how many there are. */
static const struct sn_part *find_step(const struct sn_found *f, size_t i, size_t *count)
{
	size_t n = 0;

	for (size_t site = 0; site < f->site_count; site++)
		for (uint32_t part = 0; part + 1 < sn_found_ring(f->sites[site]); part += 2)
			if (is_new(f, site, part) && n++ == i)
				return &f->sites[site]->parts[part];
	*count = n;
	return NULL;
}

size_t sn_found_steps(const struct sn_found *f)
{
	size_t n = 0;

	find_step(f, SIZE_MAX, &n);
	return n;
}

const struct sn_part *sn_found_step(const struct sn_found *f, size_t i)
{
	size_t n;

	return find_step(f, i, &n);
}
