/* SPDX-License-Identifier: Apache-2.0
 *
 * What happened, in one line: the first thing that anybody reads of a finding, and often the last.
 * It names the threads and the locks; the stacks below it say where. */
#include "report/say.h"
#include "base/names.h"
#include "report/shown.h"

#include <string.h>

/* The threads of the ring, in its order; fills each once. */
static uint32_t ring_threads(const struct sn_found *f, uint32_t *threads)
{
	uint32_t ring = sn_found_ring(f), n = 0;

	for (uint32_t i = 0; i < ring; i += sn_found_group(f, i, ring))
		threads[n++] = f->parts[i].thread;
	return n;
}

static void say_threads(FILE *out, struct sn_process *p, const uint32_t *threads, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++) {
		fputs(sn_say_comma(i, n), out);
		sn_say_thread(out, p, threads[i]);
	}
}

static void say_levels(FILE *out, const struct sn_found *f)
{
	fputs("thread ", out);
	sn_say_thread(out, f->process, f->parts[0].thread);
	fputs(" takes ", out);
	sn_say_object(out, f->process, sn_found_part(f, SN_ROLE_WANTS));
	fputs(" while it holds ", out);
	sn_say_object(out, f->process, sn_found_part(f, SN_ROLE_HOLDS));
	fputs(", against their declared order", out);
}

/* What was to be found, in the words of who expected it. */
static void say_expected(FILE *out, const struct sn_found *f)
{
	const struct sn_note_rec *n = sn_view_note(f->process->view, f->parts[0].number);
	const char *pattern = sn_view_text(f->process->view, n->text);

	fprintf(out, "%s was expected and not found",
		n->kind ? sn_kind_name(n->kind - 1) : "a finding");
	if (*pattern && strcmp(pattern, "*"))
		fprintf(out, ", with '%s' in it", sn_shown(pattern));
}

static void say_inversion(FILE *out, const struct sn_found *f)
{
	uint32_t threads[SN_PARTS_MAX], n = ring_threads(f, threads);

	if (f->why == SN_WHY_LEVELS) {
		say_levels(out, f);
		return;
	}

	if (n >= 2 && threads[0] == threads[1]) {
		fputs("one thread, ", out);
		sn_say_thread(out, f->process, *threads);
		fputs(", takes the same locks in different orders", out);
		return;
	}
	fputs("threads ", out);
	say_threads(out, f->process, threads, n);
	if (n == 2)
		fprintf(out, " take the same 2 locks in opposite orders");
	else
		fprintf(out, " take %u locks in a ring of different orders", n);
}

/* A signal handler may take it out of its wait, or another process release a lock. */
static const char *for_good(const struct sn_found *f)
{
	if (f->why == SN_WHY_SHARED_LOCK || f->why == SN_WHY_SHARED_RING_HELPED ||
	    f->why == SN_WHY_OWNER_GONE_SHARED)
		return "can go on only through another process";
	return f->why == SN_WHY_HANDLER_MAY_LEAVE ? "can go on only through a signal handler"
						  : "can never go on";
}

static void say_orphaned(FILE *out, const struct sn_found *f)
{
	const struct sn_part *waits = sn_found_part(f, SN_ROLE_WAITS);
	uint32_t holder = sn_found_part(f, SN_ROLE_HOLDS)->thread;

	sn_say_thread(out, f->process, waits->thread);
	fputs(" waits for ", out);
	sn_say_object(out, f->process, waits);
	fputs(", which ", out);
	sn_say_thread(out, f->process, holder);
	fprintf(out, " held when it %s: it %s", sn_say_how_it_ended(f->process, holder),
		for_good(f));
}

static void say_deadlock(FILE *out, const struct sn_found *f)
{
	uint32_t threads[SN_PARTS_MAX], n = ring_threads(f, threads);

	if (f->why == SN_WHY_ORPHANED || f->why == SN_WHY_OWNER_GONE ||
	    f->why == SN_WHY_OWNER_GONE_SHARED) {
		say_orphaned(out, f);
		return;
	}
	if (n == 2)
		fprintf(out, "2 threads wait for each other and %s: ", for_good(f));
	else
		fprintf(out, "%u threads wait for each other in a ring and %s: ", n, for_good(f));
	say_threads(out, f->process, threads, n);
}

static void say_self_deadlock(FILE *out, const struct sn_found *f)
{
	const struct sn_part *waits = sn_found_part(f, SN_ROLE_WAITS);
	const struct sn_part *holds = sn_found_part(f, SN_ROLE_HOLDS);

	sn_say_thread(out, f->process, waits->thread ? waits->thread : f->parts[0].thread);
	if (f->why == SN_WHY_TRY_OWN) {
		fputs(" tries to take ", out);
		sn_say_object(out, f->process, holds);
		fputs(sn_say_mode(f->process, sn_found_part(f, SN_ROLE_WANTS)), out);
		fputs(", which it already holds", out);
		fputs(sn_say_mode(f->process, holds), out);
		return;
	}
	if (sn_found_part(f, SN_ROLE_WANTS)->object_is_thread) {
		fputs(" joins itself", out);
		return;
	}
	if (waits->object_is_thread) {
		fputs(" waits for its own end and can never go on", out);
		return;
	}
	fputs(" waits for ", out);
	sn_say_object(out, f->process, waits->object ? waits : holds);
	fputs(sn_say_mode(f->process, waits), out);
	fputs(", which it already holds", out);
	fputs(sn_say_mode(f->process, holds), out);
	fprintf(out, ": it %s", for_good(f));
}

