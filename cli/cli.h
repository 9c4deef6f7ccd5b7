/* SPDX-License-Identifier: Apache-2.0
 *
 * What the subcommands share: exit statuses, messages, options, and how to find recordings.  The
 * command is a single-threaded process; nothing here is thread-safe.  Functions that fail and say
 * that they tell have printed one line, "snarl: what: what to do", before they return. */
#ifndef SN_CLI_CLI_H
#define SN_CLI_CLI_H

#include <stddef.h>
#include <stdio.h>
#include "base/options.h"
#include "report/report.h"

/* The Makefile gives what the file VERSION says. */
#ifndef SNARL_VERSION
#define SNARL_VERSION "unknown"
#endif

#define CLI_USAGE 2            /* wrong use of the command, or nothing could be done */
#define CLI_TIMED_OUT 124      /* as timeout(1) */
#define CLI_NO_REPORT 127      /* of what the shim asks for: it reports itself, then */
#define CLI_NOT_EXECUTABLE 126 /* as a shell */
#define CLI_NOT_FOUND 127

#define CLI_DEFAULT_DIR "snarl.data"
#define CLI_ERROR_MAX 1024

/* The subcommands: argv[0] is the subcommand's name. They return the exit status. */
int cli_run(int argc, char **argv);
int cli_report(int argc, char **argv);
int cli_explain(int argc, char **argv);
int cli_dump(int argc, char **argv);

/* help.c */
int cli_help(const char *command, FILE *out); /* NULL: the overview. CLI_USAGE if unknown (told) */
void cli_print_options(FILE *out);            /* what help=1 asks for */

/* common.c */
__attribute__((format(printf, 1, 2))) void cli_error(const char *format, ...);
__attribute__((format(printf, 2, 3))) int cli_usage(const char *command, const char *format, ...);
int cli_parse_duration(const char *text, double *seconds); /* 0 or -EINVAL: 10, 500ms, 2m, 1h */
char *cli_absolute(const char *path);                      /* malloc'd; NULL without memory */
/* Whether to colour what goes to `out`, given --color's value (NULL is auto). -EINVAL: bad value.
 */
int cli_color(const char *when, FILE *out);

/* formats.c: sets of formats, a bit each. */
#define CLI_HAS(set, format) ((set) >> (format)&1)
/* Adds those of a list, "text,json", to the set. CLI_USAGE: there is no such format (told). */
int cli_formats_add(unsigned *set, const char *command, const char *list);
void cli_formats_help(FILE *out, int indent, int with_files); /* a line for each */

/* Options from the environment and the command line, kept both as text for the program's
 * environment and parsed. */
struct cli_options {
	struct sn_options parsed;
	char *text; /* "key=value:key=value", to be handed on */
};
int cli_options_begin(struct cli_options *o); /* reads SNARL_OPTIONS; CLI_USAGE if bad (told) */
int cli_options_add(struct cli_options *o, const char *pairs);                  /* -O; the same */
int cli_options_set(struct cli_options *o, const char *key, const char *value); /* the same */
void cli_options_end(struct cli_options *o);

/* judge.c: what the reports say. */
/* NULL: bad suppressions (told) */
struct sn_report *cli_report_new(const struct sn_options *o);

/* Whether the end of a run should break its silence: see sn_report_notable. */
int cli_worth_telling(const struct sn_report *r, const struct sn_options *o);

int cli_failed(const struct sn_report *r, const struct sn_options *o); /* fail_on is reached */
unsigned cli_findings(const struct sn_report *r);
/* What is told while the program runs: leaves out all other kinds. */
enum cli_moment { CLI_AT_DEADLOCK, CLI_AT_HELD };
void cli_report_only(struct sn_report *r, enum cli_moment moment);
/* Where text goes: standard error, or log_path.<pid>, opened for appending. */
FILE *cli_log_open(const struct sn_options *o, long pid);
void cli_log_close(FILE *log);

/* recordings.c */
struct cli_recording {
	char *path;          /* what it is called */
	int folder;          /* the open folder that it was found in; -1: the user named it */
	int given;           /* its descriptor, where somebody has opened it for us; else -1 */
	unsigned long pid;   /* by its name; 0 where the name does not tell */
	unsigned long image; /* 0 the first, then one more with every exec */
};
struct cli_recordings {
	struct cli_recording *all;
	size_t count;
	int *folders; /* closed with the list */
	size_t folder_count;
};
/* Adds a recording, or all those of a directory by process and image. 0 or a negative errno. */
int cli_recordings_add(struct cli_recordings *r, const char *path);
/* Adds those of a directory that is open, and stays so. */
int cli_recordings_add_folder(struct cli_recordings *r, int folder, const char *path);
/* Adds one that is open already, and stays so; `path` is what it is called. */
int cli_recordings_add_given(struct cli_recordings *r, int fd, const char *path);
void cli_recordings_free(struct cli_recordings *r);
/* Opens it: a descriptor of a regular file, in a folder never through a link, or a negative errno.
 * The descriptor can be written to where the file may be. */
int cli_recording_open(const struct cli_recording *one);
/* Reads just the header; 0, or -EINVAL where it is none. */
int cli_recording_header(int fd, struct sn_header *h);
/* Opens it, adds it to the report, and closes it; as sn_report_add. */
int cli_recording_report(struct sn_report *r, const struct cli_recording *one,
			 const struct sn_outside *outside, char *error, size_t error_size);
/* Whether the very process that writes this recording is still there: 1, 0, or -1 where one of its
 * number is, and we may not look whether it has the recording mapped. */
int cli_recording_lives(int fd, const struct sn_header *h);
/* Adds what stands in the marks of their folders of recordings that were removed. */
void cli_carry_dropped(struct sn_report *r, const struct cli_recordings *all);
/* The recordings of what was run last: snarl.data, or those that preloaded programs left behind.
 * Says which on standard error. CLI_USAGE (told) if there are none. */
int cli_recordings_find(struct cli_recordings *r);

#endif
