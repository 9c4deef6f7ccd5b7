/* SPDX-License-Identifier: Apache-2.0
 *
 * What every thread of a process does, or did when it ended: the answer to "it hangs, why?" even
 * where no detector has one. */
#include "report/text.h"
#include "base/names.h"
#include "report/say.h"

/* Where the end is not known, less than this says nothing. */
#define LITTLE_NS 100000000u

static void say_since(const struct sn_text *t, const struct sn_process *p, uint64_t since)
{
	if (!since || p->end_ns < since)
		return;
	if (!p->end_known && p->end_ns - since < LITTLE_NS)
		return;
	fputs(p->end_known ? ", for " : ", for at least ", t->out);
	sn_say_duration(t->out, p->end_ns - since);
}

/* One of another process that waits lives, though it counts for nothing here. */
static int has_ended(const struct sn_thread_rec *t)
{
	return t->state >= SN_THREAD_ENDED && !(t->flags & SN_THREAD_OTHERS && t->wait_kind);
}

static void say_holders(const struct sn_text *t, struct sn_process *p, uint32_t thread,
			uint32_t lock)
{
	uint32_t holder = 0, shown = 0;

	while ((holder = sn_process_holder(p, lock, holder))) {
		if (shown++ == 4) {
			fputs(" and others", t->out);
			return;
		}
		fputs(shown == 1 ? ", held by " : " and ", t->out);
		if (holder == thread)
			fputs("itself", t->out);
		else
			sn_say_thread(t->out, p, holder);
		if (has_ended(sn_view_thread(p->view, holder)))
			fprintf(t->out, " (which %s)", sn_say_how_it_ended(p, holder));
	}
}

/* Who gave and who took last; the waiter itself is among them. */
static void say_users(const struct sn_text *t, struct sn_process *p, const struct sn_sync_rec *s)
{
	if (s->heard.serial) {
		fputs(", given to last by ", t->out);
		sn_say_signaller(t->out, p, &s->heard);
	}
	if (s->unheard.serial) {
		fputs(s->heard.serial ? ", taken from last by "
				      : ", which nobody gave to, taken from last by ",
		      t->out);
		sn_say_signaller(t->out, p, &s->unheard);
	}
}

/* What else is known of an object that others are to wake its waiters on. */
static void say_wakers(const struct sn_text *t, struct sn_process *p, uint32_t object)
{
	const struct sn_lock_rec *l = sn_view_lock(p->view, object);
	const struct sn_sync_rec *s = sn_view_sync(p->view, l->sync);
	const struct sn_signal *last = &s->heard;

	if (!l->sync || s->flags & SN_SYNC_OUTSIDE)
		return;
	if (sn_lock_family(l->type) == SN_FAMILY_CHANNEL) {
		say_users(t, p, s);
		return;
	}
	if (l->type == SN_LOCK_BARRIER) {
		if (s->count)
			fprintf(t->out, " (%u of %u have come)", s->arrived % s->count, s->count);
		return;
	}
	if (s->unheard.serial && (!last->serial || s->unheard.ticks > last->ticks))
		last = &s->unheard;
	if (!last->serial) {
		fputs(sn_lock_kin(l->type) == SN_LOCK_COND ? ", which nobody has signalled" : "",
		      t->out);
		return;
	}
	fputs(last == &s->heard ? ", woken last by " : ", signalled last, when nobody waited, by ",
	      t->out);
	sn_say_signaller(t->out, p, last);
}

static void show_wait(const struct sn_text *t, struct sn_process *p, uint32_t thread)
{
	const struct sn_thread_rec *rec = sn_view_thread(p->view, thread);
	struct sn_part part = {.role = SN_ROLE_WAITS,
			       .mode = (uint8_t)rec->wait_mode,
			       .object_is_thread = rec->wait_kind == SN_WAIT_JOIN,
			       .thread = thread,
			       .object = rec->wait_object,
			       .stack = rec->wait_stack};

	fprintf(t->out, "%s ", sn_say_waits(p, &part, 0));
	sn_say_object(t->out, p, &part);
	sn_say_cases(t->out, p, &part);
	fputs(part.object_is_thread ? " to end" : sn_say_mode(p, &part), t->out);
	if (rec->wait_kind == SN_WAIT_LOCK)
		say_holders(t, p, thread, rec->wait_object);
	else if (rec->wait_kind != SN_WAIT_JOIN)
		say_wakers(t, p, rec->wait_object);
	if (rec->wait_mode & SN_MODE_TIMED)
		fputs(", with a time limit", t->out);
	say_since(t, p, rec->wait_since_ns);
	fputs(":\n", t->out);
	sn_text_stack(t, p, rec->wait_stack, 4);
}

