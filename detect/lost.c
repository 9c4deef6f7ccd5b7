/* SPDX-License-Identifier: Apache-2.0
 *
 * lost-wakeup, judged at the end of a process: a waiter into whose window between look and sleep a
 * signal had fallen sleeps still.  In a process that goes on, graph/knot.h judges. */
#include "detect/detect.h"
#include "graph/knot.h"

void sn_detect_lost(const struct sn_view *v, const struct sn_end *end, struct sn_sink *sink)
{
	uint32_t count = sn_view_count(v, SN_TABLE_THREAD);
	struct sn_finding f;

	/* Of a process that was killed nobody knows what would have woken the waiter. */
	if (!end->ended || end->killed)
		return;
	for (uint32_t i = 1; i < count; i++)
		if (!(sn_view_thread(v, i)->flags & SN_THREAD_DEADLOCKED) &&
		    sn_knot_tell_window(v, i, &f))
			sink->emit(sink, &f);
}
