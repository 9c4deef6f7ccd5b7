/* SPDX-License-Identifier: Apache-2.0
 *
 * starvation, thundering-herd and unbounded-threads, as far as they show in what a process left
 * behind.  The tests on the numbers are shared with the process itself, which judges waits that end
 * and condition variables that are destroyed. All is suspect: numbers, not proofs. */
#include "detect/detect.h"
#include "base/names.h"

static uint64_t in_ns(int milliseconds)
{
	return (uint64_t)milliseconds * 1000000u;
}

int sn_is_starved(const struct sn_options *o, const struct sn_thread_rec *t, uint64_t waited_ns,
		  uint32_t passes)
{
	/* Where everybody gets a turn, each other thread that was there comes first once at most.
	 */
	return waited_ns >= in_ns(o->starvation_ms) && passes > t->wait_threads &&
	       passes >= (uint32_t)o->starvation_passes;
}

int sn_is_herd(const struct sn_options *o, const struct sn_sync_rec *s)
{
	return s->broadcasts >= (uint32_t)o->herd_broadcasts &&
	       s->herd_woken >= 3ull * s->broadcasts &&
	       s->herd_back * 100ull >= s->herd_woken * (uint64_t)o->herd_percent;
}

void sn_herd_finding(const struct sn_view *v, const struct sn_sync_rec *s, struct sn_finding *f)
{
	uint8_t locked = s->flags & SN_SYNC_HERD_LOCKED ? SN_PART_LOCKED : 0;

	sn_finding_start(f, SN_KIND_THUNDERING_HERD, SN_SUSPECT, SN_WHY_MEASURED);
	sn_finding_add(f, (struct sn_part){.role = SN_ROLE_SIGNALLED,
					   .flags = SN_PART_BROADCAST | locked,
					   .thread = sn_view_thread_of(v, s->herd_by),
					   .object = s->object,
					   .stack = s->herd_by_stack,
					   .number = s->broadcasts});
	sn_finding_add(f, (struct sn_part){.role = SN_ROLE_SUBJECT,
					   .object = s->object,
					   .number = s->herd_woken});
	sn_finding_add(f, (struct sn_part){.role = SN_ROLE_WOKEN,
					   .thread = sn_view_thread_of(v, s->herd_serial),
					   .object = s->object,
					   .stack = s->herd_stack,
					   .number = s->herd_back});
}

static void detect_herds(const struct sn_view *v, const struct sn_options *o, struct sn_sink *sink)
{
	struct sn_finding f;

	/* By their locks: a state record that serves none may be a link in the list of free ones.
	 */
	for (uint32_t i = 1; i < sn_view_count(v, SN_TABLE_LOCK); i++) {
		const struct sn_lock_rec *l = sn_view_lock(v, i);
		const struct sn_sync_rec *s = sn_view_sync(v, l->sync);

		if (sn_lock_kin(l->type) != SN_LOCK_COND || s->object != i || !sn_is_herd(o, s))
			continue;
		sn_herd_finding(v, s, &f);
		sink->emit(sink, &f);
	}
}

/* A wait that lasted to the end. */
static void judge_wait(const struct sn_view *v, const struct sn_options *o, uint64_t end_ns,
		       uint32_t thread, struct sn_sink *sink)
{
	const struct sn_thread_rec *t = sn_view_thread(v, thread);
	const struct sn_lock_rec *l = sn_view_lock(v, t->wait_object);
	uint64_t waited = end_ns > t->wait_since_ns ? end_ns - t->wait_since_ns : 0;
	uint32_t passes = l->passes - t->wait_passes;
	uint32_t passer;
	struct sn_finding f;

	if (t->state != SN_THREAD_RUNNING || t->wait_kind != SN_WAIT_LOCK ||
	    !sn_is_starved(o, t, waited, passes))
		return;
	passer = sn_view_thread_of(v, (uint32_t)l->passed_by);
	sn_finding_start(&f, SN_KIND_STARVATION, SN_SUSPECT, SN_WHY_MEASURED);
	sn_finding_add(&f, (struct sn_part){.role = SN_ROLE_WAITS,
					    .mode = (uint8_t)t->wait_mode,
					    .thread = thread,
					    .object = t->wait_object,
					    .stack = t->wait_stack,
					    .when_ns = t->wait_since_ns,
					    .number = (uint32_t)(waited / 1000000u)});
	sn_finding_add(&f, (struct sn_part){.role = SN_ROLE_HOLDS,
					    .flags = SN_PART_ANY_MODE,
					    .thread = passer,
					    .object = t->wait_object,
					    .stack = passer ? (uint32_t)(l->passed_by >> 32) : 0,
					    .number = passes});
	sink->emit(sink, &f);
}

void sn_detect_progress(const struct sn_view *v, const struct sn_options *o, uint64_t end_ns,
			struct sn_sink *sink)
{
	for (uint32_t i = 1; i < sn_view_count(v, SN_TABLE_THREAD); i++)
		judge_wait(v, o, end_ns, i, sink);
	detect_herds(v, o, sink);
	sn_detect_unbounded(v, o, end_ns, sink);
}
