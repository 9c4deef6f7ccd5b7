/* SPDX-License-Identifier: Apache-2.0
 *
 * The report as one page that needs nothing else: what happened, the threads of a finding beside each other with what
 * their sources say, stacks folded, why and how to fix it; search and filters (html.js), both themes (html.css). */
#include "report/formats.h"
#include "report/say.h"
#include "report/shown.h"
#include "report/text.h"
#include "base/names.h"

#include <stdlib.h>
#include <string.h>

#define OPEN_MOST 3    /* findings that are unfolded at first */
#define LINES_AROUND 3 /* of the source */
#define LINE_SHOWN 400
#define TAB 4
#define CALLERS_MOST 2

#define EMBED(name, file)                                                                          \
	__asm__(".pushsection .rodata\n" #name ":\n.incbin \"" file "\"\n.byte 0\n.popsection\n"); \
	extern const char name[] __attribute__((visibility("hidden")))
EMBED(sn_html_css, "report/html.css");
EMBED(sn_html_js, "report/html.js");

static void put(FILE *out, const char *text)
{
	sn_put(out, text, SN_OUTPUT_XML);
}

static void put_sum(FILE *out, const char *class, unsigned n, const char *what)
{
	fprintf(out, "<li class=\"%s\"><b>%u</b>%s</li>\n", class, n, what);
}

static void put_sums(FILE *out, const struct sn_report *r)
{
	fputs("<ul class=\"sums\" aria-label=\"Summary\">\n", out);
	put_sum(out, "confirmed", sn_report_count(r, SN_CONFIRMED), "confirmed: it happened");
	put_sum(out, "predicted", sn_report_count(r, SN_PREDICTED),
		"predicted: another schedule makes it happen");
	put_sum(out, "suspect", sn_report_count(r, SN_SUSPECT), "suspect: a person should look");
	if (r->suppressed)
		put_sum(out, "other", r->suppressed, "suppressed");
	if (sn_report_count(r, SN_REFUTED))
		put_sum(out, "other", sn_report_count(r, SN_REFUTED), "ruled out");
	fputs("</ul>\n", out);
}

static void put_filter(FILE *out, const char *name, const char *label)
{
	fprintf(out,
		"<label>%s<select name=\"%s\"><option value=\"\">all</option></select></label>\n",
		label, name);
}

static void put_head(FILE *out, const struct sn_report *r)
{
	fputs("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
	      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
	      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
	      "style-src 'unsafe-inline'; script-src 'unsafe-inline'\">\n"
	      "<title>snarl: ",
	      out);
	sn_say_counts(r, out);
	fprintf(out, "</title>\n<style>\n%s</style>\n</head>\n<body>\n", sn_html_css);
	fputs("<a class=\"skip\" href=\"#findings\">To the findings</a>\n"
	      "<header>\n<div class=\"top\"><h1>snarl: what goes wrong between threads</h1>\n"
	      "<button id=\"theme\" type=\"button\" data-live hidden>Light or dark</button></div>\n",
	      out);
	put_sums(out, r);
	fputs("</header>\n<main id=\"findings\">\n<form role=\"search\" data-live hidden>\n"
	      "<label>Search ( / )<input type=\"search\" name=\"search\" autocomplete=\"off\"></label>\n",
	      out);
	put_filter(out, "verdict", "Verdict");
	put_filter(out, "kind", "Kind");
	put_filter(out, "module", "Module");
	put_filter(out, "thread", "Thread");
	fputs("</form>\n<div class=\"count\" data-live hidden><span id=\"shown\" role=\"status\"></span>\n"
	      "<button type=\"button\" id=\"open\">Unfold all</button>\n"
	      "<button type=\"button\" id=\"close\">Fold all</button></div>\n",
	      out);
}

/* The line with blanks for its tabs. */
static void expand(char line[LINE_SHOWN + 1], const char *at, size_t n)
{
	size_t used = 0;

	for (size_t i = 0; i < n && at[i] != '\r' && used < LINE_SHOWN; i++) {
		line[used++] = at[i] == '\t' ? ' ' : at[i];
		while (at[i] == '\t' && used % TAB && used < LINE_SHOWN)
			line[used++] = ' ';
	}
	line[used] = '\0';
}

/* The lines around the place, as they are in the source now. */
static void put_source(FILE *out, const struct sn_place *place)
{
	char *text = sn_frame_source(place->frame), line[LINE_SHOWN + 1];
	int number = 1, first = place->line - LINES_AROUND;

	if (text)
		fputs("<pre tabindex=\"0\" aria-label=\"source\">", out);
	for (const char *at = text; at && *at && number <= place->line + LINES_AROUND; number++) {
		size_t n = strcspn(at, "\n");

		if (number >= first) {
			expand(line, at, n);
			fprintf(out, "<span%s><i>%d</i>",
				number == place->line ? " class=\"at\"" : "", number);
			put(out, line);
			fputs("</span>", out);
		}
		at += n + (at[n] != '\0');
	}
	if (text)
		fputs("</pre>\n", out);
	free(text);
}

static void put_place(FILE *out, const struct sn_place *place, const char *before)
{
	fprintf(out, "<p class=\"place\">%s<code>", before);
	if (place->frame->function) {
		put(out, place->frame->function);
		fputs("</code> at <code>", out);
	}
	put(out, place->file);
	fprintf(out, ":%d</code></p>\n", place->line);
}

static void put_stack(FILE *out, struct sn_report *r, const struct sn_found *f, uint32_t stack)
{
	const struct sn_frame *site = sn_trace_site(sn_process_trace(f->process, stack));
	char *text = sn_said_frames(r, f->process, stack);

	fputs("<details class=\"stack\"", out);
	if (site && site->module) {
		fputs(" data-module=\"", out);
		put(out, sn_basename(site->module));
		fputc('"', out);
	}
	fputs("><summary>Stack</summary><pre tabindex=\"0\" aria-label=\"stack\">", out);
	for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n")) {
		fputs("<span>", out);
		put(out, line);
		fputs("</span>", out);
	}
	fputs("</pre></details>\n", out);
	free(text);
}

