/* SPDX-License-Identifier: Apache-2.0
 *
 * The promise: the side of a future that settles it.  It lies in the future, with a count of its
 * own, so that a future nobody can settle any more is noticed. */
#include "channel/future.h"
#include "channel/memory.h"
#include "channel/task.h"
#include "channel/wait.h"

static struct snarl_future *future_of(struct snarl_promise *p)
{
	return (struct snarl_future *)((char *)p - offsetof(struct snarl_future, promise));
}

struct snarl_promise *sn_promise_new(void (*destroy)(void *))
{
	struct snarl_future *f = sn_future_new(0, destroy);

	if (!f)
		return NULL;
	f->promise.references = 1;
	return &f->promise;
}

struct snarl_promise *snarl_promise_retain(struct snarl_promise *promise)
{
	if (promise)
		sn_refer(&promise->references);
	return promise;
}

void sn_promise_release(struct snarl_promise *promise)
{
	if (!promise || !sn_unrefer(&promise->references))
		return;
	sn_future_settle(future_of(promise), -EPIPE, NULL);
	sn_future_release(future_of(promise));
}

struct snarl_future *sn_promise_future(struct snarl_promise *promise)
{
	return sn_future_retain(promise ? future_of(promise) : NULL);
}

struct snarl_promise *snarl_promise_new(void (*destroy)(void *))
{
	return sn_promise_new(destroy);
}

void snarl_promise_release(struct snarl_promise *promise)
{
	sn_promise_release(promise);
}

struct snarl_future *snarl_promise_future(struct snarl_promise *promise)
{
	return sn_promise_future(promise);
}

int snarl_promise_fulfil(struct snarl_promise *promise, void *value)
{
	return promise ? sn_future_settle(future_of(promise), 0, value) : -EINVAL;
}

int snarl_promise_fail(struct snarl_promise *promise, int error)
{
	return promise && error < 0 ? sn_future_settle(future_of(promise), error, NULL) : -EINVAL;
}

struct job {
	struct snarl_future *future;
	int (*function)(void *argument, void **value);
	void *argument;
};

/* A function that fails in a way that is no error still fails. */
static int as_error(int result)
{
	return result > 0 ? -EINVAL : result;
}

static void *run_job(void *job)
{
	struct job j = *(struct job *)job;
	void *value = NULL;
	int error;

	sn_free(job);
	error = as_error(j.function(j.argument, &value));
	sn_future_settle(j.future, error, value);
	sn_future_release(j.future);
	return NULL;
}

static int start(const char *name, struct job job, struct snarl_context *context)
{
	struct job *copy = sn_allocate(sizeof(*copy));
	struct snarl_task *task;

	if (!copy)
		return -ENOMEM;
	*copy = job;
	sn_refer(&job.future->references);
	task = sn_task_spawn(name, run_job, copy, context);
	if (task)
		return sn_task_detach(task);
	sn_future_release(job.future);
	sn_free(copy);
	return -errno;
}

struct snarl_future *snarl_future_spawn(const char *name, int (*function)(void *, void **),
					void *argument, struct snarl_context *context,
					void (*destroy)(void *))
{
	struct snarl_future *f;
	int e;

	if (!function) {
		errno = EINVAL;
		return NULL;
	}
	f = sn_future_new(0, destroy);
	if (!f)
		return NULL;
	e = start(name, (struct job){f, function, argument}, context);
	if (!e)
		return f;
	sn_future_release(f);
	errno = -e;
	return NULL;
}
