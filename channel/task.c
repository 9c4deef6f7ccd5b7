/* SPDX-License-Identifier: Apache-2.0
 *
 * Tasks as their users see them: spawning, running to the end, joining.  A task is freed with its
 * last reference, one of which the running thread has; so it may be completed without regard to
 * what joiners do with their handles at once. */
#include "channel/task.h"
#include <pthread.h>
#include <string.h>
#include "channel/memory.h"
#include "channel/wait.h"

static __thread struct snarl_task *current __attribute__((tls_model("initial-exec")));

static struct snarl_task *make(const char *name, void *(*function)(void *), void *argument)
{
	struct snarl_task *t = sn_zeroed(1, sizeof(*t));

	if (!t)
		return NULL;
	t->references = 2;
	t->function = function;
	t->argument = argument;
	strncpy(t->name, name ? name : "task", sizeof(t->name) - 1);
	return t;
}

struct snarl_task *sn_task_spawn(const char *name, void *(*function)(void *), void *argument,
				 struct snarl_context *context)
{
	struct snarl_task *t;
	int e;

	if (!function) {
		errno = EINVAL;
		return NULL;
	}
	t = make(name, function, argument);
	if (!t)
		return NULL;
	t->context = sn_context_retain(context);
	e = sn_pool_run(t);
	if (!e)
		return t;
	sn_context_release(t->context);
	sn_free(t);
	errno = -e;
	return NULL;
}

/* Before the task is complete, so that whoever has joined may rely on its not keeping the context
 * alive, and what is freed with that has been. */
static void leave(struct snarl_task *t)
{
	current = NULL;
	sn_context_release(t->context);
	t->context = NULL;
}

void sn_task_complete(struct snarl_task *t)
{
	struct sn_node *joiner;

	sn_mutex_take(&t->lock);
	t->finished = 1;
	joiner = sn_queue_claim_all(&t->joiner, 0);
	sn_mutex_give(&t->lock);
	sn_unpark_all(joiner);
	sn_task_release(t);
}

/* The function has left by pthread_exit or cancellation, and the thread ends. */
static void leave_for_good(void *task)
{
	leave(task);
	sn_task_complete(task);
}

void sn_task_call(struct snarl_task *t)
{
	current = t;
	pthread_cleanup_push(leave_for_good, t);
	t->result = t->function(t->argument);
	pthread_cleanup_pop(0);
	leave(t);
}

static int claim_join(struct snarl_task *t, enum sn_task_join next)
{
	if (t->join != SN_JOIN_OPEN)
		return -EINVAL;
	t->join = next;
	return 0;
}

/* With the lock held; gives it back. */
static int wait_for_end(struct snarl_task *t, int64_t deadline, struct snarl_context *context)
{
	struct sn_node node = {0};
	int e = 0;

	if (t->finished)
		sn_mutex_give(&t->lock);
	else
		e = sn_wait_in(&t->lock, &t->joiner, &node, deadline, context);
	sn_mutex_take(&t->lock);
	t->join = e ? SN_JOIN_OPEN : SN_JOIN_OVER;
	sn_mutex_give(&t->lock);
	return e;
}

int sn_task_join(struct snarl_task *t, void **result, int64_t deadline,
		 struct snarl_context *context)
{
	int e;

	if (!t)
		return -EINVAL;
	if (t == current)
		return -EDEADLK;
	sn_mutex_take(&t->lock);
	e = claim_join(t, SN_JOIN_WAITED_FOR);
	if (e) {
		sn_mutex_give(&t->lock);
		return e;
	}
	e = wait_for_end(t, deadline, context);
	if (!e && result)
		*result = t->result;
	return e;
}

int sn_task_detach(struct snarl_task *t)
{
	int e;

	if (!t)
		return -EINVAL;
	sn_mutex_take(&t->lock);
	e = claim_join(t, SN_JOIN_OVER);
	sn_mutex_give(&t->lock);
	if (!e)
		sn_task_release(t);
	return e;
}

void sn_task_release(struct snarl_task *t)
{
	if (t && sn_unrefer(&t->references))
		sn_free(t);
}

struct snarl_task *sn_task_current(void)
{
	return current;
}

struct snarl_task *snarl_task_spawn(const char *name, void *(*function)(void *), void *argument,
				    struct snarl_context *context)
{
	return sn_task_spawn(name, function, argument, context);
}

SN_FORMS(snarl_task_join, snarl_task_try_join, snarl_task_join_until, snarl_task_join_with,
	 sn_task_join, (struct snarl_task * task, void **result), (task, result))

int snarl_task_detach(struct snarl_task *task)
{
	return sn_task_detach(task);
}

struct snarl_task *snarl_task_retain(struct snarl_task *task)
{
	if (task)
		sn_refer(&task->references);
	return task;
}

void snarl_task_release(struct snarl_task *task)
{
	sn_task_release(task);
}

int snarl_task_is_finished(struct snarl_task *task)
{
	int finished;

	if (!task)
		return -EINVAL;
	sn_mutex_take(&task->lock);
	finished = task->finished;
	sn_mutex_give(&task->lock);
	return finished;
}

const char *snarl_task_name(const struct snarl_task *task)
{
	return task ? task->name : NULL;
}

struct snarl_task *snarl_task_current(void)
{
	return current;
}

struct snarl_context *snarl_task_context(void)
{
	return current ? current->context : NULL;
}
