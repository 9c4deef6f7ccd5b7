/* SPDX-License-Identifier: Apache-2.0
 *
 * The pipeline as its users see it: making it, sending, receiving, and its end.  What its tasks do
 * is in stage.c.  Once its context has ended everybody leaves, and what then lies in the channels
 * is discarded when the pipeline is freed. */
#include "channel/pipeline.h"
#include "channel/memory.h"
#include "channel/wait.h"

static void drain(struct snarl_channel *c, void (*discard)(void *item))
{
	void *item;

	while (c && !sn_receive(c, &item, SN_TRY, NULL))
		if (discard)
			discard(item);
	sn_channel_release(c);
}

void sn_pipeline_release(struct snarl_pipeline *p)
{
	if (!sn_unrefer(&p->references))
		return;
	for (size_t i = 0; i < p->count; i++)
		drain(p->stages[i].from, p->stages[i].is.discard);
	drain(p->output, p->discard);
	sn_context_release(p->context);
	sn_free(p);
}

void sn_pipeline_fail(struct snarl_pipeline *p, int error)
{
	int none = 0;

	sn_order_release(&p->error);
	if (__atomic_compare_exchange_n(&p->error, &none, error, 0, __ATOMIC_RELEASE,
					__ATOMIC_RELAXED))
		sn_context_cancel(p->context, error);
}

static int has_ended(struct snarl_pipeline *p)
{
	return sn_wait_group_wait(&p->tasks, SN_TRY, NULL) == 0;
}

/* What ended the pipeline, if anything did before its end: what becomes of its context after that
 * does not make a good end a bad one. */
static int failure(struct snarl_pipeline *p)
{
	int error = __atomic_load_n(&p->error, __ATOMIC_ACQUIRE);

	if (!error && !has_ended(p)) {
		error = sn_context_error(p->context);
		if (error)
			sn_pipeline_fail(p, error);
	}
	sn_order_acquire(&p->error);
	return __atomic_load_n(&p->error, __ATOMIC_ACQUIRE);
}

static int hire_all(struct snarl_pipeline *p)
{
	int e = 0;

	for (size_t i = 0; i < p->count && !e; i++)
		e = sn_stage_hire(&p->stages[i]);
	return e;
}

static int lay(struct snarl_pipeline *p, const struct snarl_stage *stages, size_t capacity)
{
	for (size_t i = 0; i < p->count; i++) {
		struct stage *s = &p->stages[i];
		s->is = stages[i];
		s->pipeline = p;
		s->tasks = s->is.parallel ? s->is.parallel : 1;
		sn_turns_begin(&s->turns);
		s->from = sn_channel_new(sizeof(void *), s->is.capacity);
		if (!s->from)
			return -errno;
		if (i)
			(s - 1)->to = s->from;
	}
	p->output = sn_channel_new(sizeof(void *), capacity);
	p->stages[p->count - 1].to = p->output;
	return p->output ? 0 : -errno;
}

static int open_pipeline(struct snarl_pipeline *p, const struct snarl_stage *stages,
			 size_t capacity, struct snarl_context *parent)
{
	int e = lay(p, stages, capacity);

	if (e)
		return e;
	p->context = sn_context_with_cancel(parent);
	if (!p->context)
		return -errno;
	e = hire_all(p);
	if (!e)
		return 0;
	sn_context_cancel(p->context, 0);
	sn_wait_group_wait(&p->tasks, SNARL_FOREVER, NULL);
	return e;
}

static struct snarl_pipeline *allocate(const struct snarl_stage *stages, size_t count)
{
	struct snarl_pipeline *p;
	size_t bytes;

	for (size_t i = 0; stages && i < count; i++)
		if (!stages[i].function)
			count = 0;
	if (!stages || !count || __builtin_mul_overflow(count, sizeof(*p->stages), &bytes) ||
	    __builtin_add_overflow(bytes, sizeof(*p), &bytes)) {
		errno = EINVAL;
		return NULL;
	}
	p = sn_zeroed(1, bytes);
	if (!p)
		return NULL;
	p->handles = p->references = 1;
	p->count = count;
	return p;
}

