/* SPDX-License-Identifier: Apache-2.0
 *
 * The worker pool: a channel of jobs, and tasks that receive from it until it is closed and
 * drained.  Once the pool's context has ended they go on receiving, and discard: so the queue
 * always empties, and no submitter is left waiting.
 *
 * All handles together have one reference, each worker has one: the program may let go of the pool
 * while its workers finish. */
#include "channel/crew.h"
#include "channel/future.h"
#include "channel/memory.h"
#include "channel/wait.h"

struct snarl_pool {
	uint32_t handles;
	uint32_t references;
	enum snarl_when_full full;
	struct snarl_channel *queue;
	struct snarl_context *context;
	struct sn_wait_group workers;
	uint64_t running;
	uint64_t done;
	uint64_t dropped;
};

struct entry {
	struct snarl_job job;
	struct snarl_future *future; /* a reference, or NULL */
};

/* The pool that the calling thread works for. */
static __thread struct snarl_pool *employer __attribute__((tls_model("initial-exec")));

static void count(uint64_t *what, int64_t by)
{
	__atomic_fetch_add(what, (uint64_t)by, __ATOMIC_RELAXED);
}

static void release(struct snarl_pool *p)
{
	if (!sn_unrefer(&p->references))
		return;
	sn_channel_release(p->queue);
	sn_context_release(p->context);
	sn_free(p);
}

static void discard(struct snarl_pool *p, struct entry *entry)
{
	count(&p->dropped, 1);
	if (entry->job.discard)
		entry->job.discard(entry->job.argument);
	if (!entry->future)
		return;
	sn_future_settle(entry->future, -ECANCELED, NULL);
	sn_future_release(entry->future);
}

/* A function that fails in a way that is no error still fails. */
static void deliver(struct entry *entry, int error, void *value)
{
	if (entry->future) {
		sn_future_settle(entry->future, error > 0 ? -EINVAL : error, value);
		sn_future_release(entry->future);
	} else if (!error && entry->job.destroy) {
		entry->job.destroy(value);
	}
}

/* Counted before the future is settled, so that whoever has the result finds the job done. */
static void run(struct snarl_pool *p, struct entry *entry)
{
	void *value = NULL;
	int error;

	count(&p->running, 1);
	error = entry->job.function(entry->job.argument, &value);
	count(&p->running, -1);
	count(&p->done, 1);
	deliver(entry, error, value);
}

static void *work(void *pool)
{
	struct snarl_pool *p = pool;
	struct entry entry;

	employer = p;
	while (!sn_receive(p->queue, &entry, SNARL_FOREVER, NULL)) {
		if (sn_context_error(p->context))
			discard(p, &entry);
		else
			run(p, &entry);
	}
	employer = NULL;
	sn_wait_group_add(&p->workers, -1);
	release(p);
	return NULL;
}

static int hire(struct snarl_pool *p, const char *name, unsigned workers)
{
	int e = 0;

	for (unsigned i = 0; i < workers && !e; i++) {
		sn_refer(&p->references);
		e = sn_crew_hire(&p->workers, name ? name : "worker", work, p, p->context);
		if (e)
			release(p);
	}
	return e;
}

/* Those that were hired before one could not be leave at once. */
static int open_pool(struct snarl_pool *p, const char *name, unsigned workers, size_t capacity,
		     struct snarl_context *parent)
{
	int e;

	p->queue = sn_channel_new(sizeof(struct entry), capacity);
	if (!p->queue)
		return -errno;
	p->context = sn_context_with_cancel(parent);
	if (!p->context)
		return -errno;
	e = hire(p, name, workers);
	if (!e)
		return 0;
	sn_channel_close(p->queue);
	sn_wait_group_wait(&p->workers, SNARL_FOREVER, NULL);
	return e;
}

static int is_policy(enum snarl_when_full full, size_t capacity)
{
	return full == SNARL_FULL_BLOCK || full == SNARL_FULL_REJECT ||
	       full == SNARL_FULL_DROP_NEWEST || (full == SNARL_FULL_DROP_OLDEST && capacity > 0);
}

struct snarl_pool *snarl_pool_new(const char *name, unsigned workers, size_t capacity,
				  enum snarl_when_full full, struct snarl_context *parent)
{
	struct snarl_pool *p;
	int e;

