/* SPDX-License-Identifier: Apache-2.0
 *
 * Creation and join order: see happens.h.  Going back from B, creation is one step to one creator
 * and join is many; going forth from A, join is one step and creation is many.  Nearly every order
 * in practice is some joins up and then some creations down, so the two single-step chains are
 * tried first; the search over everything comes after, and only where A has a way out at all. */
#include "graph/happens.h"

#define ARRAYS 7
#define CHAIN_MAX 16
/* Records looked at by one search, and by all of them: bounds the time, at the price of taking a
 * far-fetched order for none. */
#define SEARCH_MAX (1u << 16)
#define WORK_MAX (1u << 25)
#define EVERYTHING UINT32_MAX

struct event {
	uint32_t thread;
	uint32_t epoch;
};

static uint32_t plus_one(uint32_t epoch)
{
	return epoch == EVERYTHING ? EVERYTHING : epoch + 1;
}

/* The field means something else in a free record. */
uint32_t sn_happens_creator(const struct sn_happens *h, uint32_t thread)
{
	const struct sn_thread_rec *t = sn_view_thread(h->view, thread);
	uint32_t creator = t->creator;
	const struct sn_thread_rec *c = sn_view_thread(h->view, creator);

	if (creator >= h->count || creator == thread || t->state == SN_THREAD_FREE)
		return 0;
	return t->created_ns && c->created_ns > t->created_ns ? 0 : creator;
}

/* The field may mean something else until the thread is joined. */
static uint32_t joiner_of(const struct sn_happens *h, uint32_t thread)
{
	const struct sn_thread_rec *t = sn_view_thread(h->view, thread);
	uint32_t joiner = t->state == SN_THREAD_JOINED ? t->joiner : 0;

	return joiner < h->count && joiner != thread ? joiner : 0;
}

size_t sn_happens_size(const struct sn_view *v)
{
	return (size_t)ARRAYS * (sn_view_count(v, SN_TABLE_THREAD) + 1u) * sizeof(uint32_t);
}

static void index_thread(struct sn_happens *h, uint32_t thread)
{
	uint32_t joiner = joiner_of(h, thread);
	uint32_t creator = sn_happens_creator(h, thread);
	uint32_t limit = plus_one(sn_view_thread(h->view, thread)->creator_epoch);

	if (joiner) {
		h->joined_next[thread] = h->joined[joiner];
		h->joined[joiner] = thread;
	}
	if (creator && h->creates[creator] < limit)
		h->creates[creator] = limit;
}

void sn_happens_init(struct sn_happens *h, const struct sn_view *v, void *memory)
{
	uint32_t count = sn_view_count(v, SN_TABLE_THREAD);
	uint32_t *at = memory;
	uint32_t **arrays[ARRAYS] = {&h->joined,  &h->joined_next, &h->creates,   &h->reach,
				     &h->touched, &h->pending,     &h->is_pending};

	*h = (struct sn_happens){.view = v, .count = count};
	for (uint32_t i = 0; i < ARRAYS; i++, at += count + 1)
		*arrays[i] = at;
	for (uint32_t i = 1; i < count; i++)
		index_thread(h, i);
}

/* A@e and what follows it through joins alone: everything in `chain` comes after it. */
static uint32_t chain_up(const struct sn_happens *h, struct event at, struct event *chain)
{
	uint32_t n = 0;

	while (at.thread && n < CHAIN_MAX) {
		chain[n++] = at;
		at = (struct event){joiner_of(h, at.thread),
				    sn_view_thread(h->view, at.thread)->joiner_epoch};
	}
	return n;
}

/* Whether some event of `chain` is at or before what B@f follows through creations alone. */
static int meets_down(const struct sn_happens *h, const struct event *chain, uint32_t n,
		      struct event at)
{
	for (uint32_t hop = 0; at.thread && hop < CHAIN_MAX; hop++) {
		for (uint32_t i = 0; i < n; i++)
			if (chain[i].thread == at.thread && chain[i].epoch <= at.epoch)
				return 1;
		at = (struct event){sn_happens_creator(h, at.thread),
				    sn_view_thread(h->view, at.thread)->creator_epoch};
	}
	return 0;
}

/* Notes that `thread` up to `epoch` comes before the event searched from. */
static void raise_reach(struct sn_happens *h, uint32_t thread, uint32_t epoch)
{
	uint32_t value = plus_one(epoch);

	if (h->reach[thread] >= value)
		return;
	if (!h->reach[thread])
		h->touched[h->touched_count++] = thread;
	h->reach[thread] = value;
	if (!h->is_pending[thread]) {
		h->is_pending[thread] = 1;
		h->pending[h->pending_count++] = thread;
	}
}

/* Raises all that comes directly before `thread` up to what is known of it. */
static void step_back(struct sn_happens *h, uint32_t thread, uint32_t *left)
{
	uint32_t creator = sn_happens_creator(h, thread);

	if (creator)
		raise_reach(h, creator, sn_view_thread(h->view, thread)->creator_epoch);
	for (uint32_t j = h->joined[thread]; j && *left; j = h->joined_next[j], --*left)
		if (plus_one(sn_view_thread(h->view, j)->joiner_epoch) <= h->reach[thread])
			raise_reach(h, j, EVERYTHING);
}

static void forget(struct sn_happens *h)
{
	for (uint32_t i = 0; i < h->touched_count; i++) {
		h->reach[h->touched[i]] = 0;
		h->is_pending[h->touched[i]] = 0;
	}
	h->touched_count = 0;
	h->pending_count = 0;
}

static int search_back(struct sn_happens *h, struct event a, struct event b)
{
	uint32_t left = SEARCH_MAX;
	int found = 0;

	raise_reach(h, b.thread, b.epoch);
	while (h->pending_count && left && !found) {
		uint32_t thread = h->pending[--h->pending_count];

		left--;
		h->is_pending[thread] = 0;
		step_back(h, thread, &left);
		found = h->reach[a.thread] >= plus_one(a.epoch);
	}
	if (!found && !left)
		h->cut++;
	h->work += SEARCH_MAX - left;
	forget(h);
	return found;
}

int sn_happens_before(struct sn_happens *h, uint32_t a, uint32_t e, uint32_t b, uint32_t f)
{
	struct event from = {a, e}, to = {b, f};
	struct event chain[CHAIN_MAX];

	if (!a || !b || a >= h->count || b >= h->count)
		return 0;
	if (a == b)
		return e < f;
	if (!joiner_of(h, a) && h->creates[a] <= e)
		return 0;
	if (meets_down(h, chain, chain_up(h, from, chain), to))
		return 1;
	return h->work < WORK_MAX ? search_back(h, from, to) : 0;
}
