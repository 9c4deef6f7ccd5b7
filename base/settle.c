/* SPDX-License-Identifier: Apache-2.0
 *
 * See settle.h. */
#include "base/settle.h"
#include <string.h>

#define PATH_MOST 4096u

/* A run of records, and how many of its table are left to be named. */
static uint32_t take(uint32_t *left, uint32_t table, uint32_t first, uint32_t count)
{
	uint32_t there = first < table ? table - first : 0;

	if (count > there)
		count = there;
	if (count > *left)
		count = *left;
	*left -= count;
	return count;
}

static uint32_t count_of(const struct sn_reader *r, enum sn_table t)
{
	return sn_view_count(&r->view, t);
}

static void settle_threads(struct sn_reader *r, uint32_t *left)
{
	struct sn_thread_rec *t = r->tables[SN_TABLE_THREAD];
	uint32_t held = count_of(r, SN_TABLE_HELD);

	for (uint32_t i = 1; i < count_of(r, SN_TABLE_THREAD); i++) {
		if (t[i].held_more)
			t[i].held_count = take(left, held, t[i].held_more, t[i].held_count);
		else if (t[i].held_count > SN_HELD_INLINE)
			t[i].held_count = SN_HELD_INLINE;
		if (t[i].case_count)
			t[i].case_count = take(left, held, t[i].cases, t[i].case_count);
	}
}

static void settle_deps(struct sn_reader *r, uint32_t *left)
{
	struct sn_dep_rec *d = r->tables[SN_TABLE_DEP];
	uint32_t held = count_of(r, SN_TABLE_HELD);

	/* Large sets are shared: whoever reads them bounds the work by itself. */
	for (uint32_t i = 1; i < count_of(r, SN_TABLE_DEP); i++) {
		uint32_t shared = UINT32_MAX;

		d[i].held_count = take(d[i].held_count > SN_DEP_MANY ? &shared : left, held,
				       d[i].held_first, d[i].held_count);
	}
}

static void settle_findings(struct sn_reader *r)
{
	struct sn_finding_rec *f = r->tables[SN_TABLE_FINDING];
	uint32_t parts = count_of(r, SN_TABLE_PART), left = parts;

	for (uint32_t i = 1; i < count_of(r, SN_TABLE_FINDING); i++)
		f[i].part_count = take(&left, parts, f[i].first_part, f[i].part_count);
}

static void settle_stacks(struct sn_reader *r)
{
	struct sn_stack_rec *s = r->tables[SN_TABLE_STACK];
	uint32_t frames = count_of(r, SN_TABLE_FRAME), left = frames;

	for (uint32_t i = 1; i < count_of(r, SN_TABLE_STACK); i++)
		s[i].depth = (uint16_t)take(&left, frames, s[i].first, s[i].depth);
}

/* A path that no file can have would be told with every frame. */
static void settle_modules(struct sn_reader *r)
{
	struct sn_module_rec *m = r->tables[SN_TABLE_MODULE];

	for (uint32_t i = 1; i < count_of(r, SN_TABLE_MODULE); i++)
		if (strnlen(sn_view_text(&r->view, m[i].path), PATH_MOST) == PATH_MOST)
			m[i].path = 0;
}

/* Tables that were not read seem empty, and so do the runs of them. */
void sn_settle(struct sn_reader *r)
{
	uint32_t left = count_of(r, SN_TABLE_HELD);

	settle_threads(r, &left);
	settle_deps(r, &left);
	settle_findings(r);
	settle_stacks(r);
	settle_modules(r);
}