	if (!workers || !is_policy(full, capacity)) {
		errno = EINVAL;
		return NULL;
	}
	p = sn_zeroed(1, sizeof(*p));
	if (!p)
		return NULL;
	p->handles = p->references = 1;
	p->full = full;
	e = open_pool(p, name, workers, capacity, parent);
	if (!e)
		return p;
	release(p);
	errno = -e;
	return NULL;
}

struct snarl_pool *snarl_pool_retain(struct snarl_pool *pool)
{
	if (pool)
		sn_refer(&pool->handles);
	return pool;
}

void snarl_pool_release(struct snarl_pool *pool)
{
	if (!pool || !sn_unrefer(&pool->handles))
		return;
	sn_channel_close(pool->queue);
	release(pool);
}

static int prepare(struct entry *entry, const struct snarl_job *job, int wants_future)
{
	*entry = (struct entry){*job, NULL};
	if (!wants_future)
		return 0;
	entry->future = sn_future_new(0, job->destroy);
	return entry->future ? 0 : -ENOMEM;
}

/* What comes of an offer of which `e` says how it went: the submitter's result. */
static int conclude(struct snarl_pool *p, struct entry *entry, struct entry *oldest, int e)
{
	if (e == 1)
		discard(p, oldest);
	if (e != -EAGAIN || p->full != SNARL_FULL_DROP_NEWEST)
		return e;
	discard(p, entry);
	return 1;
}

static int offer(struct snarl_pool *p, struct entry *entry, struct snarl_future **future,
		 int64_t deadline, struct snarl_context *context)
{
	struct snarl_future *mine = sn_future_retain(entry->future);
	struct entry oldest;
	int e;

	e = sn_offer(p->queue, entry, p->full, &oldest, deadline, context);
	e = conclude(p, entry, &oldest, e);
	if (e >= 0 && future)
		*future = mine;
	if (e < 0) {
		sn_future_release(entry->future);
		sn_future_release(mine);
	}
	return e;
}

static int submit(struct snarl_pool *p, const struct snarl_job *job, struct snarl_future **future,
		  int64_t deadline, struct snarl_context *context)
{
	struct entry entry;
	int e;

	if (!p || !job || !job->function)
		return -EINVAL;
	if (sn_channel_is_closed(p->queue))
		return -EPIPE;
	e = sn_context_error(p->context);
	if (!e)
		e = prepare(&entry, job, future != NULL);
	return e ? e : offer(p, &entry, future, deadline, context);
}

SN_FORMS(snarl_pool_submit, snarl_pool_try_submit, snarl_pool_submit_until, snarl_pool_submit_with,
	 submit,
	 (struct snarl_pool * pool, const struct snarl_job *job, struct snarl_future **future),
	 (pool, job, future))

/* The workers would do that too, but not before the jobs that they are at have obeyed. */
static void discard_queued(struct snarl_pool *p)
{
	struct entry entry;

	while (!sn_receive(p->queue, &entry, SN_TRY, NULL))
		discard(p, &entry);
}

static int shut_down(struct snarl_pool *p, int64_t deadline, struct snarl_context *context)
{
	int e;

	if (!p)
		return -EINVAL;
	sn_channel_close(p->queue);
	if (p == employer)
		return -EDEADLK;
	e = sn_wait_group_wait(&p->workers, deadline, context);
	if (e == -EAGAIN)
		return e;
	sn_context_cancel(p->context, e);
	discard_queued(p);
	return e;
}

int snarl_pool_shutdown(struct snarl_pool *pool)
{
	return shut_down(pool, SNARL_FOREVER, NULL);
}

int snarl_pool_try_shutdown(struct snarl_pool *pool)
{
	return shut_down(pool, SN_TRY, NULL);
}

int snarl_pool_shutdown_until(struct snarl_pool *pool, int64_t deadline)
{
	return shut_down(pool, sn_until(deadline), NULL);
}

/* Unlike other calls this one acts even if the context has ended. */
int snarl_pool_shutdown_with(struct snarl_pool *pool, struct snarl_context *context)
{
	return shut_down(pool, SNARL_FOREVER, context);
}

static uint64_t read_count(const uint64_t *what)
{
	return __atomic_load_n(what, __ATOMIC_RELAXED);
}

int snarl_pool_statistics(struct snarl_pool *pool, struct snarl_pool_statistics *statistics)
{
	if (!pool || !statistics)
		return -EINVAL;
	*statistics = (struct snarl_pool_statistics){
		.queued = sn_channel_length(pool->queue),
		.running = read_count(&pool->running),
		.done = read_count(&pool->done),
		.dropped = read_count(&pool->dropped),
	};
	return 0;
}