static int holds_any(const struct sn_view *v, const struct sn_thread_rec *rec)
{
	for (uint32_t i = 0; i < rec->held_count; i++) {
		const struct sn_held *held = sn_view_thread_held(v, rec, i);

		if (held->lock)
			return 1;
		if (i > sn_view_count(v, SN_TABLE_HELD) + SN_HELD_INLINE)
			return 0;
	}
	return 0;
}

static void show_held(const struct sn_text *t, struct sn_process *p,
		      const struct sn_thread_rec *rec)
{
	uint32_t most = sn_view_count(p->view, SN_TABLE_HELD) + SN_HELD_INLINE;

	for (uint32_t i = 0; i < rec->held_count && i < most; i++) {
		const struct sn_held *held = sn_view_thread_held(p->view, rec, i);
		struct sn_part part = {.mode = (uint8_t)held->mode, .object = held->lock};

		if (!held->lock)
			continue;
		fputs("    holds ", t->out);
		sn_say_object(t->out, p, &part);
		fprintf(t->out, "%s, acquired here:\n", sn_say_mode(p, &part));
		sn_text_stack(t, p, held->stack, 6);
	}
}

static void show_creation(const struct sn_text *t, struct sn_process *p,
			  const struct sn_thread_rec *rec)
{
	if (!rec->create_stack)
		return;
	fputs("    created", t->out);
	if (rec->creator) {
		fputs(" by ", t->out);
		sn_say_thread(t->out, p, rec->creator);
	}
	sn_text_place(t, p, rec->create_stack, 6);
}

static void show_thread(const struct sn_text *t, struct sn_process *p, uint32_t thread)
{
	const struct sn_thread_rec *rec = sn_view_thread(p->view, thread);

	fputs("  ", t->out);
	sn_text_color(t, SN_COLOR_STRONG);
	sn_say_thread(t->out, p, thread);
	sn_text_color(t, NULL);
	if (rec->tid)
		fprintf(t->out, " (tid %u)", rec->tid);
	fputc(' ', t->out);
	if (rec->wait_kind)
		show_wait(t, p, thread);
	else if (rec->state == SN_THREAD_CREATED)
		fputs("has not begun to run\n", t->out);
	else
		sn_text_seen(t, p, thread);
	show_held(t, p, rec);
	show_creation(t, p, rec);
}

void sn_text_threads(const struct sn_text *t, struct sn_process *p, int busy_only)
{
	for (uint32_t i = 1; i < sn_view_count(p->view, SN_TABLE_THREAD); i++) {
		const struct sn_thread_rec *rec = sn_view_thread(p->view, i);

		if (!sn_thread_is_live(rec))
			continue;
		if (!busy_only || p->seen.thread_count || rec->wait_kind || holds_any(p->view, rec))
			show_thread(t, p, i);
	}
}

static uint32_t count_live(const struct sn_view *v)
{
	uint32_t n = 0;

	for (uint32_t i = 1; i < sn_view_count(v, SN_TABLE_THREAD); i++)
		n += sn_thread_is_live(sn_view_thread(v, i));
	return n;
}

void sn_report_threads(struct sn_report *r, FILE *out, int color)
{
	struct sn_text t = {.report = r, .out = out, .color = color};

	for (size_t i = 0; i < r->process_count; i++) {
		struct sn_process *p = r->processes[i];
		uint32_t n = count_live(p->view);

		if (p->how == SN_HOW_EXEC)
			continue;
		fputs("==snarl== ", out);
		sn_text_process(&t, p);
		fputc(' ', out);
		sn_say_end(out, p);
		fprintf(out, "; %u thread%s %s\n", n, n == 1 ? "" : "s",
			p->how == SN_HOW_RUNNING ? "live" : "lived then");
		sn_text_unseen(&t, p);
		sn_text_threads(&t, p, 0);
		fputc('\n', out);
	}
}
