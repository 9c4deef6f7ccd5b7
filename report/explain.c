/* SPDX-License-Identifier: Apache-2.0
 *
 * Everything that is known about one finding. */
#include "report/text.h"
#include "base/names.h"
#include "report/say.h"
#include "report/shown.h"

#include <errno.h>
#include <string.h>

static const struct sn_found *find(const struct sn_report *r, const char *id)
{
	for (size_t i = 0; *id && i < r->found_count; i++) {
		const struct sn_found *f = r->found[i];

		if (!strncmp(f->id, id, strlen(id)))
			return f;
		for (size_t j = 0; j < f->site_count; j++)
			if (!strncmp(f->sites[j]->id, id, strlen(id)))
				return f;
	}
	return NULL;
}

static void show_process(const struct sn_text *t, const struct sn_found *f)
{
	const struct sn_process *p = f->process;
	const struct sn_header *h = p->view->header;

	fputs("  ", t->out);
	sn_text_process(t, p);
	fprintf(t->out, ", %s, ", sn_shown(sn_view_text(p->view, h->exe)));
	sn_say_end(t->out, p);
	if (f->when_ns > h->started_mono_ns) {
		fputs("; it was seen ", t->out);
		sn_say_duration(t->out, f->when_ns - h->started_mono_ns);
		fputs(" after the start", t->out);
	}
	fputc('\n', t->out);
}

int sn_report_explain(struct sn_report *r, const char *id, FILE *out, int color)
{
	struct sn_text t = {.report = r, .out = out, .color = color, .everything = 1};
	const struct sn_found *f;

	sn_model_sort(r);
	f = find(r, id);
	if (!f)
		return -ENOENT;
	sn_text_finding(&t, f);
	fprintf(out, "What %s means:\n  %s\n", sn_kind_name(f->kind), sn_say_what(f));
	fputs("Where it was seen:\n", out);
	show_process(&t, f);
	return 0;
}
