/* SPDX-License-Identifier: Apache-2.0
 *
 * Work that flows through the program: the worker pool, the pipeline, fan-out and fan-in, and the
 * batcher.  All are bounded: what cannot be taken in makes the caller wait, or is dropped or
 * rejected, as it chose; nothing piles up.
 *
 * Each runs tasks (task.h) of its own, with a context of its own that is a child of the one it was
 * made with; the program's functions find it as snarl_task_context().  Every blocking call comes in
 * the four forms that channel.h describes.  All functions may be called by any thread at any time,
 * but not by a signal handler; calls that cannot end by their nature, such as a worker's wait for
 * its own pool, return -EDEADLK. */
#ifndef SNARL_CHANNEL_FLOW_H
#define SNARL_CHANNEL_FLOW_H

#include "api.h"

SNARL_BEGIN

struct snarl_future;

/* What becomes of something new when a bounded queue is full. */
enum snarl_when_full {
	SNARL_FULL_BLOCK,       /* it waits: back-pressure */
	SNARL_FULL_REJECT,      /* its sender is told, -EAGAIN, and keeps it */
	SNARL_FULL_DROP_NEWEST, /* it is dropped */
	SNARL_FULL_DROP_OLDEST, /* what waited longest is dropped for it */
	SNARL_FULL_CLOSE,       /* the slow one's queue is closed (topic.h only) */
};

/* ---- Worker pool ---- */

struct snarl_pool;

/* What a worker does: function(argument, &value) gives 0 and perhaps a value, or a negative error.
 * Once submitted, either the function is called with the argument or, for a job that is dropped,
 * `discard` (may be NULL).  When the function gave 0 its value, even NULL, belongs to the job's
 * future, whose end calls `destroy` (may be NULL) with it; without a future that is done at once.
 * The function must return (no pthread_exit, no longjmp). */
struct snarl_job {
	int (*function)(void *argument, void **value);
	void *argument;
	void (*discard)(void *argument);
	void (*destroy)(void *value);
};

struct snarl_pool_statistics {
	uint64_t queued;  /* wait for a worker now */
	uint64_t running; /* are being done now */
	uint64_t done;    /* have been done, well or not */
	uint64_t dropped; /* were submitted and never run */
};

/* `workers` tasks (above 0) that share a queue for `capacity` jobs beyond those that are running.
 * NULL with errno ENOMEM, EAGAIN (no room for a thread) or EINVAL: no worker, or a policy that is
 * not of a pool or needs a capacity. */
SNARL_API struct snarl_pool *snarl_pool_new(const char *name, unsigned workers, size_t capacity,
					    enum snarl_when_full full,
					    struct snarl_context *parent);

/* Takes, gives up a reference.  When the last one goes no job can be submitted any more; those that
 * were are done, and the workers leave. */
SNARL_API struct snarl_pool *snarl_pool_retain(struct snarl_pool *pool);
SNARL_API void snarl_pool_release(struct snarl_pool *pool);

/* Copies the job into the queue: 0; or 1 when one was dropped, this or the oldest, by the pool's
 * policy.  With `future` not NULL *future is the job's future, the caller's to release; that of a
 * dropped job fails with -ECANCELED.  Else nothing is taken: -EAGAIN rejected, -EPIPE after
 * shutdown, the error of the pool's context when that has ended, -ENOMEM, -EINVAL; or, when the
 * policy is to wait, what the form of the call says. A job that submits to its own pool and waits
 * holds up a worker: if all do that, nobody makes room. */
SNARL_API int snarl_pool_submit(struct snarl_pool *pool, const struct snarl_job *job,
				struct snarl_future **future);
SNARL_API int snarl_pool_try_submit(struct snarl_pool *pool, const struct snarl_job *job,
				    struct snarl_future **future);
SNARL_API int snarl_pool_submit_until(struct snarl_pool *pool, const struct snarl_job *job,
				      struct snarl_future **future, int64_t deadline);
SNARL_API int snarl_pool_submit_with(struct snarl_pool *pool, const struct snarl_job *job,
				     struct snarl_future **future, struct snarl_context *context);

/* Takes no more jobs and waits until those submitted are done and the workers have left: 0.  The
 * deadline is hard: when it passes (or the context ends) the context of the running jobs is
 * cancelled, the queued ones are dropped, and the result, -ETIMEDOUT or -ECANCELED, is returned at
 * once; a further call waits until the running jobs have obeyed.  try_shutdown cancels nothing and
 * returns -EAGAIN.  May be called by several and again.  -EDEADLK by a worker of the pool. */
