/* SPDX-License-Identifier: Apache-2.0
 *
 * What every part of the channel library shares: how a function is exported, and what the results
 * mean.  Each public header includes this one; programs include <snarl_channel.h>.
 *
 * Results: 0 (or a count, or an index) on success, else a negative errno value:
 *   -EPIPE      closed: a send on a closed channel, a receive on a closed channel that is drained
 *   -EAGAIN     a try call would have had to wait
 *   -ETIMEDOUT  the deadline passed, or the context's deadline did
 *   -ECANCELED  the context was cancelled
 *   -EALREADY   closed twice
 *   -EINVAL, -ENOMEM  as usual
 * Functions named _new return NULL and set errno instead. */
#ifndef SNARL_CHANNEL_API_H
#define SNARL_CHANNEL_API_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
#define SNARL_BEGIN extern "C" {
#define SNARL_END }
#else
#define SNARL_BEGIN
#define SNARL_END
#endif

#define SNARL_API __attribute__((visibility("default")))

struct snarl_channel;
struct snarl_context;

#endif
