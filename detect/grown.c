/* SPDX-License-Identifier: Apache-2.0
 *
 * Whether the workers of one creation site only grew in number: a leak, and no pool.  A pool is
 * made in one go, and makes another worker when none is idle; a server that starts a thread for
 * each client ends some.  So: none of the site's threads has ended, each had been blocked for good
 * before the next was made, and they were made all along the run. */
#include "detect/detect.h"

/* Fewer may be chance: what is told here fails a run. */
#define WORKERS_LEAST 16
#define PARTS 4 /* of the run; each saw one more */

struct growth {
	uint32_t count, serial;
	uint64_t blocked_ns; /* since when the last one has been */
	uint32_t parts;      /* a bit for each in which one was made */
};

static uint32_t part_of(const struct sn_view *v, uint64_t end_ns, uint64_t ns)
{
	uint64_t begin = v->header->started_mono_ns;

	if (ns <= begin || end_ns <= begin || ns >= end_ns)
		return 0;
	return (uint32_t)((double)(ns - begin) / (double)(end_ns - begin) * PARTS);
}

/* Adds a thread of the site; returns 0 where it does not go with the others. Records that are not
 * in the order of creation have served other threads before: then nothing is certain. */
static int add(const struct sn_view *v, uint64_t end_ns, struct growth *g,
	       const struct sn_thread_rec *t)
{
	if (t->state != SN_THREAD_RUNNING || t->wait_kind == SN_WAIT_NONE ||
	    t->wait_mode & SN_MODE_TIMED || t->serial <= g->serial || t->created_ns < g->blocked_ns)
		return 0;
	g->count++;
	g->serial = t->serial;
	g->blocked_ns = t->wait_since_ns;
	g->parts |= 1u << part_of(v, end_ns, t->created_ns);
	return 1;
}

int sn_detect_only_grew(const struct sn_view *v, uint32_t site, uint64_t end_ns)
{
	struct growth g = {0};

	if (!site || !end_ns || sn_view_stack(v, site)->flags & SN_STACK_THREAD_ENDED)
		return 0;
	for (uint32_t i = 1; i < sn_view_count(v, SN_TABLE_THREAD); i++) {
		const struct sn_thread_rec *t = sn_view_thread(v, i);

		if (t->state != SN_THREAD_FREE && t->create_stack == site && !add(v, end_ns, &g, t))
			return 0;
	}
	return g.count >= WORKERS_LEAST && g.parts == (1u << PARTS) - 1;
}
