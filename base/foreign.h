/* SPDX-License-Identifier: Apache-2.0
 *
 * Foreign text: names of files, modules, functions, variables, threads and programs, arguments and
 * source lines are chosen by the program under test or by who made its files.  On its way to any
 * output such a text goes through here, and is escaped as that output needs it: it can neither end
 * a line nor speak to a terminal.  A new output is a row in foreign.c. */
#ifndef SN_BASE_FOREIGN_H
#define SN_BASE_FOREIGN_H

#include <stddef.h>

enum sn_output {
	SN_OUTPUT_TEXT,            /* for a terminal, a log, a person */
	SN_OUTPUT_GITHUB,          /* the message of a command in a log of GitHub Actions */
	SN_OUTPUT_GITHUB_PROPERTY, /* a property of one */
	SN_OUTPUT_MARKDOWN,        /* within a line */
	SN_OUTPUT_XML,             /* XML and HTML, in text or a quoted attribute */
	SN_OUTPUT_URI,             /* the path of a URI */
	SN_OUTPUT_DOT,             /* a quoted string of Graphviz */
	SN_OUTPUT_COUNT
};

/* Writes `text`, escaped, to `to` of `room` bytes, with a NUL; what does not fit is left out, no
 * character is cut. Returns its length. No allocation, no locale: for the shim as well. */
size_t sn_foreign_escape(char *to, size_t room, const char *text, enum sn_output output);

/* Whether there is anything to escape. */
int sn_foreign_is_harmless(const char *text, enum sn_output output);

#endif
