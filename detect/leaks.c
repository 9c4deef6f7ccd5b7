/* SPDX-License-Identifier: Apache-2.0
 *
 * Leaked threads and abandoned locks, judged from the registry's state: thread-leak, leaked-worker,
 * early-exit, lock-held-at-thread-exit.  Each thread is judged by itself, but for those that wait
 * for each other (detect/sets.c). */
#include "detect/unjoined.h"

static void start(struct sn_finding *f, enum sn_kind kind, enum sn_verdict verdict, enum sn_why why,
		  uint32_t thread)
{
	sn_finding_start(f, kind, verdict, why);
	sn_finding_add(f, (struct sn_part){.role = SN_ROLE_SUBJECT, .thread = thread});
}

/* A lock held by a thread that has ended: true at once, whether the process has ended or not. */
static void judge_held(const struct sn_view *v, uint32_t thread, struct sn_sink *sink)
{
	const struct sn_thread_rec *t = sn_view_thread(v, thread);
	uint32_t most = sn_view_count(v, SN_TABLE_HELD) + SN_HELD_INLINE;
	struct sn_finding f;

	for (uint32_t i = 0; i < t->held_count && i < most; i++) {
		const struct sn_held *held = sn_view_thread_held(v, t, i);
		int robust = (sn_view_lock(v, held->lock)->flags & SN_LOCK_ROBUST) != 0;

		if (!held->lock)
			continue;
		start(&f, SN_KIND_LOCK_HELD_AT_THREAD_EXIT, robust ? SN_SUSPECT : SN_CONFIRMED,
		      robust ? SN_WHY_ROBUST : SN_WHY_ENDED_HOLDING, thread);
		sn_finding_add(&f, (struct sn_part){.role = SN_ROLE_HOLDS,
						    .mode = (uint8_t)held->mode,
						    .thread = thread,
						    .object = held->lock,
						    .stack = held->stack});
		sink->emit(sink, &f);
	}
}

/* An ended thread that nobody joined. */
static void judge_ended(const struct sn_end *end, struct sn_unjoined *u, uint32_t thread,
			struct sn_sink *sink)
{
	enum sn_why why = end->thread_leaks ? sn_unjoined_why(u, thread) : SN_WHY_NONE;
	int suspect = why == SN_WHY_ENDED_LATE || why == SN_WHY_CUT_SHORT;
	struct sn_finding f;

	if (why == SN_WHY_NONE)
		return;
	start(&f, SN_KIND_THREAD_LEAK, suspect ? SN_SUSPECT : SN_CONFIRMED, why, thread);
	sink->emit(sink, &f);
}

/* The creation site that was asked about last: most leaked workers come from one. */
struct site {
	uint32_t stack;
	int only_grew;
};

static enum sn_why why_of_worker(const struct sn_view *v, const struct sn_end *end,
				 const struct sn_thread_rec *t, struct site *site)
{
	if (end->strict)
		return SN_WHY_STRICT;
	if (t->flags & SN_THREAD_SEALED)
		return SN_WHY_NOBODY_REACHES;
	if (site->stack != t->create_stack)
		*site = (struct site){t->create_stack,
				      sn_detect_only_grew(v, t->create_stack, end->end_ns)};
	return site->only_grew ? SN_WHY_ONLY_GREW : SN_WHY_WHOLE_PROGRAM;
}

static void add_wait(struct sn_finding *f, const struct sn_thread_rec *t, uint32_t thread)
{
	sn_finding_add(f, (struct sn_part){.role = SN_ROLE_WAITS,
					   .mode = (uint8_t)t->wait_mode,
					   .object_is_thread = t->wait_kind == SN_WAIT_JOIN,
					   .thread = thread,
					   .object = t->wait_object,
					   .stack = t->wait_stack});
}

/* A thread that was alive when the process ended by itself. */
static void judge_alive(const struct sn_view *v, const struct sn_end *end, uint32_t thread,
			struct site *site, struct sn_sink *sink)
{
	const struct sn_thread_rec *t = sn_view_thread(v, thread);
	int waits = t->state == SN_THREAD_RUNNING && t->wait_kind != SN_WAIT_NONE;
	enum sn_why why;
	struct sn_finding f;

	if (end->killed || !end->workers || t->flags & (SN_THREAD_MAIN | SN_THREAD_FOREIGN))
		return;
	if (t->flags & SN_THREAD_SERVICE)
		return;
	if (t->flags & SN_THREAD_LIBRARY && !waits)
		return; /* it is kept for the next task */
	if (t->flags & SN_THREAD_DONE && !waits)
		return; /* it has some way to go to its end, and owes nobody anything */
	if (sn_detect_orphan(v, thread, end->end_ns, end->orphan_ns, &f)) {
		if (waits)
			add_wait(&f, t, thread);
		sink->emit(sink, &f);
		return;
	}
	why = why_of_worker(v, end, t, site);
	start(&f, waits ? SN_KIND_LEAKED_WORKER : SN_KIND_EARLY_EXIT,
	      why == SN_WHY_WHOLE_PROGRAM ? SN_SUSPECT : SN_CONFIRMED, why, thread);
	if (waits)
		add_wait(&f, t, thread);
	sink->emit(sink, &f);
}

/* Those that are told together; NULL where there is no room. */
static uint8_t *tell_sets(const struct sn_view *v, const struct sn_end *end, struct sn_memory *m,
			  struct sn_sink *sink)
{
	uint32_t count = sn_view_count(v, SN_TABLE_THREAD);
	uint8_t *told = NULL;

	if (count && end->ended && !end->killed && end->workers)
		told = m->grow(m, NULL, 0, count);
	if (told)
		sn_detect_sets(v, end, m, sink, told);
	return told;
}

void sn_detect_leaks(const struct sn_view *v, const struct sn_end *end, struct sn_memory *m,
		     struct sn_sink *sink)
{
	uint32_t count = sn_view_count(v, SN_TABLE_THREAD);
	uint8_t *told = tell_sets(v, end, m, sink);
	struct site site = {0, 0};
	struct sn_unjoined unjoined;

	sn_unjoined_begin(&unjoined, v, end);
	for (uint32_t i = 1; i < count; i++) {
		uint32_t state = sn_view_thread(v, i)->state;

		if (sn_view_thread(v, i)->flags & SN_THREAD_GHOST || (told && told[i]))
			continue;
		if (state == SN_THREAD_ENDED || state == SN_THREAD_JOINED)
			judge_held(v, i, sink);
		if (!end->ended)
			continue;
		/* Where the recording could not grow, joins may be missing in it. */
		if (state == SN_THREAD_ENDED && !v->header->counters[SN_COUNTER_GROW_FAILED])
			judge_ended(end, &unjoined, i, sink);
		if (state == SN_THREAD_CREATED || state == SN_THREAD_RUNNING)
			judge_alive(v, end, i, &site, sink);
	}
	if (told)
		m->release(m, told, count);
}
