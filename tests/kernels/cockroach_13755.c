/* SPDX-License-Identifier: Apache-2.0
 *
 * A result set starts a watcher that waits for the end of its context; closing the set cancels the
 * context.  The caller drops the result set without closing it.  Stuck: the watcher, receiving from
 * the context's done channel.  Repaired: the set is closed. */
// needs: channel
// variants: bug joined fixed
// hangs[joined]
// expect[bug]: leaked-worker confirmed
// expect[joined]: deadlock confirmed
// expect[fixed]: silent
// stuck[bug]: watcher waits context
// stdout[joined]: -
// stuck[joined]: watcher waits context
// stuck[joined]: main waits watcher
#include "kernel.h"

struct rows {
	struct snarl_context *context;
	struct snarl_task *watcher;
};

static pid_t watcher_tid;

static void *await_done(void *context)
{
	publish_tid(&watcher_tid);
	CHECK(snarl_receive(snarl_context_done(context), NULL) == -EPIPE);
	snarl_context_release(context);
	return NULL;
}

static void query(struct rows *rows)
{
	rows->context = snarl_context_with_cancel(NULL);
	rows->watcher = spawn("watcher", await_done, snarl_context_retain(rows->context));
}

static void close_rows(const struct rows *rows)
{
	snarl_context_cancel(rows->context);
}

int main(int argc, char **argv)
{
	struct rows rows;

	kernel_start(argc, argv);
	query(&rows);
	if (fixed)
		close_rows(&rows);
	snarl_context_release(rows.context);
	await_stuck(&watcher_tid);
	return leave(rows.watcher);
}
