/* SPDX-License-Identifier: Apache-2.0
 *
 * Lines as compilers print them, which editors jump to: an error, a warning or a note for each finding, and notes for
 * its further places, and for why and how to fix it. */
#include "report/formats.h"
#include "report/say.h"
#include "report/shown.h"
#include "base/names.h"

#include <stdlib.h>

#define CALLERS_MOST 3

static const char *const levels[] = {"note", "warning", "error"};

/* Where nothing is known of the source, as a linker says it. */
static void put_place(FILE *out, const struct sn_place *place)
{
	if (!place) {
		fputs("snarl: ", out);
		return;
	}
	fprintf(out, "%s:%d:", sn_shown(place->file), place->line);
	fprintf(out, place->column ? "%d: " : " ", place->column);
}

static void put_note(FILE *out, const struct sn_place *place, const char *before, const char *text)
{
	put_place(out, place);
	fprintf(out, "note: %s%s\n", before, text);
}

/* Who called it: the line itself may be in a wrapper that all share. */
static void put_callers(struct sn_report *r, struct sn_process *p, uint32_t stack, FILE *out)
{
	struct sn_place place;

	for (unsigned i = 1; i <= CALLERS_MOST; i++)
		if (sn_place_of_caller(r, p, stack, i, &place)) {
			char *text = sn_said_caller(&place);

			put_note(out, &place, "  ", text);
			free(text);
		}
}

static void put_parts(struct sn_report *r, const struct sn_found *f, FILE *out)
{
	for (uint32_t i = 0; i < f->part_count; i++) {
		struct sn_place place;
		char *text;

		if (!sn_part_is_shown(&f->parts[i]))
			continue;
		text = sn_said_part(r, f, i);
		put_note(out,
			 sn_place_of_stack(r, f->process, f->parts[i].stack, &place) ? &place
										     : NULL,
			 "", text);
		free(text);
		put_callers(r, f->process, f->parts[i].stack, out);
	}
}

static void put_found(struct sn_report *r, const struct sn_found *f, FILE *out)
{
	struct sn_place place;
	const struct sn_place *at = sn_place_of_found(r, f, &place) ? &place : NULL;
	char *message = sn_said_message(f), *why = sn_said_why(f);

	put_place(out, at);
	fprintf(out, "%s: %s [%s, %s, %s]\n", levels[sn_found_level(r, f)], message,
		sn_kind_name(f->kind), sn_verdict_name(f->verdict), f->id);
	put_parts(r, f, out);
	if (*why)
		put_note(out, at, "why: ", why);
	put_note(out, at, "fix: ", sn_say_fix(f));
	free(message);
	free(why);
}

int sn_format_gcc(struct sn_report *r, FILE *out)
{
	for (size_t i = 0; i < r->found_count; i++)
		if (sn_found_counts(r->found[i]))
			put_found(r, r->found[i], out);
	return sn_format_end(out);
}
