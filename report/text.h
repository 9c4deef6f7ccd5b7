/* SPDX-License-Identifier: Apache-2.0
 *
 * The parts that the text report, the thread listing and explain are put together from. */
#ifndef SN_REPORT_TEXT_H
#define SN_REPORT_TEXT_H

#include "report/model.h"

struct sn_text {
	struct sn_report *report;
	FILE *out;
	int color;
	int everything; /* explain: leave nothing out for brevity */
	int no_source;  /* stacks without the line of their source */
};

#define SN_COLOR_STRONG "1"
#define SN_COLOR_FAINT "2"
#define SN_COLOR_RED "1;31"
#define SN_COLOR_YELLOW "1;33"
#define SN_COLOR_CYAN "1;36"

/* Switches a colour on; NULL: off. Writes nothing where colours are not wanted. */
void sn_text_color(const struct sn_text *t, const char *color);

/* text_stack.c */

/* The frames of a stack, a line each, and the source line of the first that is not the system's. */
void sn_text_stack(const struct sn_text *t, struct sn_process *p, uint32_t stack, int indent);

/* The source that the frame is in, as it is now, to be freed; NULL where it cannot be read. */
char *sn_frame_source(const struct sn_frame *f);

/* " in main at pool.c:40" where the stack has one frame; else " here:" and the stack on lines of
 * its own. Ends the line. Writes only the end of the line where there is no stack. */
void sn_text_place(const struct sn_text *t, struct sn_process *p, uint32_t stack, int indent);

/* "new_pool at pool.c:40" or "libfoo.so+0x1234": where the stack was, in a few words. */
void sn_text_site(const struct sn_text *t, struct sn_process *p, uint32_t stack);

/* " (called by g)": who called the function of that place; nothing where it is not known. */
void sn_text_caller(const struct sn_text *t, struct sn_process *p, uint32_t stack);

/* text_finding.c */
void sn_text_finding(const struct sn_text *t, const struct sn_found *f);
void sn_text_process(const struct sn_text *t, const struct sn_process *p);

/* text_part.c: part i as a sentence without its end; what its thread holds is looked for in the
 * parts [first, end). */
void sn_text_part(const struct sn_text *t, const struct sn_found *f, uint32_t i, uint32_t first,
		  uint32_t end);

/* text_race.c: what a part of a data race says beside its accesses; 0 where it is one of these. What
 * the memory is called: a line, where it is known. */
int sn_text_race_part(const struct sn_text *t, const struct sn_found *f,
		      const struct sn_part *part);
void sn_text_race_variable(const struct sn_text *t, const struct sn_found *f);

/* text_leaks.c: the compact section of threads that were alive when their process ended. */
void sn_text_leaks(const struct sn_text *t);

/* seen.c: what a thread that waits for nothing known was doing, as seen from outside, with its
 * stack; ends the line. */
void sn_text_seen(const struct sn_text *t, struct sn_process *p, uint32_t thread);
/* Says where something kept us from looking. */
void sn_text_unseen(const struct sn_text *t, const struct sn_process *p);

/* threads.c: the live threads of a process; busy_only: those that hold or wait. */
void sn_text_threads(const struct sn_text *t, struct sn_process *p, int busy_only);

#endif
