/* SPDX-License-Identifier: Apache-2.0
 *
 * Contexts: a tree along which "stop now" travels.  A context ends when it is cancelled, when its
 * deadline passes, or when its parent ends, whichever is first; then its done channel is closed and
 * all its descendants end with it.  Whatever waits in a _with call of that context goes on with
 * -ECANCELED or -ETIMEDOUT.  A context may also carry values for those further down.
 *
 * A context is counted.  A child keeps its parent alive, a parent does not keep its children: one
 * that nobody holds any more is taken off the tree and freed, without having been ended.  Whoever
 * makes a context should cancel it when its work is done, whether or not it has ended already.
 * Wherever a context is asked for, NULL is one that never ends and carries nothing.
 *
 *	struct snarl_context *c = snarl_context_with_timeout(NULL, 5 * SNARL_SECOND);
 *	int e = snarl_receive_with(channel, &value, c);
 *	snarl_context_cancel(c);
 *	snarl_context_release(c);
 *
 * All functions may be called by any thread at any time, but not by a signal handler. */
#ifndef SNARL_CHANNEL_CONTEXT_H
#define SNARL_CHANNEL_CONTEXT_H

#include "api.h"

SNARL_BEGIN

/* The root: never ends, carries nothing, need not be released.  The same as NULL. */
SNARL_API struct snarl_context *snarl_context_background(void);

/* A child of `parent` that can be cancelled.  NULL with errno ENOMEM.  The caller owns the
 * reference.  A child of a context that has ended has ended too. */
SNARL_API struct snarl_context *snarl_context_with_cancel(struct snarl_context *parent);

/* The same, and it ends with -ETIMEDOUT at `deadline` (see time.h) at the latest, without anybody
 * doing anything; or `nanoseconds` from now.  SNARL_FOREVER is no deadline of its own.  NULL with
 * errno ENOMEM, or EAGAIN when the library's timer thread could not be started. */
SNARL_API struct snarl_context *snarl_context_with_deadline(struct snarl_context *parent,
							    int64_t deadline);
SNARL_API struct snarl_context *snarl_context_with_timeout(struct snarl_context *parent,
							   int64_t nanoseconds);

/* A child that carries `value` under `key`, an address that only its users know (of a static
 * variable, say).  `destroy` (may be NULL) is called with the value when the context is freed, by
 * whoever gave up the last reference, which may be a thread that just ended the context, such as
 * the library's own at a deadline: so it must not wait.  When making it fails the value stays the
 * caller's.  NULL with errno ENOMEM, or EINVAL for a NULL key.  It can be cancelled as any other,
 * and for itself and its descendants only. */
SNARL_API struct snarl_context *snarl_context_with_value(struct snarl_context *parent,
							 const void *key, void *value,
							 void (*destroy)(void *value));

/* A child that carries its parent's values but does not end with it: for work that must be done
 * even so.  NULL with errno ENOMEM. */
SNARL_API struct snarl_context *snarl_context_without_cancel(struct snarl_context *parent);

/* Takes, gives up a reference.  Both accept NULL; retain returns its argument. */
SNARL_API struct snarl_context *snarl_context_retain(struct snarl_context *context);
SNARL_API void snarl_context_release(struct snarl_context *context);

/* Ends the context and its descendants with -ECANCELED.  `cause` (0: none) is what
 * snarl_context_cause will tell, by convention a negative errno value.  The done channels of the
 * context and of all descendants that this call ends are closed when it returns; what another
 * call is ending at that moment may be so a little later.  Cancelling what has ended does nothing:
 * the first cause stays.  0, or -EINVAL for NULL and the background. */
SNARL_API int snarl_context_cancel(struct snarl_context *context);
SNARL_API int snarl_context_cancel_with(struct snarl_context *context, int cause);

/* The channel that is closed when the context ends; nothing is ever sent on it and nobody else may
 * close it.  It can be received from and be a case of a select.  NULL (a channel that is never
 * ready) for NULL and the background.  The context keeps the reference: retain the channel or
 * the context to use it longer. */
SNARL_API struct snarl_channel *snarl_context_done(struct snarl_context *context);

/* 0 while it goes on; then for ever -ECANCELED or -ETIMEDOUT. */
SNARL_API int snarl_context_error(struct snarl_context *context);

/* Why it ended: the cause that its, or its ancestor's, canceller gave, else the same as
 * snarl_context_error. */
SNARL_API int snarl_context_cause(struct snarl_context *context);

/* When it will end at the latest (the earliest deadline of it and its ancestors), SNARL_FOREVER
 * without one; and the nanoseconds until then, 0 when that is past or the context has ended. */
SNARL_API int64_t snarl_context_deadline(struct snarl_context *context);
SNARL_API int64_t snarl_context_remaining(struct snarl_context *context);

/* The value of the nearest context from this one up that carries the key; NULL when none does.  It
 * is good for as long as the caller holds the context. */
SNARL_API void *snarl_context_value(struct snarl_context *context, const void *key);

SNARL_END

#endif
