/* SPDX-License-Identifier: Apache-2.0
 *
 * unbounded-threads: one creation site whose threads all live still, that has many of them, and
 * that made them all along the run.  A pool of a fixed size is made in one go, and a server that
 * starts a thread for each request ends some: both are silent.
 *
 * Sites are found in one pass by the heavy-hitters algorithm of Misra and Gries (1982): any site
 * that has more than 1/64 of the live threads is among the candidates. Then each is looked at. */
#include "detect/detect.h"

#define CANDIDATES 64
#define BUCKETS 32 /* of the run's time: the times of creation are told apart so far */

struct candidate {
	uint32_t stack;
	uint32_t weight;
};

struct site {
	uint32_t live;
	uint32_t first, last; /* threads, by creation */
	int ended;            /* one of its threads has */
	uint32_t bucket[BUCKETS];
};

static int is_alive(const struct sn_thread_rec *t)
{
	return t->state == SN_THREAD_CREATED || t->state == SN_THREAD_RUNNING;
}

static void count(struct candidate *all, uint32_t stack)
{
	struct candidate *room = NULL;

	for (int i = 0; i < CANDIDATES; i++) {
		if (all[i].weight && all[i].stack == stack) {
			all[i].weight++;
			return;
		}
		if (!all[i].weight)
			room = &all[i];
	}
	if (room)
		*room = (struct candidate){stack, 1};
	else
		for (int i = 0; i < CANDIDATES; i++)
			all[i].weight--;
}

static uint32_t bucket_of(const struct sn_view *v, uint64_t end_ns, uint64_t ns)
{
	uint64_t begin = v->header->started_mono_ns;
	double share = ns > begin && end_ns > begin
			       ? (double)(ns - begin) / (double)(end_ns - begin) * BUCKETS
			       : 0;

	return share < BUCKETS - 1 ? (uint32_t)share : BUCKETS - 1;
}

static void add(const struct sn_view *v, uint64_t end_ns, struct site *s, uint32_t thread)
{
	const struct sn_thread_rec *t = sn_view_thread(v, thread);

	s->bucket[bucket_of(v, end_ns, t->created_ns)]++;
	if (!s->live++ || t->serial < sn_view_thread(v, s->first)->serial)
		s->first = thread;
	if (t->serial > sn_view_thread(v, s->last)->serial)
		s->last = thread;
}

static void look(const struct sn_view *v, uint64_t end_ns, uint32_t stack, struct site *s)
{
	*s = (struct site){.ended = sn_view_stack(v, stack)->flags & SN_STACK_THREAD_ENDED};
	for (uint32_t i = 1; i < sn_view_count(v, SN_TABLE_THREAD) && !s->ended; i++) {
		const struct sn_thread_rec *t = sn_view_thread(v, i);

		if (t->create_stack != stack)
			continue;
		if (is_alive(t))
			add(v, end_ns, s, i);
		else
			s->ended = t->state != SN_THREAD_FREE;
	}
}

/* The bucket in which the n-th of the site's threads, by creation, was created. */
static uint32_t bucket_of_nth(const struct site *s, uint32_t n)
{
	uint32_t i = 0;

	while (i < BUCKETS - 1 && n >= s->bucket[i])
		n -= s->bucket[i++];
	return i;
}

/* Whether at least a quarter of the run lies between the first quarter of the threads and the last.
 */
static int is_spread(const struct site *s)
{
	uint32_t early = bucket_of_nth(s, s->live / 4), late = bucket_of_nth(s, s->live * 3 / 4);

	return late > early + BUCKETS / 4;
}

static void tell(const struct sn_view *v, uint32_t stack, const struct site *s,
		 struct sn_sink *sink)
{
	const struct sn_thread_rec *first = sn_view_thread(v, s->first);
	struct sn_finding f = {
		.kind = SN_KIND_UNBOUNDED_THREADS, .verdict = SN_SUSPECT, .why = SN_WHY_ONLY_GREW};

	sn_finding_add(&f, (struct sn_part){.role = SN_ROLE_CREATED,
					    .thread = first->creator,
					    .stack = stack,
					    .when_ns = first->created_ns,
					    .number = s->live});
	sn_finding_add(&f, (struct sn_part){.role = SN_ROLE_SUBJECT,
					    .thread = s->last,
					    .when_ns = sn_view_thread(v, s->last)->created_ns,
					    .more = s->live - 1});
	sink->emit(sink, &f);
}

void sn_detect_unbounded(const struct sn_view *v, const struct sn_options *o, uint64_t end_ns,
			 struct sn_sink *sink)
{
	struct candidate all[CANDIDATES] = {0};
	struct site s;

	for (uint32_t i = 1; i < sn_view_count(v, SN_TABLE_THREAD); i++) {
		const struct sn_thread_rec *t = sn_view_thread(v, i);

		if (is_alive(t) && t->create_stack)
			count(all, t->create_stack);
	}
	for (int i = 0; i < CANDIDATES; i++) {
		if (!all[i].weight)
			continue;
		look(v, end_ns, all[i].stack, &s);
		if (!s.ended && s.live >= (uint32_t)o->unbounded_threads && is_spread(&s))
			tell(v, all[i].stack, &s, sink);
	}
}
