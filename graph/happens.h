/* SPDX-License-Identifier: Apache-2.0
 *
 * The must-happen order that thread creation and join put on events, whatever the schedule.  An
 * event is (thread, epoch), where the epoch is the thread's order clock: it is raised after each
 * create and before the effects of each join.  So A@e comes before all of B when A created B at an
 * epoch >= e, and all of J comes before B@f when B joined J at an epoch <= f; and so on over any
 * number of such steps.  Lock and signal order is schedule and has no part in this.
 *
 * What is not known to be ordered counts as unordered: an unknown creator, a record that has been
 * reused since, a search that got too long.  Memory comes from the caller; one caller at a time. */
#ifndef SN_GRAPH_HAPPENS_H
#define SN_GRAPH_HAPPENS_H

#include "base/view.h"

struct sn_happens {
	const struct sn_view *view;
	uint32_t count;        /* threads, "none" included */
	uint32_t *joined;      /* by thread: the last thread of the list of those it joined */
	uint32_t *joined_next; /* by thread: the next one with the same joiner */
	uint32_t *creates;     /* by thread: highest epoch at which it created another, plus one */
	uint32_t *reach;       /* by thread: highest epoch known to come before, plus one */
	uint32_t *touched;     /* threads whose `reach` is set */
	uint32_t *pending;     /* threads to look at (again) */
	uint32_t *is_pending;
	uint32_t touched_count;
	uint32_t pending_count;
	uint64_t work; /* records looked at, in all */
	uint32_t cut;  /* searches that were given up */
};

/* Bytes of zeroed memory that sn_happens_init needs for this recording. */
size_t sn_happens_size(const struct sn_view *v);

void sn_happens_init(struct sn_happens *h, const struct sn_view *v, void *memory);

/* Whether A@e must come before B@f. In one thread a lower epoch comes before a higher one. */
int sn_happens_before(struct sn_happens *h, uint32_t a, uint32_t e, uint32_t b, uint32_t f);

/* The creator of a thread, 0 where it is unknown or where its record now tells of a later thread.
 */
uint32_t sn_happens_creator(const struct sn_happens *h, uint32_t thread);

#endif
