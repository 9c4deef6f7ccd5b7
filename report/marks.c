/* SPDX-License-Identifier: Apache-2.0
 *
 * What a report tells, as numbers that are the same in every report: by them somebody who reads
 * one recording after the other knows whether the next tells anything new. */
#include <stdlib.h>
#include <string.h>
#include "report/model.h"

static uint64_t mix(uint64_t h, const void *bytes, size_t n)
{
	const unsigned char *b = bytes;

	for (size_t i = 0; i < n; i++)
		h = (h ^ b[i]) * 0x100000001b3ull;
	return h;
}

/* All that tells two findings of two processes apart, the verdict and its reason included: the worst
 * is what is told. */
static uint64_t mark_of(const struct sn_found *f)
{
	uint64_t h = mix(0xcbf29ce484222325ull, f->id, sizeof(f->id));

	h = mix(h, &f->functions, sizeof(f->functions));
	h = mix(h, &f->place, sizeof(f->place));
	h = mix(h, &f->verdict, sizeof(f->verdict));
	return mix(h, &f->why, sizeof(f->why));
}

struct marks {
	sn_mark_taker *take;
	void *context;
	int shows_refuted;
};

static void give(const struct marks *m, const struct sn_found *f)
{
	if (f->verdict != SN_REFUTED || m->shows_refuted)
		m->take(m->context, mark_of(f));
	for (size_t i = 0; i < f->site_count; i++)
		give(m, f->sites[i]);
}

void sn_report_marks(const struct sn_report *r, sn_mark_taker *take, void *context)
{
	const struct marks m = {take, context, r->options.show_refuted};

	for (size_t i = 0; i < r->found_count; i++)
		give(&m, r->found[i]);
	for (unsigned i = 0; i < r->suppressed; i++)
		take(context, mix(1, r->left_out[i].id, SN_ID_LENGTH));
}

static int holds_shared(const struct sn_view *v, const struct sn_thread_rec *t)
{
	for (uint32_t i = 0;
	     i < t->held_count && i < sn_view_count(v, SN_TABLE_HELD) + SN_HELD_INLINE; i++)
		if (sn_view_lock(v, sn_view_thread_held(v, t, i)->lock)->flags & SN_LOCK_PSHARED)
			return 1;
	return 0;
}

int sn_report_holds_shared(const struct sn_report *r)
{
	for (size_t i = 0; i < r->process_count; i++) {
		const struct sn_view *v = r->processes[i]->view;
		for (uint32_t t = 1; t < sn_view_count(v, SN_TABLE_THREAD); t++)
			if (holds_shared(v, sn_view_thread(v, t)))
				return 1;
	}
	return 0;
}
