/* SPDX-License-Identifier: Apache-2.0
 *
 * The names and sentences of the .def tables.  Every function is total: a number that is not in the
 * table, as a corrupted recording may hold, gives "unknown" (sentences give "").  Lookups go by the
 * exact name and return the enum's value, or -ENOENT.  No malloc; safe in the process under test.
 */
#ifndef SN_BASE_NAMES_H
#define SN_BASE_NAMES_H

#include "base/recording.h"

const char *sn_kind_name(unsigned kind);
const char *sn_kind_family(unsigned kind);
const char *sn_kind_what(unsigned kind); /* what it means */
/* How to fix that case of it; NULL where it is not told apart. */
const char *sn_case_fix(unsigned kind, unsigned why);
const char *sn_kind_fix(unsigned kind); /* how to fix it */
const char *sn_verdict_name(unsigned verdict);
const char *sn_role_name(unsigned role);
/* The name of a system call that may take long, by its number; NULL for others. */
const char *sn_system_call_name(unsigned long number);
const char *sn_why_name(unsigned why);
const char *sn_why_text(unsigned why); /* the sentence shown to the user */
const char *sn_lock_type_name(unsigned type);
/* The type of object that one of this type is judged and told of as; most are their own. */
unsigned sn_lock_kin(unsigned type);
enum sn_family sn_lock_family(unsigned type);
/* Whether it is a lock, or not known as anything else: its waiters wait for its holders. */
int sn_lock_is_held(unsigned type);
char sn_lock_letter(unsigned type);            /* it stands before the object's number in reports */
const char *sn_counter_name(unsigned counter); /* its name in JSON */
const char *sn_counter_text(unsigned counter); /* the sentence; the number stands before it */
const char *sn_table_name(unsigned table);

int sn_kind_by_name(const char *name);
int sn_verdict_by_name(const char *name);
int sn_role_by_name(const char *name);
int sn_why_by_name(const char *name);
int sn_lock_type_by_name(const char *name);
int sn_counter_by_name(const char *name);

#endif
