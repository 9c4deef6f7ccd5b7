/* SPDX-License-Identifier: Apache-2.0
 *
 * Time, deadlines, and channels that tick.  All times are int64_t nanoseconds of CLOCK_MONOTONIC,
 * all deadlines are absolute, and SNARL_FOREVER is the deadline that never comes.
 *
 * A timer is an ordinary channel of int64_t elements that becomes ready to be received from when
 * its time has come.  The element is the time for which the tick was planned.  No thread stands
 * behind it: whoever receives, waits or selects looks at the clock.  At most one tick is ready at
 * a time; those that a slow receiver missed are dropped.  Sending on a timer is an error
 * (-EINVAL); closing it ends it like any channel.  Give it up with snarl_channel_release. */
#ifndef SNARL_CHANNEL_TIME_H
#define SNARL_CHANNEL_TIME_H

#include "api.h"

SNARL_BEGIN

#define SNARL_FOREVER INT64_MAX

#define SNARL_MICROSECOND ((int64_t)1000)
#define SNARL_MILLISECOND ((int64_t)1000 * SNARL_MICROSECOND)
#define SNARL_SECOND ((int64_t)1000 * SNARL_MILLISECOND)

/* The time now.  Any thread; async-signal-safe. */
SNARL_API int64_t snarl_now(void);

/* The deadline `nanoseconds` from now; SNARL_FOREVER when that is beyond the range.  A negative
 * argument gives a deadline that has passed. */
SNARL_API int64_t snarl_in(int64_t nanoseconds);

/* Waits until `deadline`: 0, or -ECANCELED or -ETIMEDOUT when `context` (may be NULL) ends first.
 */
SNARL_API int snarl_sleep_until(int64_t deadline);
SNARL_API int snarl_sleep_with(int64_t deadline, struct snarl_context *context);

/* A channel on which one tick arrives `nanoseconds` from now, and then nothing any more.  NULL
 * with errno ENOMEM.  The caller owns the reference. */
SNARL_API struct snarl_channel *snarl_after(int64_t nanoseconds);

/* A channel on which a tick arrives every `period` nanoseconds, the first after one period.  NULL
 * with errno EINVAL (period is not above 0) or ENOMEM.  The caller owns the reference. */
SNARL_API struct snarl_channel *snarl_ticker_new(int64_t period);

/* No tick arrives after this, and one that had not been received is dropped; the channel is not
 * closed, so that a stopped timer cannot be taken for a tick.  Works for snarl_after too.  0;
 * -EALREADY when nothing was to come; -EINVAL when the channel is no timer.  Any thread. */
SNARL_API int snarl_timer_stop(struct snarl_channel *timer);

/* Starts a timer anew: the next tick `first` nanoseconds from now, and then every `period`, or none
 * when that is 0.  Those who wait on it see the change.  0, or -EINVAL: no timer, or a negative
 * argument; or -EPIPE: closed.  Any thread. */
SNARL_API int snarl_timer_reset(struct snarl_channel *timer, int64_t first, int64_t period);

SNARL_END

#endif
