/* SPDX-License-Identifier: Apache-2.0
 *
 * From recordings to a report: reads them, runs the detectors, symbolises (libdwfl), names, removes
 * duplicates and suppressed findings, and writes it in many formats (formats.def).  Runs in the command's own process:
 * malloc and libraries are free to use.  Not thread-safe. */
#ifndef SN_REPORT_REPORT_H
#define SN_REPORT_REPORT_H

#include <stdio.h>
#include "base/options.h"
#include "base/recording.h"

struct sn_report;

/* How a process is to be looked at from outside when its recording is added. */
enum sn_look {
	SN_LOOK_KEPT,   /* not: what was kept beside the recording will do */
	SN_LOOK_GENTLY, /* it goes on afterwards */
	SN_LOOK_LAST,   /* it is killed next; the picture is kept beside the recording */
};

/* What somebody who watched the process from outside knows about its end. */
struct sn_outside {
	int known;     /* 0: go by the recording, and by whether the process still lives */
	int signal;    /* it was killed by this signal; 0: not */
	int status;    /* its exit status, if not killed by a signal */
	int timed_out; /* we killed it after --timeout */
	int stuck;     /* we killed it because it, or the run, was deadlocked */
	enum sn_look look;
	int folder; /* that the recording lies in, a descriptor, and one; 0: go by its path */
};

/* A new, empty report. The options are copied. */
struct sn_report *sn_report_new(const struct sn_options *options);
void sn_report_free(struct sn_report *r);

/* Reads the suppressions file; returns 0, or a negative errno with one clear line in `error`. */
int sn_report_suppressions(struct sn_report *r, const char *path, char *error, size_t error_size);

/* Leaves out what the JSON report at `path` tells already; as sn_report_suppressions. */
int sn_report_baseline(struct sn_report *r, const char *path, char *error, size_t error_size);

/* Leaves out what is known of well-known programs and meant so (known.def). Returns 0 or a negative
 * errno. */
int sn_report_known(struct sn_report *r);
/* Lists it, as lines of a suppressions file with reasons. */
void sn_known_list(FILE *out);

/* Tells only what the process has recorded in that scope so far (0: in none), and in those in it that
 * have not ended. To be called before anything is added. */
void sn_report_only_scope(struct sn_report *r, uint32_t scope);

/* Adds the process that the recording at `path` tells about. Returns 0 or a negative errno and one
 * clear line in `error`. */
int sn_report_add(struct sn_report *r, const char *path, const struct sn_outside *outside,
		  char *error, size_t error_size);
/* The same of a recording that is open already, and stays so. */
int sn_report_add_fd(struct sn_report *r, int fd, const char *path,
		     const struct sn_outside *outside, char *error, size_t error_size);

/* The number of findings (after duplicates and suppressions) with that verdict. */
unsigned sn_report_count(const struct sn_report *r, enum sn_verdict verdict);

/* The number of findings that break the silence at the end of a run: all but the threads of a whole
 * program that were alive at its end, which is often by design; those are for who asks. */
unsigned sn_report_notable(const struct sn_report *r);
/* Of these, those that have not been told already while the process ran by itself. */
unsigned sn_report_untold(const struct sn_report *r);

/* Whether a recording could not grow: there may have been more to tell. */
int sn_report_is_cut_short(const struct sn_report *r);
/* Writes only what could not be recorded. */
void sn_report_notes(struct sn_report *r, FILE *out);

/* How often that was counted in the processes of the report. */
uint64_t sn_report_counter(const struct sn_report *r, enum sn_counter counter);
/* Adds what was counted in recordings that are not there any more. */
void sn_report_carry(struct sn_report *r, const uint64_t counters[SN_COUNTER_COUNT]);

/* marks.c */
typedef void sn_mark_taker(void *context, uint64_t mark);
/* Gives a number for everything that the report tells, the same in every report. */
void sn_report_marks(const struct sn_report *r, sn_mark_taker *take, void *context);
/* Whether a process had a lock that other processes share, when it ended. */
int sn_report_holds_shared(const struct sn_report *r);
/* Takes all processes and findings out again; what is known of files stays. */
void sn_report_clear(struct sn_report *r);

/* Writes the report: nothing at all where there is no finding, unless `summary`. */
void sn_report_text(struct sn_report *r, FILE *out, int color, int summary);

/* Writes every thread of every process: what it holds, what it waits for, where it was created. */
void sn_report_threads(struct sn_report *r, FILE *out, int color);

/* The forms in which it can be written: see formats.def. */
enum sn_format {
#define SN_FORMAT(e, name, file, function, help) SN_FORMAT_##e,
#include "report/formats.def"
#undef SN_FORMAT
	SN_FORMAT_COUNT
};
const char *sn_format_name(enum sn_format format);
const char *sn_format_file(enum sn_format format);
const char *sn_format_help(enum sn_format format);
/* The format whose name is the first `length` bytes, or -ENOENT. */
int sn_format_find(const char *name, size_t length);

/* Writes the whole report in that format; `color`: where the format has colours. Returns 0 or a
 * negative errno. */
int sn_report_write(struct sn_report *r, enum sn_format format, FILE *out, int color);

/* Writes the one finding whose id begins with `id`, with everything known about it and what its
 * kind means. Returns 0, or -ENOENT. */
int sn_report_explain(struct sn_report *r, const char *id, FILE *out, int color);

#endif