SNARL_API int snarl_pool_shutdown(struct snarl_pool *pool);
SNARL_API int snarl_pool_try_shutdown(struct snarl_pool *pool);
SNARL_API int snarl_pool_shutdown_until(struct snarl_pool *pool, int64_t deadline);
SNARL_API int snarl_pool_shutdown_with(struct snarl_pool *pool, struct snarl_context *context);

/* Each number is true of some moment during the call.  0, or -EINVAL. */
SNARL_API int snarl_pool_statistics(struct snarl_pool *pool,
				    struct snarl_pool_statistics *statistics);

/* ---- Pipeline: stages that work at the same time, each on what the one before gave it. ---- */

struct snarl_pipeline;

/* One stage.  function(item, &result, argument) owns the item and returns 0 to pass the result on
 * (at first the item itself), 1 when nothing is to be passed on, or a negative error, which ends
 * the pipeline. */
struct snarl_stage {
	const char *name; /* of its tasks; NULL: "stage" */
	int (*function)(void *item, void **result, void *argument);
	void *argument;
	void (*discard)(void *item); /* for items the stage will not get; may be NULL */
	unsigned parallel;           /* tasks; 0 is 1 */
	int ordered;                 /* results leave in the order in which the items came in */
	size_t capacity;             /* items that may wait before this stage */
};

/* A pipeline of `count` stages, which are copied, and room for `capacity` results at its end;
 * `discard` (may be NULL) is for results that nobody received.  NULL with errno ENOMEM, EAGAIN or
 * EINVAL (no stage, or one without a function). */
SNARL_API struct snarl_pipeline *snarl_pipeline_new(const struct snarl_stage *stages, size_t count,
						    size_t capacity, void (*discard)(void *item),
						    struct snarl_context *parent);

/* Takes, gives up a reference.  When the last one goes the pipeline is cancelled; what is in it is
 * discarded when its last stage has ended. */
SNARL_API struct snarl_pipeline *snarl_pipeline_retain(struct snarl_pipeline *pipeline);
SNARL_API void snarl_pipeline_release(struct snarl_pipeline *pipeline);

/* Hands an item, which then belongs to the pipeline, to the first stage, and waits while that has
 * no room.  Else the item is still the caller's: -EPIPE closed; the error that ended the pipeline;
 * or what the form of the call says. */
SNARL_API int snarl_pipeline_send(struct snarl_pipeline *pipeline, void *item);
SNARL_API int snarl_pipeline_try_send(struct snarl_pipeline *pipeline, void *item);
SNARL_API int snarl_pipeline_send_until(struct snarl_pipeline *pipeline, void *item,
					int64_t deadline);
SNARL_API int snarl_pipeline_send_with(struct snarl_pipeline *pipeline, void *item,
				       struct snarl_context *context);

/* The next result: 0, and *item (may not be NULL) is the caller's.  -EPIPE when all have been
 * received; the error that ended the pipeline, even if there are results left; or what the form of
 * the call says.  A pipeline whose last stage passes something on stands still until somebody
 * receives. */
SNARL_API int snarl_pipeline_receive(struct snarl_pipeline *pipeline, void **item);
SNARL_API int snarl_pipeline_try_receive(struct snarl_pipeline *pipeline, void **item);
SNARL_API int snarl_pipeline_receive_until(struct snarl_pipeline *pipeline, void **item,
					   int64_t deadline);
SNARL_API int snarl_pipeline_receive_with(struct snarl_pipeline *pipeline, void **item,
					  struct snarl_context *context);

/* No more items: each stage ends when it has done what it has.  0 or -EALREADY. */
SNARL_API int snarl_pipeline_close(struct snarl_pipeline *pipeline);

/* Ends it with `error` (negative; 0 is -ECANCELED) unless it has failed or ended: 0 or -EINVAL.
 * Does not wait for the stages, whose functions find their context ended. */
SNARL_API int snarl_pipeline_cancel(struct snarl_pipeline *pipeline, int error);

/* Waits until all stages have ended: 0, or the first error; -EDEADLK by one of its stages; or what
 * the form of the call says. */
