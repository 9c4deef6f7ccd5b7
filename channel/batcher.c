/* SPDX-License-Identifier: Apache-2.0
 *
 * The batcher: one task receives into the batch, and flushes when that is full, when its first
 * element has waited long enough, or at the end.  When the context ends the queue is closed first
 * and drained then, so that nothing that was added is lost.
 *
 * All handles together have one reference, the task has one. */
#include "base/sys.h"
#include "channel/crew.h"
#include "channel/memory.h"
#include "channel/wait.h"

struct snarl_batcher {
	uint32_t handles;
	uint32_t references;
	struct snarl_batch is;
	struct snarl_channel *queue;
	struct snarl_context *context; /* NULL, or a reference */
	struct sn_wait_group task;
	size_t count; /* in the batch; this and what follows are the task's */
	int64_t due;
	unsigned char elements[] __attribute__((aligned(16)));
};

/* The batcher whose task the calling thread is. */
static __thread struct snarl_batcher *own __attribute__((tls_model("initial-exec")));

static void release(struct snarl_batcher *b)
{
	if (!sn_unrefer(&b->references))
		return;
	sn_channel_release(b->queue);
	sn_context_release(b->context);
	sn_free(b);
}

static void flush(struct snarl_batcher *b)
{
	if (b->count)
		b->is.flush(b->elements, b->count, b->is.argument);
	b->count = 0;
}

static int64_t later(int64_t interval)
{
	int64_t due;

	return __builtin_add_overflow((int64_t)sn_now(), interval, &due) ? SNARL_FOREVER : due;
}

static int collect(struct snarl_batcher *b, int64_t deadline, struct snarl_context *context)
{
	void *place = b->elements + b->count * b->is.element_size;
	int e = sn_receive(b->queue, place, deadline, context);

	if (e)
		return e;
	if (b->count++ == 0)
		b->due = later(b->is.interval);
	if (b->count == b->is.size)
		flush(b);
	return 0;
}

/* One element or one flush; not 0 at the end. */
static int step(struct snarl_batcher *b)
{
	int e = collect(b, b->count ? b->due : SNARL_FOREVER, b->context);

	if (e == -ETIMEDOUT && !sn_context_error(b->context)) {
		flush(b);
		e = 0;
	}
	return e;
}

static void *run(void *batcher)
{
	struct snarl_batcher *b = batcher;

	own = b;
	while (!step(b))
		;
	sn_channel_close(b->queue);
	while (!collect(b, SN_TRY, NULL))
		;
	flush(b);
	own = NULL;
	sn_wait_group_add(&b->task, -1);
	release(b);
	return NULL;
}

static int begin(struct snarl_batcher *b, struct snarl_context *parent)
{
	int e;

	b->queue = sn_channel_new(b->is.element_size, b->is.capacity);
	if (!b->queue)
		return -errno;
	b->context = sn_context_retain(parent);
	sn_refer(&b->references);
	e = sn_crew_hire(&b->task, b->is.name ? b->is.name : "batcher", run, b, parent);
	if (e)
		release(b);
	return e;
}

static struct snarl_batcher *allocate(const struct snarl_batch *batch)
{
	struct snarl_batcher *b;
	size_t bytes;

	if (!batch || !batch->element_size || !batch->size || batch->interval <= 0 ||
	    !batch->flush || __builtin_mul_overflow(batch->size, batch->element_size, &bytes) ||
	    __builtin_add_overflow(bytes, sizeof(*b), &bytes)) {
		errno = EINVAL;
		return NULL;
	}
	b = sn_zeroed(1, bytes);
	if (!b)
		return NULL;
	b->handles = b->references = 1;
	b->is = *batch;
	return b;
}

struct snarl_batcher *snarl_batcher_new(const struct snarl_batch *batch,
					struct snarl_context *parent)
{
	struct snarl_batcher *b = allocate(batch);
	int e;

	if (!b)
		return NULL;
	e = begin(b, parent);
	if (!e)
		return b;
	release(b);
	errno = -e;
	return NULL;
}

struct snarl_batcher *snarl_batcher_retain(struct snarl_batcher *batcher)
{
	if (batcher)
		sn_refer(&batcher->handles);
	return batcher;
}

void snarl_batcher_release(struct snarl_batcher *batcher)
{
	if (!batcher || !sn_unrefer(&batcher->handles))
		return;
	sn_channel_close(batcher->queue);
	release(batcher);
}

/* The flush function cannot wait for room that only its return makes. */
static int add(struct snarl_batcher *b, const void *element, int64_t deadline,
	       struct snarl_context *context)
{
	int e;

	if (!b || !element)
		return -EINVAL;
	e = sn_send(b->queue, element, b == own ? SN_TRY : deadline, context);
	return e == -EAGAIN && deadline != SN_TRY ? -EDEADLK : e;
}

SN_FORMS(snarl_batcher_add, snarl_batcher_try_add, snarl_batcher_add_until, snarl_batcher_add_with,
	 add, (struct snarl_batcher * batcher, const void *element), (batcher, element))

static int shut_down(struct snarl_batcher *b, int64_t deadline, struct snarl_context *context)
{
	if (!b)
		return -EINVAL;
	sn_channel_close(b->queue);
	return b == own ? -EDEADLK : sn_wait_group_wait(&b->task, deadline, context);
}

int snarl_batcher_shutdown(struct snarl_batcher *batcher)
{
	return shut_down(batcher, SNARL_FOREVER, NULL);
}

int snarl_batcher_try_shutdown(struct snarl_batcher *batcher)
{
	return shut_down(batcher, SN_TRY, NULL);
}

int snarl_batcher_shutdown_until(struct snarl_batcher *batcher, int64_t deadline)
{
	return shut_down(batcher, sn_until(deadline), NULL);
}

/* Unlike other calls this one acts even if the context has ended. */
int snarl_batcher_shutdown_with(struct snarl_batcher *batcher, struct snarl_context *context)
{
	return shut_down(batcher, SNARL_FOREVER, context);
}