static void put_part(FILE *out, struct sn_report *r, const struct sn_found *f, uint32_t i)
{
	char *text = sn_said_part(r, f, i);
	struct sn_place place;

	fputs("<div class=\"step\"><p>", out);
	if (sn_found_is_story(f))
		fprintf(out, "<span class=\"number\">%u</span> ", i + 1);
	put(out, text);
	fputs("</p>\n", out);
	free(text);
	if (sn_place_of_stack(r, f->process, f->parts[i].stack, &place)) {
		put_place(out, &place, "");
		put_source(out, &place);
	}
	for (unsigned j = 1; j <= CALLERS_MOST; j++)
		if (sn_place_of_caller(r, f->process, f->parts[i].stack, j, &place))
			put_place(out, &place, "called in ");
	put_stack(out, r, f, f->parts[i].stack);
	fputs("</div>\n", out);
}

static int is_first_of_thread(const struct sn_found *f, uint32_t i)
{
	for (uint32_t j = 0; j < i; j++)
		if (f->parts[j].thread == f->parts[i].thread)
			return 0;
	return f->parts[i].thread != 0;
}

static int does_anything(const struct sn_found *f, uint32_t thread)
{
	for (uint32_t i = 0; i < f->part_count; i++)
		if (f->parts[i].thread == thread && sn_part_is_shown(&f->parts[i]))
			return 1;
	return 0;
}

/* Where it was created; of a thread of which no more is told, in full. */
static void put_created(FILE *out, struct sn_report *r, const struct sn_found *f, uint32_t thread)
{
	const struct sn_thread_rec *t = sn_view_thread(f->process->view, thread);
	struct sn_place place;
	int all = !does_anything(f, thread);

	if (sn_place_of_stack(r, f->process, t->create_stack, &place)) {
		put_place(out, &place, "created in ");
		if (all)
			put_source(out, &place);
	}
	if (all && t->create_stack)
		put_stack(out, r, f, t->create_stack);
}

