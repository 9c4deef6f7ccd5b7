/* SPDX-License-Identifier: Apache-2.0
 *
 * The formats of a report, made from formats.def, and what their writers share: how grave a finding is, where in the
 * source it is, and its sentences.  A new format is a row there and a file with its function. */
#ifndef SN_REPORT_FORMATS_H
#define SN_REPORT_FORMATS_H

#include "base/foreign.h"
#include "report/model.h"
#include "report/report.h"

#define SN_FORMAT(e, name, file, function, help) int function(struct sn_report *r, FILE *out);
#include "report/formats.def"
#undef SN_FORMAT

/* Whether a format that tells what there is to mend tells of it. */
int sn_found_counts(const struct sn_found *f);

/* ERROR: it fails the run. */
enum sn_level { SN_LEVEL_NOTE, SN_LEVEL_WARNING, SN_LEVEL_ERROR };
enum sn_level sn_found_level(const struct sn_report *r, const struct sn_found *f);

/* A line of the source. */
struct sn_place {
	char file
		[4096]; /* relative to the root of the source where it lies below it, else absolute */
	int is_below;
	int line, column; /* 0: unknown */
	const struct sn_frame *frame;
};

/* Where the sources are: --source-root, else what is stripped from paths, else here. Absolute, without a slash at
 * its end, and the same until the next call. */
const char *sn_source_root(const struct sn_report *r);

/* The frame's line; 0 where it is not known. */
int sn_place_of_frame(const struct sn_report *r, const struct sn_frame *f, struct sn_place *place);
/* The line of the program's own that the stack is at; 0 where it is not known. */
int sn_place_of_stack(const struct sn_report *r, struct sn_process *p, uint32_t stack,
		      struct sn_place *place);
/* The line of the i-th caller that has one, from 1 on, of what sn_place_of_stack gives; 0 where there is none. */
int sn_place_of_caller(const struct sn_report *r, struct sn_process *p, uint32_t stack, unsigned i,
		       struct sn_place *place);
/* The one line at which the finding is shown, where only one can be; 0 where none is known. */
int sn_place_of_found(const struct sn_report *r, const struct sn_found *f, struct sn_place *place);

/* Sentences, safe as text (SN_OUTPUT_TEXT), to be freed; never NULL. */
char *sn_said_message(const struct sn_found *f);
char *sn_said_part(struct sn_report *r, const struct sn_found *f, uint32_t i);
char *sn_said_stack(struct sn_report *r, struct sn_process *p, uint32_t stack);
/* The same without the line of the source. */
char *sn_said_frames(struct sn_report *r, struct sn_process *p, uint32_t stack);
char *sn_said_end(const struct sn_process *p);
char *sn_said_caller(const struct sn_place *place);
char *sn_said_thread(struct sn_process *p, uint32_t thread);
char *sn_said_lock(struct sn_process *p, uint32_t lock);
/* Why it has its verdict, with what comes before it in the text. */
char *sn_said_why(const struct sn_found *f);

/* Whether the part has a stack, and so a sentence to go with it. */
int sn_part_is_shown(const struct sn_part *part);

/* "2 confirmed, 1 predicted, 0 suspect findings" */
void sn_say_counts(const struct sn_report *r, FILE *out);

/* Writes the text as that output needs it. */
void sn_put(FILE *out, const char *text, enum sn_output output);
/* The same of several lines. */
void sn_put_lines(FILE *out, const char *text, enum sn_output output);

/* Ends a format's writing: 0, or -EIO where not everything could be written. */
int sn_format_end(FILE *out);

#endif
