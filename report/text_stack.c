/* SPDX-License-Identifier: Apache-2.0
 *
 * A stack as text: functions in a column, places beside them, and the one source line that the eye
 * looks for. */
#include "report/text.h"
#include "report/demangle.h"
#include "report/file.h"
#include "report/say.h"
#include "report/shown.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define FUNCTION_WIDTH 60 /* longer names lose their template arguments, then their parameters */
#define COLUMN_WIDTH 36   /* longer names push their place to the right */
/* What is larger was not written by hand. */
#define SOURCE_MOST (16u << 20)
#define SOURCE_LINE_MAX 120

void sn_text_color(const struct sn_text *t, const char *color)
{
	if (t->color)
		fprintf(t->out, "\033[%sm", color ? color : "0");
}

static void say_place(const struct sn_text *t, const struct sn_frame *f)
{
	fputs(sn_shown(sn_say_file(f->file, t->report->options.strip_path_prefix)), t->out);
	if (f->line > 0)
		fprintf(t->out, ":%d", f->line);
	if (f->line > 0 && f->column > 0)
		fprintf(t->out, ":%d", f->column);
}

static void say_module(const struct sn_text *t, const struct sn_frame *f)
{
	if (f->module)
		fprintf(t->out, "%s+0x%llx", sn_shown(sn_basename(f->module)),
			(unsigned long long)f->offset);
	else
		fputs("no known module", t->out);
}

/* The name at no more than some width, as it may be printed; malloc'd. */
static char *shown_fit(const char *function)
{
	char *fit = sn_demangle_fit(function, FUNCTION_WIDTH);
	char *shown = fit ? strdup(sn_shown(fit)) : NULL;

	free(fit);
	return shown;
}

static char *function_text(const struct sn_text *t, const struct sn_frame *f)
{
	if (!f->function)
		return NULL;
	return t->everything ? strdup(sn_shown(f->function)) : shown_fit(f->function);
}

static int is_shown(const struct sn_text *t, const struct sn_trace *trace, size_t i)
{
	return t->everything || !sn_trace_is_dull(trace, i);
}

static int column_width(const struct sn_text *t, const struct sn_trace *trace)
{
	int width = 0;

	for (size_t i = 0; i < trace->count; i++) {
		char *name = function_text(t, trace->at[i].frame);
		int n = name && is_shown(t, trace, i) ? (int)strlen(name) : 0;

		if (n > width && n <= COLUMN_WIDTH)
			width = n;
		free(name);
	}
	return width;
}

/* A build-id is long: it stands with the first frame of its module. */
static int is_first_of_module(const struct sn_trace *trace, size_t i)
{
	for (size_t j = 0; j < i; j++)
		if (trace->at[j].frame->module == trace->at[i].frame->module)
			return 0;
	return 1;
}

static void say_frame(const struct sn_text *t, const struct sn_trace *trace, size_t i, int width)
{
	const struct sn_traced *at = &trace->at[i];
	const struct sn_frame *f = at->frame;
	char *name = function_text(t, f);

	if (name)
		fprintf(t->out, "%-*s  ", width, name);
	else
		fprintf(t->out, "0x%llx ", (unsigned long long)at->address);
	if (f->file)
		say_place(t, f);
	if (!f->file || (t->everything && f->module)) {
		fputs(f->file ? " in " : "in ", t->out);
		say_module(t, f);
	}
	if (!name && !f->file && f->build_id && is_first_of_module(trace, i))
		fprintf(t->out, " (BuildId %s)", f->build_id);
	if (f->inlined)
		fputs(" (inlined)", t->out);
	free(name);
}

static char *source_text(const struct sn_frame *f, struct stat *status)
{
	char path[4096];

	if (*f->file == '/' || !f->directory)
		return sn_file_text(f->file, SOURCE_MOST, status);
	snprintf(path, sizeof(path), "%s/%s", f->directory, f->file);
	return sn_file_text(path, SOURCE_MOST, status);
}

char *sn_frame_source(const struct sn_frame *f)
{
	struct stat status;

	return f->file ? source_text(f, &status) : NULL;
}

