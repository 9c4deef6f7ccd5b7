/* SPDX-License-Identifier: Apache-2.0
 *
 * The options of the shim and the command, made from options.def.  No malloc, no stdio: the parser
 * runs in the process under test. */
#ifndef SN_BASE_OPTIONS_H
#define SN_BASE_OPTIONS_H

#include <stddef.h>

#define SN_OPTION_TEXT_MAX 512

struct sn_options {
#define SN_OPTION(name, type, def, choices, help) SN_OPTION_FIELD_##type(name)
#define SN_OPTION_FIELD_BOOL(name) int name;
#define SN_OPTION_FIELD_INT(name) int name;
#define SN_OPTION_FIELD_CHOICE(name) int name;
#define SN_OPTION_FIELD_TEXT(name) char name[SN_OPTION_TEXT_MAX];
#include "base/options.def"
#undef SN_OPTION
#undef SN_OPTION_FIELD_BOOL
#undef SN_OPTION_FIELD_INT
#undef SN_OPTION_FIELD_CHOICE
#undef SN_OPTION_FIELD_TEXT
};

enum sn_fail_on { SN_FAIL_CONFIRMED, SN_FAIL_PREDICTED, SN_FAIL_SUSPECT, SN_FAIL_NEVER };
enum sn_on_deadlock { SN_DEADLOCK_AUTO, SN_DEADLOCK_CONTINUE, SN_DEADLOCK_EXIT, SN_DEADLOCK_ABORT };
enum sn_leaks { SN_LEAKS_NORMAL, SN_LEAKS_STRICT, SN_LEAKS_OFF };
enum sn_stacks { SN_STACKS_FULL, SN_STACKS_SITE };

/* Sets every option to its default. */
void sn_options_default(struct sn_options *o);

/* Applies "key=value:key=value" (also separated by commas, blanks or new lines; a value may be
 * quoted with ' or "). A bad part leaves its option as it was, goes on with the next, and the first
 * one is told in `error` (one line without a newline). Returns 0, or -EINVAL when a part was bad.
 */
int sn_options_parse(struct sn_options *o, const char *text, char *error, size_t error_size);

/* Sets one option. Returns 0, -ENOENT for an unknown key, -EINVAL for a bad value. */
int sn_options_set(struct sn_options *o, const char *key, size_t key_length, const char *value,
		   size_t value_length);

/* Writes one line per option into `out` for help=1; returns the number of bytes, as snprintf. */
size_t sn_options_help(char *out, size_t size);

#endif
