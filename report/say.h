/* SPDX-License-Identifier: Apache-2.0
 *
 * Words for what a recording holds: threads, locks, files, and what happened, in one line.  Text
 * and JSON say the same, since both say it here. */
#ifndef SN_REPORT_SAY_H
#define SN_REPORT_SAY_H

#include "report/model.h"

/* T2 'writer', or T2 (worker) with the function it runs where it has no name of its own. */
void sn_say_thread(FILE *out, struct sn_process *p, uint32_t thread);

/* "a condition variable each", of several waits of which this is one. */
void sn_say_one_each(FILE *out, const struct sn_process *p, const struct sn_part *waits);

/* "ended", or "was cancelled" of a thread whose cancellation had been asked for before. */
const char *sn_say_how_it_ended(const struct sn_process *p, uint32_t thread);

/* Who sent a wakeup, by the object's state or by the part that tells of it; a thread that has ended
 * and whose record serves another one by now has no name. */
void sn_say_signaller(FILE *out, struct sn_process *p, const struct sn_signal *signal);
void sn_say_sender(FILE *out, struct sn_process *p, const struct sn_part *signal);

/* The name that the thread was given itself; "" where it only has the program's. The result is
 * `name`, of at least SN_NAME_SIZE bytes. */
#define SN_NAME_SIZE 17
const char *sn_say_name(char *name, const struct sn_process *p, uint32_t thread);

/* mutex 'a' (M1), condition variable 'c' (C1), or mutex M1 where its name is not known. */
void sn_say_lock(FILE *out, struct sn_process *p, uint32_t lock);

/* The object of a part: a lock or a thread. */
void sn_say_object(FILE *out, struct sn_process *p, const struct sn_part *part);

/* " for reading" where the mode of taking an rwlock should be told, else nothing. */
const char *sn_say_mode(const struct sn_process *p, const struct sn_part *part);

/* What happened, in one line. */
void sn_say_message(FILE *out, const struct sn_found *f);

/* The object by its name alone, or by its number where it has none: 'c', C1. */
void sn_say_brief(FILE *out, struct sn_process *p, uint32_t lock);

/* message_misuse.c, message_wakeup.c: the same of their kinds; 0 where it is none of them. */
int sn_say_misuse(FILE *out, const struct sn_found *f);
void sn_say_gone(FILE *out, const struct sn_found *f);
int sn_say_progress(FILE *out, const struct sn_found *f);
int sn_say_wakeup(FILE *out, const struct sn_found *f);
/* message_leaks.c: threads that were blocked at the end. */
void sn_say_left_behind(FILE *out, const struct sn_found *f);

/* message_channel.c: the same of objects of the channel library, and why and how to mend it there;
 * NULL where the words of the kind will do. */
int sn_say_channel(FILE *out, const struct sn_found *f);
const char *sn_say_channel_why(const struct sn_found *f);
const char *sn_say_channel_fix(const struct sn_found *f);
int sn_say_is_channels(const struct sn_process *p, const struct sn_part *part);

/* What a wakeup of the part's object is called: "signal", "broadcast", "post", "wakeup"; and what
 * a thread did to the object that sent it. */
const char *sn_say_signal(const struct sn_process *p, const struct sn_part *part);
const char *sn_say_signalled(const struct sn_process *p, const struct sn_part *part);

/* The wait that a wakeup is told beside: on its object, the first; or a part of zeros. */
const struct sn_part *sn_found_sleeper(const struct sn_found *f, const struct sn_part *signal);

/* fix_wait.c: how to mend waits on words of which no object is known; NULL where nothing is said. */
const char *sn_say_wait_fix(const struct sn_found *f);

/* How the finding is to be mended, and what its kind means. */
const char *sn_say_fix(const struct sn_found *f);
const char *sn_say_what(const struct sn_found *f);

/* Why the finding has its verdict, as a sentence; "" unknown. */
const char *sn_say_why(const struct sn_found *f);

/* How the process ended: "exited with status 1", "was killed by SIGSEGV (Segmentation fault)". */
void sn_say_end(FILE *out, const struct sn_process *p);

/* 3.2 s, 45 ms, 120 us */
void sn_say_duration(FILE *out, uint64_t ns);

/* The name of a source file without `prefix`; where that is empty, relative to the working
 * directory if it lies below. */
const char *sn_say_file(const char *file, const char *prefix);

/* What the thread of the part does: "waits for", "waits to send on", …; several: "wait for". */
const char *sn_say_waits(const struct sn_process *p, const struct sn_part *part, int several);
/* The threads that a finding says wait, those that do the same included; and who of them waits for
 * what, the first few. */
uint32_t sn_found_sleepers(const struct sn_found *f);
void sn_say_their_waits(FILE *out, const struct sn_found *f);
const char *sn_say_waiting(const struct sn_process *p, const struct sn_part *part);
/* " or channel K2": the further cases of the select that it waits in, and the object of the i-th of
 * them, from 1 on; 0 where there is none. */
uint32_t sn_say_case(const struct sn_process *p, const struct sn_part *part, uint32_t i);
void sn_say_cases(FILE *out, struct sn_process *p, const struct sn_part *part);

/* "a", "a and b", "a, b and c": the separator before item i of n. */
const char *sn_say_comma(size_t i, size_t n);

/* message_race.c */
/* "writes 4 bytes of 'queue.count' (0x4040) here, without a lock". */
void sn_say_access(FILE *out, const struct sn_found *f, const struct sn_part *part);
/* "the heap block of 48 bytes at 0x… was allocated by T1", "'own' is a thread-local variable of T1";
 * nothing where there is no such part. */
void sn_say_memory(FILE *out, const struct sn_found *f);
/* "read", "atomic-write", "free" */
const char *sn_say_op(const struct sn_access_rec *a);
int sn_say_race(FILE *out, const struct sn_found *f);

#endif
