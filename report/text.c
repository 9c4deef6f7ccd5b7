/* SPDX-License-Identifier: Apache-2.0
 *
 * The text report: findings, worst first; what was ruled out, on demand; how processes ended that
 * did not end by themselves; what could not be recorded or symbolised; one line that sums up. */
#include "report/text.h"
#include "base/names.h"
#include "report/say.h"
#include "report/shown.h"

static void show_findings(const struct sn_text *t)
{
	const struct sn_report *r = t->report;

	for (size_t i = 0; i < r->found_count; i++)
		if (r->found[i]->verdict != SN_REFUTED && !sn_found_is_alive(r->found[i]))
			sn_text_finding(t, r->found[i]);
	sn_text_leaks(t);
}

static void show_refuted(const struct sn_text *t)
{
	const struct sn_report *r = t->report;

	for (size_t i = 0; i < r->found_count; i++)
		if (r->found[i]->verdict == SN_REFUTED)
			sn_text_finding(t, r->found[i]);
}

/* A process that ended by itself, or by becoming another, needs no line. */
static void show_ending(const struct sn_text *t, struct sn_process *p)
{
	const struct sn_header *h = p->view->header;

	if (p->how == SN_HOW_EXIT || p->how == SN_HOW_EXEC)
		return;
	fputs("==snarl== ", t->out);
	sn_text_process(t, p);
	fputc(' ', t->out);
	sn_say_end(t->out, p);
	if (p->end_known && p->end_ns > h->started_mono_ns) {
		fputs(p->how == SN_HOW_RUNNING ? ", for " : " after ", t->out);
		sn_say_duration(t->out, p->end_ns - h->started_mono_ns);
	}
	fputc('\n', t->out);
	sn_text_unseen(t, p);
	if (p->how != SN_HOW_RUNNING || p->seen.thread_count)
		sn_text_threads(t, p, 1);
	fputc('\n', t->out);
}

static void note_unrecorded(const struct sn_text *t)
{
	for (unsigned c = 0; c < SN_COUNTER_COUNT; c++) {
		uint64_t n = sn_report_counter(t->report, c);

		if (n)
			fprintf(t->out, "note: %llu %s\n", (unsigned long long)n,
				sn_counter_text(c));
	}
}

void sn_report_notes(struct sn_report *r, FILE *out)
{
	struct sn_text t = {.report = r, .out = out};

	note_unrecorded(&t);
}

static void note_suppressions(const struct sn_text *t)
{
	const char *line;

	for (size_t i = 0; (line = sn_suppression_unused(t->report, &i));)
		fprintf(t->out, "note: the suppression '%s' fits nothing here\n", sn_shown(line));
}

static void note_binaries(const struct sn_text *t)
{
	const struct sn_binary *b = t->report->symboliser.binaries.first;

	for (; b; b = b->next) {
		if (b->is_vdso || b->state == SN_BINARY_GOOD)
			continue;
		fprintf(t->out, "note: %s %s: its functions are shown as file+offset\n",
			sn_shown(b->path),
			b->state == SN_BINARY_GONE ? "cannot be read any more"
						   : "is not the build that ran (rebuilt since?)");
	}
}

static void sum_up_refuted(const struct sn_text *t, unsigned refuted)
{
	const char *separator = ": ";

	fprintf(t->out, "%u refuted", refuted);
	for (unsigned w = 0; w < SN_WHY_COUNT; w++) {
		unsigned n = sn_model_refuted(t->report, w);

		if (!n)
			continue;
		fprintf(t->out, "%s%s %u", separator, sn_why_name(w), n);
		separator = ", ";
	}
}

static void sum_up(const struct sn_text *t)
{
	const struct sn_report *r = t->report;
	unsigned refuted = sn_report_count(r, SN_REFUTED);

	fprintf(t->out, "snarl: %u confirmed, %u predicted, %u suspect findings in %zu process%s",
		sn_report_count(r, SN_CONFIRMED), sn_report_count(r, SN_PREDICTED),
		sn_report_count(r, SN_SUSPECT), r->process_count,
		r->process_count == 1 ? "" : "es");
	if (r->suppressed || refuted)
		fputs(" (", t->out);
	if (r->suppressed)
		fprintf(t->out, "%u suppressed%s", r->suppressed, refuted ? ", " : "");
	if (refuted)
		sum_up_refuted(t, refuted);
	fputs(r->suppressed || refuted ? ")\n" : "\n", t->out);
}

void sn_report_text(struct sn_report *r, FILE *out, int color, int summary)
{
	struct sn_text t = {.report = r, .out = out, .color = color};
	int silent = sn_report_count(r, SN_REFUTED) == r->found_count;

	sn_model_sort(r);
	show_findings(&t);
	if (r->options.show_refuted)
		show_refuted(&t);
	for (size_t i = 0; summary && i < r->process_count; i++)
		show_ending(&t, r->processes[i]);
	if (summary || !silent) {
		note_unrecorded(&t);
		note_binaries(&t);
	}
	if (summary)
		note_suppressions(&t);
	if (summary)
		sum_up(&t);
}