struct snarl_pipeline *snarl_pipeline_new(const struct snarl_stage *stages, size_t count,
					  size_t capacity, void (*discard)(void *item),
					  struct snarl_context *parent)
{
	struct snarl_pipeline *p = allocate(stages, count);
	int e;

	if (!p)
		return NULL;
	p->discard = discard;
	e = open_pipeline(p, stages, capacity, parent);
	if (!e)
		return p;
	sn_pipeline_release(p);
	errno = -e;
	return NULL;
}

struct snarl_pipeline *snarl_pipeline_retain(struct snarl_pipeline *pipeline)
{
	if (pipeline)
		sn_refer(&pipeline->handles);
	return pipeline;
}

void snarl_pipeline_release(struct snarl_pipeline *pipeline)
{
	if (!pipeline || !sn_unrefer(&pipeline->handles))
		return;
	sn_channel_close(pipeline->stages[0].from);
	sn_context_cancel(pipeline->context, 0);
	sn_pipeline_release(pipeline);
}

/* The pipeline has come to its good end, so all its channels are closed: nothing waits. */
static int transfer_at_end(struct snarl_case wanted)
{
	int e = sn_select(&wanted, 1, 1, SN_TRY, NULL);

	return e ? e : wanted.result;
}

/* A send or a receive that the pipeline's end ends too: a select, since the caller may have a
 * context of its own. */
static int transfer(struct snarl_pipeline *p, struct snarl_case wanted, int64_t deadline,
		    struct snarl_context *context)
{
	struct snarl_case cases[] = {{sn_context_done_channel(p->context), NULL, SNARL_RECEIVE, 0},
				     wanted};
	int e = failure(p);

	if (e)
		return e;
	/* The end of the pipeline goes before what could still be done. */
	e = sn_select(cases, 2, 1, deadline, context);
	if (e == 0)
		e = failure(p);
	if (e == 0)
		return transfer_at_end(wanted);
	return e == 1 ? cases[1].result : e;
}

static int send_item(struct snarl_pipeline *p, void *item, int64_t deadline,
		     struct snarl_context *context)
{
	if (!p)
		return -EINVAL;
	return transfer(p, (struct snarl_case){p->stages[0].from, &item, SNARL_SEND, 0}, deadline,
			context);
}

SN_FORMS(snarl_pipeline_send, snarl_pipeline_try_send, snarl_pipeline_send_until,
	 snarl_pipeline_send_with, send_item, (struct snarl_pipeline * pipeline, void *item),
	 (pipeline, item))

static int receive_item(struct snarl_pipeline *p, void **item, int64_t deadline,
			struct snarl_context *context)
{
	if (!p || !item)
		return -EINVAL;
	return transfer(p, (struct snarl_case){p->output, item, SNARL_RECEIVE, 0}, deadline,
			context);
}

SN_FORMS(snarl_pipeline_receive, snarl_pipeline_try_receive, snarl_pipeline_receive_until,
	 snarl_pipeline_receive_with, receive_item, (struct snarl_pipeline * pipeline, void **item),
	 (pipeline, item))

int snarl_pipeline_close(struct snarl_pipeline *pipeline)
{
	return pipeline ? sn_channel_close(pipeline->stages[0].from) : -EINVAL;
}

int snarl_pipeline_cancel(struct snarl_pipeline *pipeline, int error)
{
	if (!pipeline || error > 0)
		return -EINVAL;
	if (sn_wait_group_wait(&pipeline->tasks, SN_TRY, NULL))
		if (!has_ended(pipeline))
			sn_pipeline_fail(pipeline, error ? error : -ECANCELED);
	return 0;
}

static int wait_for(struct snarl_pipeline *p, int64_t deadline, struct snarl_context *context)
{
	int e;

	if (!p)
		return -EINVAL;
	if (p == sn_stage_pipeline())
		return -EDEADLK;
	e = sn_wait_group_wait(&p->tasks, deadline, context);
	return e ? e : __atomic_load_n(&p->error, __ATOMIC_ACQUIRE);
}

SN_FORMS(snarl_pipeline_wait, snarl_pipeline_try_wait, snarl_pipeline_wait_until,
	 snarl_pipeline_wait_with, wait_for, (struct snarl_pipeline * pipeline), (pipeline))
