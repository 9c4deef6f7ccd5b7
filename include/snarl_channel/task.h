/* SPDX-License-Identifier: Apache-2.0
 *
 * Tasks: functions that run in threads of their own, one thread for each task at a time.  A thread
 * whose task has ended is kept for a while and runs the next one, so a task costs far less than a
 * thread; what it changes in its thread (thread-specific data, signal mask, cancellation state) the
 * next one finds so.  Task threads block all signals but those of their own faults; the program's
 * handlers run in its other threads.
 *
 *	struct snarl_task *t = snarl_task_spawn("reader", read_all, source, context);
 *	...
 *	void *result;
 *	if (snarl_task_join(t, &result) == 0) ...
 *	snarl_task_release(t);
 *
 * A handle is counted.  Giving up the last one does not end the task: it runs on, unobserved.  A
 * task that is to be stopped watches its context.  Tasks that run when the process exits end with
 * it.  All functions may be called by any thread at any time, but not by a signal handler. */
#ifndef SNARL_CHANNEL_TASK_H
#define SNARL_CHANNEL_TASK_H

#include "api.h"

SNARL_BEGIN

struct snarl_task;

/* Runs function(argument) in a thread that bears the first 15 bytes of `name` (NULL: "task").  The
 * task keeps `context` (NULL: none) alive until the function has returned; the argument is the
 * program's.  The caller owns the handle.  NULL with errno ENOMEM, EINVAL (no function) or EAGAIN
 * (no room for another thread); then nothing runs. */
SNARL_API struct snarl_task *snarl_task_spawn(const char *name, void *(*function)(void *argument),
					      void *argument, struct snarl_context *context);

/* Waits until the function has returned, and writes what it returned to `result` (may be NULL).
 * NULL is the result of one that left by pthread_exit or cancellation.  One join per task succeeds:
 * -EINVAL when it was joined or detached before or another join is waiting; -EDEADLK for the
 * calling task itself.  A join that ends without success may be tried again.  The handle is still
 * the caller's to release. */
SNARL_API int snarl_task_join(struct snarl_task *task, void **result);
SNARL_API int snarl_task_try_join(struct snarl_task *task, void **result);
SNARL_API int snarl_task_join_until(struct snarl_task *task, void **result, int64_t deadline);
SNARL_API int snarl_task_join_with(struct snarl_task *task, void **result,
				   struct snarl_context *context);

/* Declares that nobody will join, and gives up the caller's reference: 0.  -EINVAL for NULL (so
 * that a failed spawn is seen), or when it was joined or detached or a join is waiting; then the
 * reference is still the caller's. */
SNARL_API int snarl_task_detach(struct snarl_task *task);

/* Takes, gives up a reference.  Both accept NULL; retain returns its argument. */
SNARL_API struct snarl_task *snarl_task_retain(struct snarl_task *task);
SNARL_API void snarl_task_release(struct snarl_task *task);

/* 1 when the function has returned, else 0; -EINVAL for NULL. */
SNARL_API int snarl_task_is_finished(struct snarl_task *task);

/* The task's name, up to 31 bytes of it; it lives as long as the task. */
SNARL_API const char *snarl_task_name(const struct snarl_task *task);

/* The calling thread's task, and its context: borrowed, good until the task's function returns.
 * NULL outside of tasks; NULL for a task without a context. */
SNARL_API struct snarl_task *snarl_task_current(void);
SNARL_API struct snarl_context *snarl_task_context(void);

/* How many threads without a task are kept for the next ones (32 at first; each leaves after ten
 * seconds without a task).  Those beyond the new limit leave now.  Returns the former limit. */
SNARL_API unsigned snarl_task_keep_idle(unsigned threads);

SNARL_END

#endif
