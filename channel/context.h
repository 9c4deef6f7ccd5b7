/* SPDX-License-Identifier: Apache-2.0
 *
 * What the rest of the library asks of a context.  A NULL context is one that never ends.  None of
 * these may be called with an object's lock held, since a context whose deadline is found to have
 * passed ends on the spot, and that wakes its waiters. */
#ifndef SN_CHANNEL_CONTEXT_H
#define SN_CHANNEL_CONTEXT_H

#include <stdint.h>
#include "include/snarl_channel/context.h"

/* The channel that is closed when the context ends; it lives as long as the context.  NULL when the
 * context can never end.  Never fails: it was made with the context. */
struct snarl_channel *sn_context_done_channel(struct snarl_context *context);

/* When the context will end at the latest; SNARL_FOREVER without a deadline. */
int64_t sn_context_deadline(const struct snarl_context *context);

/* 0, or -ECANCELED or -ETIMEDOUT once it has ended.  When the done channel is seen closed this is
 * not 0. */
int sn_context_error(struct snarl_context *context);

/* As snarl_context_retain, snarl_context_release, snarl_context_with_cancel and
 * snarl_context_cancel_with. */
struct snarl_context *sn_context_retain(struct snarl_context *context);
void sn_context_release(struct snarl_context *context);
struct snarl_context *sn_context_with_cancel(struct snarl_context *parent);
int sn_context_cancel(struct snarl_context *context, int cause);

#endif
