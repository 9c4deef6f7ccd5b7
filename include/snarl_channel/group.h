/* SPDX-License-Identifier: Apache-2.0
 *
 * Waiting for many: the wait group, a count of things under way, and the error group, tasks that
 * succeed or fail together.
 *
 * Every blocking call comes in the four forms that channel.h describes.  All functions may be
 * called by any thread at any time, but not by a signal handler. Groups are counted; a thread that
 * uses one needs a reference, its own or one that outlives the call. */
#ifndef SNARL_CHANNEL_GROUP_H
#define SNARL_CHANNEL_GROUP_H

#include "api.h"

SNARL_BEGIN

struct snarl_wait_group;
struct snarl_error_group;

/* A wait group with count 0.  NULL with errno ENOMEM.  Whoever waits may give up its reference as
 * soon as the wait has returned, even if the thread whose done ended it is still in that call. */
SNARL_API struct snarl_wait_group *snarl_wait_group_new(void);
SNARL_API struct snarl_wait_group *snarl_wait_group_retain(struct snarl_wait_group *group);
SNARL_API void snarl_wait_group_release(struct snarl_wait_group *group);

/* Adds `delta`, which may be negative; those who wait go on when the count gets 0.  Add before the
 * thing that will be done is started, not in it.  0; -EINVAL when the count would get negative,
 * -EOVERFLOW above INT64_MAX: the count is then unchanged. */
SNARL_API int snarl_wait_group_add(struct snarl_wait_group *group, int64_t delta);

/* snarl_wait_group_add(group, -1). */
SNARL_API int snarl_wait_group_done(struct snarl_wait_group *group);

/* The count, outdated as soon as it is told; -EINVAL for NULL. */
SNARL_API int64_t snarl_wait_group_count(struct snarl_wait_group *group);

/* Waits until the count is 0, or gets 0 at some moment while waiting: the group may be used again
 * at once.  Any number of threads.  0, or what the form of the call says. */
SNARL_API int snarl_wait_group_wait(struct snarl_wait_group *group);
SNARL_API int snarl_wait_group_try_wait(struct snarl_wait_group *group);
SNARL_API int snarl_wait_group_wait_until(struct snarl_wait_group *group, int64_t deadline);
SNARL_API int snarl_wait_group_wait_with(struct snarl_wait_group *group,
					 struct snarl_context *context);

/* An error group: its tasks run with a context of the group's own, a child of `parent`, which ends
 * when the first task fails or when everything is done.  At most `limit` tasks run at a time (0: no
 * limit).  NULL with errno ENOMEM.  Releasing it does not stop its tasks. */
SNARL_API struct snarl_error_group *snarl_error_group_new(struct snarl_context *parent,
							  unsigned limit);
SNARL_API struct snarl_error_group *snarl_error_group_retain(struct snarl_error_group *group);
SNARL_API void snarl_error_group_release(struct snarl_error_group *group);

/* The group's context; borrowed.  Tasks find it as snarl_task_context(). */
SNARL_API struct snarl_context *snarl_error_group_context(struct snarl_error_group *group);

/* Runs function(argument) as a task of the group, when there is room: 0.  Else nothing runs:
 * -ENOMEM for want of memory or of a thread, -EINVAL, or what the form of the call says.  The first
 * result that is not 0 is the group's; it cancels the context with that as its cause.  A task of
 * the group may start others, but waits for ever for room that only it can make. */
SNARL_API int snarl_error_group_go(struct snarl_error_group *group, const char *name,
				   int (*function)(void *argument), void *argument);
SNARL_API int snarl_error_group_try_go(struct snarl_error_group *group, const char *name,
				       int (*function)(void *argument), void *argument);
SNARL_API int snarl_error_group_go_until(struct snarl_error_group *group, const char *name,
					 int (*function)(void *argument), void *argument,
					 int64_t deadline);
SNARL_API int snarl_error_group_go_with(struct snarl_error_group *group, const char *name,
					int (*function)(void *argument), void *argument,
					struct snarl_context *context);

/* Waits until no task is under way, and then cancels the group's context: the first error, or 0.
 * When the wait itself fails the result is what the form of the call says, and the context is left
 * alone; snarl_error_group_error tells one from the other. */
SNARL_API int snarl_error_group_wait(struct snarl_error_group *group);
SNARL_API int snarl_error_group_try_wait(struct snarl_error_group *group);
SNARL_API int snarl_error_group_wait_until(struct snarl_error_group *group, int64_t deadline);
SNARL_API int snarl_error_group_wait_with(struct snarl_error_group *group,
					  struct snarl_context *context);

/* The first error so far, or 0. */
SNARL_API int snarl_error_group_error(struct snarl_error_group *group);

SNARL_END

#endif