SNARL_API int snarl_pipeline_wait(struct snarl_pipeline *pipeline);
SNARL_API int snarl_pipeline_try_wait(struct snarl_pipeline *pipeline);
SNARL_API int snarl_pipeline_wait_until(struct snarl_pipeline *pipeline, int64_t deadline);
SNARL_API int snarl_pipeline_wait_with(struct snarl_pipeline *pipeline,
				       struct snarl_context *context);

/* ---- Fan-in and fan-out between channels, by tasks that run until their sources are closed and
 * drained or the context ends.  They take references to what they use.  Who stops receiving before
 * the end cancels the context, else the tasks wait for ever; each drops the element it then has. */

/* A channel with room for `capacity` elements that gets what arrives on any of `count` sources, in
 * order as regards each, and is closed when all are at their end.  Owned by the caller, who never
 * sends on it.  NULL with errno ENOMEM, EAGAIN, or EINVAL: no source, a NULL one, sizes differ. */
SNARL_API struct snarl_channel *snarl_fan_in(struct snarl_channel *const *sources, size_t count,
					     size_t capacity, struct snarl_context *context);

/* Passes each element of `source` to one of `count` outputs, whichever is ready first.  The outputs
 * are closed at the end; an output that was closed before is left out.  0; -ENOMEM, -EAGAIN or
 * -EINVAL: then nothing runs. */
SNARL_API int snarl_fan_out(struct snarl_channel *source, struct snarl_channel *const *outputs,
			    size_t count, struct snarl_context *context);

/* The same, but to the outputs in turn: each gets as many as the others, and while the one whose
 * turn it is has no room the others wait too. */
SNARL_API int snarl_fan_deal(struct snarl_channel *source, struct snarl_channel *const *outputs,
			     size_t count, struct snarl_context *context);

/* The same, but every output gets a copy of each element; the slowest sets the pace. */
SNARL_API int snarl_fan_copy(struct snarl_channel *source, struct snarl_channel *const *outputs,
			     size_t count, struct snarl_context *context);

/* ---- Batcher: elements are handed on together, when there are enough or the first has waited
 * long enough. ---- */

struct snarl_batcher;

/* What a batcher is made of. */
struct snarl_batch {
	const char *name;    /* of its task; NULL: "batcher" */
	size_t element_size; /* above 0 */
	size_t size;         /* elements of a full batch, above 0 */
	int64_t interval;    /* nanoseconds the first may wait, above 0; SNARL_FOREVER: any time */
	size_t capacity;     /* elements that may wait while a batch is handed on */
	/* Called by the batcher's task, with one batch at a time. */
	void (*flush)(const void *elements, size_t count, void *argument);
	void *argument;
};

/* NULL with errno ENOMEM, EAGAIN or EINVAL. */
SNARL_API struct snarl_batcher *snarl_batcher_new(const struct snarl_batch *batch,
						  struct snarl_context *parent);

/* Takes, gives up a reference.  When the last one goes what was added is flushed, and the task
 * ends. */
SNARL_API struct snarl_batcher *snarl_batcher_retain(struct snarl_batcher *batcher);
SNARL_API void snarl_batcher_release(struct snarl_batcher *batcher);

/* Copies an element in, and waits while there is no room.  What was added is flushed some day, come
 * what may.  0; -EPIPE after shutdown or when the context has ended; or what the form of the call
 * says. */
SNARL_API int snarl_batcher_add(struct snarl_batcher *batcher, const void *element);
SNARL_API int snarl_batcher_try_add(struct snarl_batcher *batcher, const void *element);
SNARL_API int snarl_batcher_add_until(struct snarl_batcher *batcher, const void *element,
				      int64_t deadline);
SNARL_API int snarl_batcher_add_with(struct snarl_batcher *batcher, const void *element,
				     struct snarl_context *context);

/* Takes no more, flushes what there is, and waits until that is done: 0; -EDEADLK by the flush
 * function; or what the form of the call says, which ends the waiting only. */
SNARL_API int snarl_batcher_shutdown(struct snarl_batcher *batcher);
SNARL_API int snarl_batcher_try_shutdown(struct snarl_batcher *batcher);
SNARL_API int snarl_batcher_shutdown_until(struct snarl_batcher *batcher, int64_t deadline);
SNARL_API int snarl_batcher_shutdown_with(struct snarl_batcher *batcher,
					  struct snarl_context *context);

SNARL_END

#endif
