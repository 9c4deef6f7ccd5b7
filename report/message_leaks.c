/* SPDX-License-Identifier: Apache-2.0
 *
 * Threads that were blocked when their process ended, in one line. */
#include "report/say.h"
#include "report/shown.h"

/* Who holds the lock and is not one of those that are blocked; NULL where nobody is told. */
static const struct sn_part *free_holder(const struct sn_found *f)
{
	for (uint32_t i = 0; i < f->part_count; i++) {
		uint32_t j = 0;

		if (f->parts[i].role != SN_ROLE_HOLDS)
			continue;
		while (j < f->part_count && (f->parts[j].role != SN_ROLE_WAITS ||
					     f->parts[j].thread != f->parts[i].thread))
			j++;
		if (j == f->part_count)
			return &f->parts[i];
	}
	return NULL;
}

static void say_holder(FILE *out, const struct sn_found *f, int several)
{
	const struct sn_part *holds = free_holder(f);

	if (!holds)
		return;
	fputs(several ? "; " : ", which ", out);
	sn_say_thread(out, f->process, holds->thread);
	fputs(several ? " held " : " held", out);
	if (several)
		sn_say_object(out, f->process, holds);
}

static const char *ended(const struct sn_found *f)
{
	return f->why == SN_WHY_SCOPE_ENDED ? "its scope" : "the process";
}

static void say_one(FILE *out, const struct sn_found *f)
{
	const struct sn_part *waits = sn_found_part(f, SN_ROLE_WAITS);

	fputs("thread ", out);
	sn_say_thread(out, f->process, f->parts[0].thread);
	fprintf(out, " was still blocked when %s ended", ended(f));
	if (f->why == SN_WHY_NOBODY_REACHES || f->why == SN_WHY_SCOPE_ENDED || free_holder(f)) {
		fputs(" on ", out);
		sn_say_object(out, f->process, waits);
	}
}

static void say_several(FILE *out, const struct sn_found *f, uint32_t n)
{
	fprintf(out, "%u threads were still blocked when the process ended", n);
	sn_say_their_waits(out, f);
}

static void say_alive(FILE *out, const struct sn_found *f)
{
	const struct sn_frame *site = sn_found_created(f);
	size_t blocked = 0;

	for (size_t i = 0; i < f->instance_count; i++)
		blocked += f->instances[i].waits.thread != 0;
	fprintf(out, "%zu threads created in %s were still alive when their process ended",
		f->instance_count, site && site->function ? sn_shown(site->function) : "one place");
	if (blocked && blocked < f->instance_count)
		fprintf(out, ": %zu blocked, %zu working", blocked, f->instance_count - blocked);
	else
		fputs(blocked ? ", all of them blocked" : ", all of them working", out);
}

void sn_say_left_behind(FILE *out, const struct sn_found *f)
{
	if (f->alive && f->instance_count > 1) {
		say_alive(out, f);
		return;
	}
	if (f->kind == SN_KIND_EARLY_EXIT) {
		fputs("thread ", out);
		sn_say_thread(out, f->process, f->parts[0].thread);
		fprintf(out, " was still working when %s ended", ended(f));
		return;
	}
	uint32_t n = sn_found_sleepers(f);

	if (n > 1)
		say_several(out, f, n);
	else
		say_one(out, f);
	say_holder(out, f, n > 1);
	if (f->why == SN_WHY_NOBODY_REACHES)
		fputs(", which nobody else could reach any more", out);
	if (f->why == SN_WHY_ONLY_GREW)
		fputs(", as was every other one that was ever created there", out);
}
