/* SPDX-License-Identifier: Apache-2.0
 *
 * What the text of a data race has besides its two accesses: what each side held, what the memory
 * is. */
#include "report/race.h"
#include "report/text.h"
#include "report/say.h"
#include "report/shown.h"

int sn_text_race_part(const struct sn_text *t, const struct sn_found *f, const struct sn_part *part)
{
	if (f->kind != SN_KIND_DATA_RACE || part->role == SN_ROLE_ACCESSED)
		return 0;
	if (part->role == SN_ROLE_HOLDS) {
		fputs("    holding ", t->out);
		sn_say_object(t->out, f->process, part);
		fputs(sn_say_mode(f->process, part), t->out);
		fputs(part->stack ? ", acquired" : "", t->out);
	} else {
		fputs("  ", t->out);
		sn_say_memory(t->out, f);
	}
	sn_text_place(t, f->process, part->stack, part->role == SN_ROLE_HOLDS ? 6 : 4);
	return 1;
}

void sn_text_race_variable(const struct sn_text *t, const struct sn_found *f)
{
	const struct sn_variable *variable;
	struct sn_race r;

	if (!sn_race_of(f, &r) || !(variable = r.memory.variable))
		return;
	fprintf(t->out, "  '%s'", sn_shown(variable->name));
	if (!r.memory.part)
		fprintf(t->out, " is static in %s", sn_shown(sn_basename(variable->module)));
	else if (!variable->file)
		fputs(" is of this program", t->out);
	if (variable->file)
		fprintf(t->out, "%s declared at %s:%d", r.memory.part ? " is" : ",",
			sn_shown(sn_say_file(variable->file, t->report->options.strip_path_prefix)),
			variable->line);
	fputc('\n', t->out);
}
