/* SPDX-License-Identifier: Apache-2.0
 *
 * Data races in words: who accessed what, and how. */
#include "report/say.h"
#include "report/shown.h"

const char *sn_say_op(const struct sn_access_rec *a)
{
	if (a->what & SN_ACCESS_FREE)
		return "free";
	if (a->what & SN_ACCESS_ATOMIC)
		return a->what & SN_ACCESS_WRITE ? "atomic-write" : "atomic-read";
	return a->what & SN_ACCESS_WRITE ? "write" : "read";
}

static const char *verb_of(const struct sn_access_rec *a, int before)
{
	if (a->what & SN_ACCESS_FREE)
		return before ? "freed" : "frees";
	if (a->what & SN_ACCESS_WRITE)
		return before ? "written" : "writes";
	return before ? "read" : "reads";
}

const struct sn_variable *sn_say_accessed(struct sn_process *p, const struct sn_part *part)
{
	const struct sn_access_rec *a = sn_view_access(p->view, part->number);
	uint32_t epoch = sn_view_stack(p->view, part->stack)->epoch;

	return a->address ? sn_symbolise_variable(p->symboliser, p->view, epoch, a->address) : NULL;
}

void sn_say_access(FILE *out, struct sn_process *p, const struct sn_part *part, int before)
{
	const struct sn_access_rec *a = sn_view_access(p->view, part->number);
	const struct sn_variable *variable = sn_say_accessed(p, part);

	fprintf(out, "%s%s %u byte%s ", a->what & SN_ACCESS_ATOMIC ? "atomically " : "",
		verb_of(a, before), a->size, a->size == 1 ? "" : "s");
	if (variable)
		fprintf(out, "of '%s' (0x%llx)", sn_shown(variable->name),
			(unsigned long long)a->address);
	else
		fprintf(out, "at 0x%llx", (unsigned long long)a->address);
}

int sn_say_race(FILE *out, const struct sn_found *f)
{
	if (f->kind != SN_KIND_DATA_RACE || f->part_count < 2)
		return 0;
	sn_say_thread(out, f->process, f->parts[0].thread);
	fputc(' ', out);
	sn_say_access(out, f->process, &f->parts[0], 0);
	fputs(", which ", out);
	sn_say_thread(out, f->process, f->parts[1].thread);
	fputs(" has ", out);
	fputs(verb_of(sn_view_access(f->process->view, f->parts[1].number), 1), out);
	fputs(", and nothing orders the two", out);
	return 1;
}