static const char *find_line(const char *text, int line)
{
	while (text && --line > 0) {
		text = strchr(text, '\n');
		text = text ? text + 1 : NULL;
	}
	return text;
}

/* Leaves out white space at both ends; a tab within is a blank. */
static void print_line(const struct sn_text *t, const char *line)
{
	char text[SOURCE_LINE_MAX + 1];
	size_t n;

	line += strspn(line, " \t");
	n = strcspn(line, "\r\n");
	while (n && (line[n - 1] == ' ' || line[n - 1] == '\t'))
		n--;
	snprintf(text, sizeof(text), "%.*s", (int)n, line);
	for (char *tab = text; (tab = strchr(tab, '\t'));)
		*tab = ' ';
	fputs(sn_shown(text), t->out);
	if (n > SOURCE_LINE_MAX)
		fputs("...", t->out);
}

static void say_source(const struct sn_text *t, const struct sn_process *p,
		       const struct sn_frame *f, int indent)
{
	struct stat status;
	char *text = f->file && f->line > 0 ? source_text(f, &status) : NULL;
	const char *line = find_line(text, f->line);

	if (line && !strchr("\r\n", line[strspn(line, " \t")])) {
		sn_text_color(t, SN_COLOR_FAINT);
		fprintf(t->out, "%*s%5d | ", indent + 3, "", f->line);
		print_line(t, line);
		if ((uint64_t)status.st_mtime > p->view->header->started_ns / 1000000000)
			fputs("   (the file has changed since this run)", t->out);
		sn_text_color(t, NULL);
		fputc('\n', t->out);
	}
	free(text);
}

void sn_text_stack(const struct sn_text *t, struct sn_process *p, uint32_t stack, int indent)
{
	const struct sn_trace *trace = sn_process_trace(p, stack);
	const struct sn_frame *site = sn_trace_site(trace);
	int width = column_width(t, trace);
	size_t number = 0;

	for (size_t i = 0; i < trace->count; i++) {
		if (!is_shown(t, trace, i))
			continue;
		fprintf(t->out, "%*s#%-2zu ", indent, "", number++);
		if (trace->at[i].frame->is_signal && !t->everything)
			fputs(trace->at[i].frame->function, t->out);
		else
			say_frame(t, trace, i, width);
		fputc('\n', t->out);
		if (trace->at[i].frame == site && !t->no_source) {
			say_source(t, p, site, indent);
			site = NULL; /* recursion comes by again */
		}
	}
}

static void say_site(const struct sn_text *t, const struct sn_frame *f)
{
	char *name = f->function ? shown_fit(f->function) : NULL;

	if (name)
		fprintf(t->out, f->file ? "%s at " : "%s in ", name);
	if (f->file)
		say_place(t, f);
	else
		say_module(t, f);
	free(name);
}

void sn_text_site(const struct sn_text *t, struct sn_process *p, uint32_t stack)
{
	const struct sn_frame *f = sn_trace_site(sn_process_trace(p, stack));

	if (f)
		say_site(t, f);
	else
		fputs("an unknown place", t->out);
}

void sn_text_caller(const struct sn_text *t, struct sn_process *p, uint32_t stack)
{
	const struct sn_trace *trace = sn_process_trace(p, stack);
	const struct sn_frame *site = sn_trace_site(trace);
	size_t i = 0;

	while (i < trace->count && trace->at[i].frame != site)
		i++;
	if (i + 1 < trace->count && trace->at[i + 1].frame->function) {
		char *name = shown_fit(trace->at[i + 1].frame->function);

		if (name)
			fprintf(t->out, " (called by %s)", name);
		free(name);
	}
}

void sn_text_place(const struct sn_text *t, struct sn_process *p, uint32_t stack, int indent)
{
	const struct sn_trace *trace = sn_process_trace(p, stack);
	size_t shown = 0;

	for (size_t i = 0; i < trace->count; i++)
		shown += is_shown(t, trace, i);
	if (shown == 1) {
		fputs(" in ", t->out);
		say_site(t, sn_trace_site(trace));
	} else if (shown) {
		fputs(" here:", t->out);
	}
	fputc('\n', t->out);
	if (shown > 1)
		sn_text_stack(t, p, stack, indent);
}