static void say_one_lock(FILE *out, const struct sn_found *f, enum sn_role role, const char *verb,
			 const char *holder_before, const char *holder_after)
{
	const struct sn_part *did = sn_found_part(f, role);
	const struct sn_part *holds = sn_found_part(f, SN_ROLE_HOLDS);

	sn_say_thread(out, f->process, did->thread);
	fprintf(out, " %s ", verb);
	sn_say_object(out, f->process, did);
	if (!holds->thread)
		return;
	fputs(holder_before, out);
	if (holds->thread == did->thread)
		fputs("it", out);
	else
		sn_say_thread(out, f->process, holds->thread);
	fputs(holder_after, out);
}

static void say_subject(FILE *out, const struct sn_found *f, const char *what)
{
	fputs("thread ", out);
	sn_say_thread(out, f->process, f->parts[0].thread);
	fputs(what, out);
}

static void say_end(FILE *out, const struct sn_found *f)
{
	fputs(sn_say_how_it_ended(f->process, f->parts[0].thread), out);
}

/* Whether the context did not just come to its deadline. */
static int was_cancelled(const struct sn_process *p, uint32_t context)
{
	const struct sn_sync_rec *s = sn_view_sync(p->view, sn_view_lock(p->view, context)->sync);

	return s->ended_ns && (!s->deadline_ns || s->ended_ns < s->deadline_ns);
}

static void say_orphan(FILE *out, const struct sn_found *f)
{
	const struct sn_part *part = &f->parts[0];

	fputs("task ", out);
	sn_say_thread(out, f->process, part->thread);
	fputs(" went on", out);
	if (part->number) {
		fputs(" for ", out);
		sn_say_duration(out, part->number * 1000000ull);
	}
	fputs(" after ", out);
	sn_say_object(out, f->process, part);
	fputs(was_cancelled(f->process, part->object) ? " was cancelled" : " had ended", out);
}

void sn_say_message(FILE *out, const struct sn_found *f)
{
	const struct sn_part *part;

	if (!f->part_count) {
		fputs(sn_kind_what(f->kind), out);
		return;
	}
	if (sn_say_channel(out, f) || sn_say_wakeup(out, f) || sn_say_misuse(out, f) ||
	    sn_say_progress(out, f) || sn_say_race(out, f))
		return;
	switch (f->kind) {
	case SN_KIND_LOCK_ORDER_INVERSION:
		say_inversion(out, f);
		break;
	case SN_KIND_DEADLOCK:
		say_deadlock(out, f);
		break;
	case SN_KIND_SELF_DEADLOCK:
		say_self_deadlock(out, f);
		break;
	case SN_KIND_THREAD_LEAK:
		say_subject(out, f, " ");
		say_end(out, f);
		fputs(" but was never joined or detached", out);
		break;
	case SN_KIND_LEAKED_WORKER:
	case SN_KIND_EARLY_EXIT:
		sn_say_left_behind(out, f);
		break;
	case SN_KIND_ORPHANED_TASK:
		say_orphan(out, f);
		break;
	case SN_KIND_LOCK_HELD_AT_SCOPE_END:
		say_subject(out, f, " still held ");
		part = sn_found_part(f, SN_ROLE_HOLDS);
		sn_say_object(out, f->process, part);
		fputs(sn_say_mode(f->process, part), out);
		fputs(" when its scope ended", out);
		break;
	case SN_KIND_EXPECTED_NOT_FOUND:
		say_expected(out, f);
		break;
	case SN_KIND_LOCK_HELD_AT_THREAD_EXIT:
		say_subject(out, f, " ");
		say_end(out, f);
		fputs(" while it held ", out);
		part = sn_found_part(f, SN_ROLE_HOLDS);
		sn_say_object(out, f->process, part);
		fputs(sn_say_mode(f->process, part), out);
		break;
	case SN_KIND_UNLOCK_NOT_OWNER:
		say_one_lock(out, f, SN_ROLE_UNLOCKED, "unlocked", ", which ", " holds");
		break;
	case SN_KIND_UNLOCK_NOT_LOCKED:
		say_one_lock(out, f, SN_ROLE_UNLOCKED, "unlocked", ", which ", " holds");
		if (!sn_found_part(f, SN_ROLE_HOLDS)->thread)
			fputs(", which nobody holds", out);
		break;
	case SN_KIND_DESTROY_WHILE_LOCKED:
		if (f->why == SN_WHY_LOCKED_THEN)
			say_one_lock(out, f, SN_ROLE_DESTROYED, "destroyed", " while ", " held it");
		else
			sn_say_gone(out, f);
		break;
	default:
		fputs(sn_kind_what(f->kind), out);
	}
}
