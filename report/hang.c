/* SPDX-License-Identifier: Apache-2.0
 *
 * What is known of a process that hangs, beyond its recording: how long its waits have lasted, and,
 * while it lives, what the kernel says of its threads. */
#include "report/model.h"
#include "base/asleep.h"
#include "base/end_in_sight.h"
#include "base/sys.h"
#include "graph/knot.h"

/* A process that is killed for its time is judged before: it lives as one that runs does. */
static int lives(const struct sn_process *p)
{
	return p->how == SN_HOW_RUNNING || (p->watched && (p->timed_out || p->ended_stuck));
}

static void ask_kernel(const struct sn_process *p, struct sn_hang *hang)
{
	enum sn_handlers least =
		sn_knot_hears_handlers(p->view) ? SN_HANDLERS_NONE : SN_HANDLERS_STOP;
	enum sn_asleep said = sn_asleep(p->view, 0);
	int woken_by_handlers = sn_handlers(p->view->header->pid) > least;

	int may_be_meant = sn_knot_rests(p->view) && sn_end_in_sight(p->view->header);

	hang->asleep = said == SN_ASLEEP_YES && !woken_by_handlers && !may_be_meant;
	/* One whose time is up hangs in somebody's eyes, even if threads that are not known, or a
	 * handler, might have helped. */
	hang->runs = !hang->asleep && (said == SN_ASLEEP_NO || p->how == SN_HOW_RUNNING);
}

void sn_process_hang(const struct sn_process *p, struct sn_hang *hang)
{
	*hang = (struct sn_hang){.end_ns = p->end_ns, .end_known = p->end_known};
	if (lives(p))
		ask_kernel(p, hang);
	else
		/* The kernel was asked while it lived. */
		hang->asleep = (p->seen.flags & SN_SEEN_NEVER) != 0;
	if (!p->watched)
		return;
	hang->now_ticks = sn_ticks();
	hang->now_ns = sn_now();
}
