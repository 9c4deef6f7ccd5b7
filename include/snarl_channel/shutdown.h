/* SPDX-License-Identifier: Apache-2.0
 *
 * Graceful shutdown: a context that ends when the process is asked to.  The first SIGINT or SIGTERM
 * cancels it, and the program winds up at its own pace; the second, of somebody who has lost
 * patience, has its default action, as if the program did not know of it.
 *
 *	int main(void)
 *	{
 *		struct snarl_shutdown *s = snarl_shutdown_new(NULL, NULL, 0);
 *		serve(snarl_shutdown_context(s));
 *		snarl_shutdown_release(s);
 *	}
 *
 * The signals are blocked and read by a task, so no code runs in a signal handler.  Make it in main
 * before the first thread: threads begin with the signal mask of their creator, and one that does
 * not block the signals may get them with their usual effect.  The library's tasks block them
 * always.  A program that is started by exec meanwhile inherits the mask, and should be given
 * another between fork and exec. */
#ifndef SNARL_CHANNEL_SHUTDOWN_H
#define SNARL_CHANNEL_SHUTDOWN_H

#include "api.h"

SNARL_BEGIN

struct snarl_shutdown;

/* Watches `count` signals (NULL and 0: SIGINT and SIGTERM), which the calling thread blocks from
 * now on.  Have one object only for each signal: which one hears of it is not said.  NULL with
 * errno ENOMEM, EINVAL (no signal, one that cannot be blocked, or that of a fault), EAGAIN, EMFILE
 * or ENFILE; then the mask is as it was. */
SNARL_API struct snarl_shutdown *snarl_shutdown_new(struct snarl_context *parent,
						    const int *signals, size_t count);

/* Takes, gives up a reference.  The last release ends the watch and, when the thread that made the
 * object does it, lets the signals through again that it did not block before; one that came
 * meanwhile and was not read has its usual effect then.  The context is left as it is. */
SNARL_API struct snarl_shutdown *snarl_shutdown_retain(struct snarl_shutdown *shutdown);
SNARL_API void snarl_shutdown_release(struct snarl_shutdown *shutdown);

/* The context, a child of the parent, cancelled with the cause -EINTR by the first signal.
 * Borrowed; a retained one may be used longer. */
SNARL_API struct snarl_context *snarl_shutdown_context(struct snarl_shutdown *shutdown);

/* The signal that came first, 0 before one did. */
SNARL_API int snarl_shutdown_signal(struct snarl_shutdown *shutdown);

SNARL_END

#endif
