/* SPDX-License-Identifier: Apache-2.0
 *
 * Whether something is known that will end, or may be meant to end, a process whose threads all
 * rest: a program may have nothing more to do than to wait for it. */
#ifndef SN_BASE_END_IN_SIGHT_H
#define SN_BASE_END_IN_SIGHT_H

#include "base/recording.h"

/* Notes in the header whether an alarm (alarm, setitimer) is pending, which only the process itself
 * knows. */
void sn_end_note_alarm(struct sn_header *h, int pending);

/* Whether a pending alarm, by the note above, or a timer (timer_create) has a signal that ends the
 * process; or, for a child that was forked and has executed nothing, whether its parent lives and
 * does not just wait for it: it may send the signal. From inside and from outside. No allocation,
 * no lock. */
int sn_end_in_sight(const struct sn_header *h);

#endif