static void put_side(FILE *out, struct sn_report *r, const struct sn_found *f, uint32_t first)
{
	uint32_t thread = f->parts[first].thread;
	char *name = sn_said_thread(f->process, thread);

	fputs("<section class=\"side\" data-thread=\"", out);
	put(out, name);
	fputs("\"><h3>", out);
	put(out, name);
	fputs("</h3>\n", out);
	put_created(out, r, f, thread);
	for (uint32_t i = first; i < f->part_count; i++)
		if (f->parts[i].thread == thread && sn_part_is_shown(&f->parts[i]))
			put_part(out, r, f, i);
	fputs("</section>\n", out);
	free(name);
}

static void put_advice(FILE *out, const struct sn_found *f)
{
	char *why = sn_said_why(f);

	fputs("<dl class=\"advice\">", out);
	if (*why) {
		fputs("<div><dt>Why</dt><dd>", out);
		put(out, why);
		fputs("</dd></div>", out);
	}
	fputs("<div><dt>Fix</dt><dd>", out);
	put(out, sn_say_fix(f));
	fputs("</dd></div></dl>\n", out);
	free(why);
}

static void put_summary(FILE *out, const struct sn_report *r, const struct sn_found *f)
{
	char *message = sn_said_message(f);
	struct sn_place place;

	fprintf(out, "<summary><span class=\"badge\">%s</span> %s<br><h2>",
		sn_verdict_name(f->verdict), sn_kind_name(f->kind));
	put(out, message);
	fputs("</h2><br><span class=\"meta\">", out);
	if (sn_place_of_found(r, f, &place)) {
		put(out, place.file);
		fprintf(out, ":%d, ", place.line);
	}
	fprintf(out, "id %s", f->id);
	if (f->count > 1)
		fprintf(out, ", seen %u times", f->count);
	if (r->process_count > 1)
		fprintf(out, ", process %u", f->process->view->header->pid);
	fputs("</span></summary>\n", out);
	free(message);
}

static void put_found(FILE *out, struct sn_report *r, const struct sn_found *f, int open)
{
	fprintf(out,
		"<article id=\"f%s\" class=\"%s\" data-kind=\"%s\" data-verdict=\"%s\"><details%s>\n",
		f->id, sn_verdict_name(f->verdict), sn_kind_name(f->kind),
		sn_verdict_name(f->verdict), open ? " open" : "");
	put_summary(out, r, f);
	fputs("<div class=\"body\">\n", out);
	put_advice(out, f);
	fputs("<div class=\"sides\">\n", out);
	for (uint32_t i = 0; i < f->part_count; i++)
		if (is_first_of_thread(f, i))
			put_side(out, r, f, i);
	fputs("</div></div></details></article>\n", out);
}

static void put_processes(FILE *out, const struct sn_report *r)
{
	fputs("<footer><h2>Processes</h2>\n<div class=\"wide\" tabindex=\"0\"><table><thead><tr>"
	      "<th scope=\"col\">Process</th><th scope=\"col\">Program</th>"
	      "<th scope=\"col\">How it ended</th></tr></thead><tbody>\n",
	      out);
	for (size_t i = 0; i < r->process_count; i++) {
		const struct sn_process *p = r->processes[i];
		char *end = sn_said_end(p);

		fprintf(out, "<tr><td>%u</td><td>", p->view->header->pid);
		put(out, sn_view_text(p->view, p->view->header->exe));
		fputs("</td><td>", out);
		put(out, end);
		fputs("</td></tr>\n", out);
		free(end);
	}
	fputs("</tbody></table></div>\n", out);
	for (unsigned c = 0; c < SN_COUNTER_COUNT; c++)
		if (sn_report_counter(r, c))
			fprintf(out, "<p class=\"meta\">Note: %llu %s</p>\n",
				(unsigned long long)sn_report_counter(r, c), sn_counter_text(c));
	fputs("</footer>\n", out);
}

int sn_format_html(struct sn_report *r, FILE *out)
{
	unsigned n = 0;

	put_head(out, r);
	for (size_t i = 0; i < r->found_count; i++)
		if (sn_found_counts(r->found[i]))
			put_found(out, r, r->found[i], n++ < OPEN_MOST);
	if (!n)
		fputs("<p>Nothing was found.</p>\n", out);
	fputs("</main>\n", out);
	put_processes(out, r);
	fprintf(out, "<script>\n%s</script>\n</body>\n</html>\n", sn_html_js);
	return sn_format_end(out);
}
