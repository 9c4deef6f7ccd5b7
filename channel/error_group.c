/* SPDX-License-Identifier: Apache-2.0
 *
 * The error group: a wait group counts its tasks, a semaphore limits them, a context stops them.
 * Each task under way has a reference to the group, so that whoever made it may let go. */
#include <limits.h>
#include "channel/memory.h"
#include "channel/semaphore.h"
#include "channel/task.h"
#include "channel/wait.h"
#include "channel/wait_group.h"
#include "include/snarl_channel/group.h"

struct snarl_error_group {
	uint32_t references;
	int error; /* set once */
	struct snarl_context *context;
	struct sn_wait_group under_way;
	struct sn_semaphore room;
};

struct job {
	struct snarl_error_group *group;
	int (*function)(void *argument);
	void *argument;
};

struct snarl_error_group *snarl_error_group_new(struct snarl_context *parent, unsigned limit)
{
	struct snarl_error_group *g = sn_zeroed(1, sizeof(*g));

	if (!g)
		return NULL;
	g->references = 1;
	g->room.capacity = limit ? limit : UINT64_MAX;
	g->context = sn_context_with_cancel(parent);
	if (g->context)
		return g;
	sn_free(g);
	return NULL;
}

struct snarl_error_group *snarl_error_group_retain(struct snarl_error_group *group)
{
	if (group)
		sn_refer(&group->references);
	return group;
}

static void release(struct snarl_error_group *g)
{
	if (!g || !sn_unrefer(&g->references))
		return;
	sn_context_release(g->context);
	sn_free(g);
}

void snarl_error_group_release(struct snarl_error_group *group)
{
	release(group);
}

struct snarl_context *snarl_error_group_context(struct snarl_error_group *group)
{
	return group ? group->context : NULL;
}

static void fail(struct snarl_error_group *g, int error)
{
	int none = 0;

	sn_order_release(&g->error);
	if (__atomic_compare_exchange_n(&g->error, &none, error, 0, __ATOMIC_RELEASE,
					__ATOMIC_RELAXED))
		sn_context_cancel(g->context, error);
}

/* The room is given back before the task counts as done: whoever has waited for all tasks finds
 * all the room. */
static void end_job(struct snarl_error_group *g)
{
	sn_semaphore_give(&g->room, 1);
	sn_wait_group_add(&g->under_way, -1);
	release(g);
}

static void *run_job(void *job)
{
	struct job j = *(struct job *)job;
	int error;

	sn_free(job);
	error = j.function(j.argument);
	if (error)
		fail(j.group, error);
	end_job(j.group);
	return NULL;
}

/* There is room for it and it is counted. */
static int start(struct snarl_error_group *g, const char *name, int (*function)(void *),
		 void *argument)
{
	struct job *job = sn_allocate(sizeof(*job));
	struct snarl_task *task;

	if (!job)
		return -ENOMEM;
	*job = (struct job){g, function, argument};
	task = sn_task_spawn(name, run_job, job, g->context);
	if (task)
		return sn_task_detach(task);
	sn_free(job);
	return -ENOMEM;
}

static int go(struct snarl_error_group *g, const char *name, int (*function)(void *),
	      void *argument, int64_t deadline, struct snarl_context *context)
{
	int e;

	if (!g || !function)
		return -EINVAL;
	e = sn_semaphore_acquire(&g->room, 1, deadline, context);
	if (e)
		return e;
	sn_refer(&g->references);
	sn_wait_group_add(&g->under_way, 1);
	e = start(g, name, function, argument);
	if (e)
		end_job(g);
	return e;
}

SN_FORMS(snarl_error_group_go, snarl_error_group_try_go, snarl_error_group_go_until,
	 snarl_error_group_go_with, go,
	 (struct snarl_error_group * group, const char *name, int (*function)(void *),
	  void *argument),
	 (group, name, function, argument))

static int wait_for(struct snarl_error_group *g, int64_t deadline, struct snarl_context *context)
{
	int e;

	if (!g)
		return -EINVAL;
	e = sn_wait_group_wait(&g->under_way, deadline, context);
	if (e)
		return e;
	sn_context_cancel(g->context, 0);
	return __atomic_load_n(&g->error, __ATOMIC_ACQUIRE);
}

SN_FORMS(snarl_error_group_wait, snarl_error_group_try_wait, snarl_error_group_wait_until,
	 snarl_error_group_wait_with, wait_for, (struct snarl_error_group * group), (group))

int snarl_error_group_error(struct snarl_error_group *group)
{
	int error = group ? __atomic_load_n(&group->error, __ATOMIC_ACQUIRE) : -EINVAL;

	if (group && error)
		sn_order_acquire(&group->error);
	return error;
}
