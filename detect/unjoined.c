/* SPDX-License-Identifier: Apache-2.0
 *
 * thread-leak: a thread that had ended, and that nobody had joined or detached, when its process
 * ended.  Whether that is a fault depends on who might still have joined it, and on whether
 * anything piled up:
 * - somebody was in a join of a thread of the same kind: it would have been next;
 * - its creator lived and was not the one that ended the process, or did so in a signal handler or
 *   by giving up (exit with another status than 0): it may have been on its way;
 * - it ended together with the process, as pools do that are told to stop before _exit: whether
 *   they get to end at all is chance, and nothing is kept for longer than an instant.
 * No verdict may depend on microseconds: the limits here are far from what shutdowns take. */
#include "detect/unjoined.h"

#define MS 1000000ull
/* Long before the end: for half of the run, but at least so long, and at most. */
#define LONG_LEAST (250 * MS)
#define LONG_MOST (10000 * MS)
/* Piled up: so many had been over for so long when the newest of their place was created. A loop
 * that creates short-lived threads before it joins any of them makes fewer, or is joining. */
#define PILE_LEAST 3
#define PILE_AGE (10 * MS)

static int is_live(const struct sn_thread_rec *t)
{
	return t->state == SN_THREAD_CREATED || t->state == SN_THREAD_RUNNING;
}

static int is_unjoined(const struct sn_thread_rec *t)
{
	return t->state == SN_THREAD_ENDED && !(t->flags & SN_UNJOINED_EXEMPT);
}

static int is_joining(const struct sn_thread_rec *t)
{
	return t->state == SN_THREAD_RUNNING && t->wait_kind == SN_WAIT_JOIN;
}

static uint64_t newest_of(const struct sn_view *v, uint32_t site)
{
	uint64_t newest = 0;

	for (uint32_t i = 1; i < sn_view_count(v, SN_TABLE_THREAD); i++) {
		const struct sn_thread_rec *t = sn_view_thread(v, i);
		if (t->state != SN_THREAD_FREE && t->create_stack == site && t->created_ns > newest)
			newest = t->created_ns;
	}
	return newest;
}

static int piled_up(const struct sn_view *v, uint32_t site)
{
	uint64_t newest = newest_of(v, site);
	uint32_t count = 0;

	for (uint32_t i = 1; i < sn_view_count(v, SN_TABLE_THREAD); i++) {
		const struct sn_thread_rec *t = sn_view_thread(v, i);
		count += is_unjoined(t) && t->create_stack == site && t->ended_ns &&
			 t->ended_ns + PILE_AGE <= newest;
	}
	return count >= PILE_LEAST;
}

/* Threads of a place where some are joined do not pile up: one is late. */
static void ask_site(struct sn_unjoined *u, uint32_t site)
{
	if (u->site == site)
		return;
	u->site = site;
	u->habits = site ? sn_view_stack(u->view, site)->flags &
				    (SN_STACK_THREAD_JOINED | SN_STACK_THREAD_REAPED)
			 : 0;
	u->piled = site && !u->habits && piled_up(u->view, site);
}

static int was_long_ago(const struct sn_unjoined *u, const struct sn_thread_rec *t)
{
	uint64_t end = u->end->end_ns, begin = u->view->header->started_mono_ns;
	uint64_t limit = end > begin ? (end - begin) / 2 : 0;

	if (limit > LONG_MOST)
		limit = LONG_MOST;
	if (limit < LONG_LEAST)
		limit = LONG_LEAST;
	return end && t->ended_ns && t->ended_ns + limit <= end;
}

/* Whether somebody is in a join of it, or of another of its place, or its creator in any join. */
static int is_next(const struct sn_unjoined *u, uint32_t thread)
{
	const struct sn_thread_rec *t = sn_view_thread(u->view, thread);

	for (uint32_t i = 1; u->joins && i < sn_view_count(u->view, SN_TABLE_THREAD); i++) {
		const struct sn_thread_rec *j = sn_view_thread(u->view, i);
		uint32_t awaited = j->wait_object;

		if (!is_joining(j))
			continue;
		if (i == t->creator || awaited == thread ||
		    (t->create_stack &&
		     sn_view_thread(u->view, awaited)->create_stack == t->create_stack))
			return 1;
	}
	return 0;
}

/* Whether its creator has gone without joining it, as far as that can be known. */
static int is_left(const struct sn_unjoined *u, const struct sn_thread_rec *t)
{
	const struct sn_header *h = u->view->header;

	if (!t->creator)
		return 0;
	if (!is_live(sn_view_thread(u->view, t->creator)))
		return 1;
	if (u->end->killed || h->ended_by != t->creator || h->end_flags & SN_END_IN_HANDLER)
		return 0;
	return h->end_flags & SN_END_MAIN_RETURNED || h->ended_status == 0;
}

/* Somebody else lived who may be the one that joins such threads. */
static int is_reaped(const struct sn_unjoined *u)
{
	return u->habits & SN_STACK_THREAD_REAPED && u->live > 1;
}

/* Its creator may have been on its way: only what speaks against that is told. */
static enum sn_why why_kept(const struct sn_unjoined *u, int old)
{
	if (u->habits || u->end->stuck || !(old || u->piled))
		return SN_WHY_NONE;
	return old && u->piled && !u->end->killed ? SN_WHY_PILED_UP : SN_WHY_CUT_SHORT;
}

static enum sn_why why_left(const struct sn_unjoined *u, int old)
{
	if (u->end->killed)
		return old || u->piled ? SN_WHY_CUT_SHORT : SN_WHY_NONE;
	if (u->piled)
		return SN_WHY_PILED_UP;
	if (is_reaped(u))
		return SN_WHY_CUT_SHORT;
	return old ? SN_WHY_NEVER_JOINED : u->end->strict ? SN_WHY_STRICT : SN_WHY_ENDED_LATE;
}

void sn_unjoined_begin(struct sn_unjoined *u, const struct sn_view *v, const struct sn_end *end)
{
	*u = (struct sn_unjoined){.view = v, .end = end};
	for (uint32_t i = 1; i < sn_view_count(v, SN_TABLE_THREAD); i++) {
		u->joins |= is_joining(sn_view_thread(v, i));
		u->live += is_live(sn_view_thread(v, i));
	}
}

enum sn_why sn_unjoined_why(struct sn_unjoined *u, uint32_t thread)
{
	const struct sn_thread_rec *t = sn_view_thread(u->view, thread);
	int old = was_long_ago(u, t);

	if (!is_unjoined(t) || is_next(u, thread))
		return SN_WHY_NONE;
	ask_site(u, t->create_stack);
	return is_left(u, t) ? why_left(u, old) : why_kept(u, old);
}
