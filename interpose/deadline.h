/* SPDX-License-Identifier: Apache-2.0
 *
 * Time limits that are none, and those of the wrong clock.  A wait whose deadline is most of a year
 * away is a wait without a time limit for everybody who judges it.  And a deadline that was made
 * from one clock for a call that goes by the other is decades off: for ever, or long ago. */
#ifndef SN_INTERPOSE_DEADLINE_H
#define SN_INTERPOSE_DEADLINE_H

#include "interpose/held.h"

/* SN_MODE_TIMED, or 0 where the limit is too far away to matter. The calling thread is about to
 * wait until then for `object` (a lock record, or 0); `clock` is the one that the call goes by. A
 * limit of the other clock is told. Keeps errno. */
SN_COLD uint32_t sn_deadline_mode(struct sn_self *self, uint32_t object, clockid_t clock,
				  const struct timespec *limit, struct sn_site site);

/* Looks whether the program has the kernel's clocks: where another library tells it the time,
 * nothing is known of its deadlines. */
void sn_deadline_start(void);

#endif
