/* SPDX-License-Identifier: Apache-2.0
 *
 * What happened, in one line, where threads run or wait and do not get on.  What `number` counts in
 * each part is told beside struct sn_part. */
#include "report/say.h"
#include "base/names.h"

static void say_ms(FILE *out, uint32_t ms)
{
	sn_say_duration(out, ms * 1000000ull);
}

/* "T2 (w) waits for mutex 'm' (M1)", and how long. */
static void say_waiter(FILE *out, const struct sn_found *f, const char *verb)
{
	const struct sn_part *waits = sn_found_part(f, SN_ROLE_WAITS);

	sn_say_thread(out, f->process, waits->thread);
	fprintf(out, " %s ", verb);
	sn_say_object(out, f->process, waits);
	if (waits->number) {
		fputs(" for ", out);
		say_ms(out, waits->number);
	}
}

static void say_livelock(FILE *out, const struct sn_found *f)
{
	uint32_t shown = 0;
	uint64_t attempts = 0;

	for (uint32_t i = 0; i < f->part_count; i++) {
		if (f->parts[i].role != SN_ROLE_FAILED)
			continue;
		fputs(shown++ ? " and " : "", out);
		sn_say_thread(out, f->process, f->parts[i].thread);
		attempts += f->parts[i].number;
	}
	fprintf(out, " keep%s backing off and trying again: %llu failed attempts in a row",
		shown == 1 ? "s" : "", (unsigned long long)attempts);
}

static void say_starvation(FILE *out, const struct sn_found *f)
{
	const struct sn_part *holds = sn_found_part(f, SN_ROLE_HOLDS);

	say_waiter(out, f, "waited for");
	if (holds->number)
		fprintf(out, ", which was given to others %u times meanwhile", holds->number);
	else
		fputs(", which others took again and again", out);
}

static void say_priority(FILE *out, const struct sn_found *f)
{
	say_waiter(out, f, "waited for");
	fputs(", which ", out);
	sn_say_thread(out, f->process, sn_found_part(f, SN_ROLE_HOLDS)->thread);
	fputs(" of lower priority held", out);
}

/* "was blocked in write for at least 1.2 s", "was running": what the holder did meanwhile. */
static void say_meanwhile(FILE *out, const struct sn_found *f, const struct sn_part *blocked)
{
	const char *call = blocked->more ? sn_system_call_name(blocked->more - 1) : NULL;

	if (blocked->flags & SN_PART_RUNS) {
		fputs(" was running", out);
		return;
	}
	if (blocked->object && blocked->flags & SN_PART_SO_FAR) {
		fputs(" was waiting for ", out);
		sn_say_object(out, f->process, blocked);
	} else {
		fputs(" was blocked", out);
		if (call)
			fprintf(out, " in %s", call);
	}
	if (!blocked->number)
		return;
	fputs(blocked->flags & SN_PART_SO_FAR ? " for at least " : " for ", out);
	say_ms(out, blocked->number);
}

static void say_blocking(FILE *out, const struct sn_found *f)
{
	const struct sn_part *blocked = sn_found_part(f, SN_ROLE_BLOCKED);
	const struct sn_part *waits = sn_found_part(f, SN_ROLE_WAITS);
	const struct sn_part *holds = sn_found_part(f, SN_ROLE_HOLDS);

	sn_say_thread(out, f->process, holds->thread);
	if (blocked->thread) {
		say_meanwhile(out, f, blocked);
		fputs(" while it held ", out);
	} else {
		fputs(" held ", out);
	}
	sn_say_object(out, f->process, holds);
	if (!waits->thread)
		return;
	fputs(", for which ", out);
	sn_say_thread(out, f->process, waits->thread);
	if (!(blocked->flags & SN_PART_SO_FAR) && blocked->thread) {
		fputs(" waited", out);
		return;
	}
	fputs(blocked->thread ? " had waited for " : " waited for ", out);
	say_ms(out, waits->number);
}

static void say_herd(FILE *out, const struct sn_found *f)
{
	const struct sn_part *signal = sn_found_part(f, SN_ROLE_SIGNALLED);

	fprintf(out, "%u broadcasts to ", signal->number);
	sn_say_object(out, f->process, signal);
	fprintf(out, " woke threads %u times, and %u times the thread went back to sleep",
		sn_found_part(f, SN_ROLE_SUBJECT)->number, sn_found_part(f, SN_ROLE_WOKEN)->number);
}

static void say_unbounded(FILE *out, const struct sn_found *f)
{
	fprintf(out, "%u threads that were created at one place live, and none has ended",
		sn_found_part(f, SN_ROLE_CREATED)->number);
}

int sn_say_progress(FILE *out, const struct sn_found *f)
{
	switch (f->kind) {
	case SN_KIND_LIVELOCK:
		say_livelock(out, f);
		return 1;
	case SN_KIND_STARVATION:
		say_starvation(out, f);
		return 1;
	case SN_KIND_PRIORITY_INVERSION:
		say_priority(out, f);
		return 1;
	case SN_KIND_BLOCKING_UNDER_LOCK:
		say_blocking(out, f);
		return 1;
	case SN_KIND_THUNDERING_HERD:
		say_herd(out, f);
		return 1;
	case SN_KIND_UNBOUNDED_THREADS:
		say_unbounded(out, f);
		return 1;
	default:
		return 0;
	}
}
