/* SPDX-License-Identifier: Apache-2.0
 *
 * lost-wakeup, judged at the end of a process: a waiter into whose window between look and sleep a
 * signal had fallen sleeps still; or a timed wait ran out that its signal had missed.  In a process
 * that goes on, graph/knot.h judges. */
#include "detect/detect.h"
#include "graph/knot.h"

/* Who waited has gone since, or has ended the process: it cannot come back for another wait. */
static int never_comes_back(const struct sn_view *v, uint32_t serial)
{
	uint32_t thread = sn_view_thread_of(v, serial);
	uint32_t state = sn_view_thread(v, thread)->state;

	return (state != SN_THREAD_CREATED && state != SN_THREAD_RUNNING) ||
	       thread == v->header->ended_by;
}

/* A wait that ran out though its signal had come before. One that is made again and again is a way
 * to sleep, which a signal only shortens: so it is judged only where there was one wait and one
 * signal, and where the result decides something. */
static void judge_ran_out(const struct sn_view *v, const struct sn_sync_rec *s,
			  struct sn_sink *sink)
{
	uint32_t waiter = sn_view_thread_of(v, s->woken_serial);
	struct sn_finding f;

	if (!(s->flags & SN_SYNC_RAN_OUT) || s->heard.serial || !s->unheard.serial ||
	    s->unheard.flags & SN_SIGNAL_AGAIN || s->wakers[1] ||
	    !never_comes_back(v, s->woken_serial))
		return;
	sn_finding_start(&f, SN_KIND_LOST_WAKEUP, SN_PREDICTED, SN_WHY_RAN_OUT);
	sn_finding_add(&f, (struct sn_part){.role = SN_ROLE_SIGNALLED,
					    .flags = sn_signal_part_flags(s->unheard.flags),
					    .thread = sn_view_thread_of(v, s->unheard.serial),
					    .object = s->object,
					    .stack = s->unheard.stack});
	sn_finding_add(&f, (struct sn_part){.role = SN_ROLE_CHECKED,
					    .thread = waiter,
					    .object = s->mutex,
					    .stack = s->back_stack});
	sn_finding_add(&f, (struct sn_part){.role = SN_ROLE_WAITS,
					    .mode = SN_MODE_TIMED,
					    .thread = waiter,
					    .object = s->object,
					    .stack = s->woken_stack});
	sink->emit(sink, &f);
}

void sn_detect_lost(const struct sn_view *v, const struct sn_end *end, struct sn_sink *sink)
{
	uint32_t count = sn_view_count(v, SN_TABLE_THREAD);
	struct sn_finding f;

	/* Of a process that was killed nobody knows what would have woken the waiter. */
	if (!end->ended || end->killed)
		return;
	for (uint32_t i = 1; i < sn_view_count(v, SN_TABLE_SYNC); i++)
		judge_ran_out(v, sn_view_sync(v, i), sink);
	for (uint32_t i = 1; i < count; i++)
		if (!(sn_view_thread(v, i)->flags & SN_THREAD_DEADLOCKED) &&
		    sn_knot_tell_window(v, i, &f))
			sink->emit(sink, &f);
}
