/* SPDX-License-Identifier: Apache-2.0
 *
 * What the tasks of a pipeline do: receive an item, call the stage's function, send the result, in
 * the order in which the items were received if the stage is ordered.  All their waits are under
 * the pipeline's context.  The last task of a stage to leave closes what the stage sent to, and so
 * the end travels down. */
#include "channel/pipeline.h"
#include "channel/wait.h"

/* The pipeline whose task the calling thread is. */
static __thread struct snarl_pipeline *own __attribute__((tls_model("initial-exec")));

/* The next item and its ticket. */
static int take(struct stage *s, void **item, uint64_t *ticket)
{
	struct snarl_context *context = s->pipeline->context;
	int e;

	if (!s->is.ordered)
		return sn_receive(s->from, item, SNARL_FOREVER, context);
	e = sn_semaphore_acquire(&s->turns.intake, 1, SNARL_FOREVER, context);
	if (e)
		return e;
	e = sn_receive(s->from, item, SNARL_FOREVER, context);
	if (!e)
		*ticket = s->turns.tickets++;
	sn_semaphore_give(&s->turns.intake, 1);
	return e;
}

static void discard_result(struct stage *s, void *result)
{
	struct snarl_pipeline *p = s->pipeline;
	int is_last = s == &p->stages[p->count - 1];
	void (*discard)(void *) = is_last ? p->discard : (s + 1)->is.discard;

	if (discard)
		discard(result);
}

/* Sends the result, if there is one, when it is the ticket's turn. */
static int pass_on(struct stage *s, void *result, int passes, uint64_t ticket)
{
	struct snarl_context *context = s->pipeline->context;
	int e = s->is.ordered ? sn_turns_await(&s->turns, ticket, context) : 0;

	if (!e && passes)
		e = sn_send(s->to, &result, SNARL_FOREVER, context);
	if (e && passes)
		discard_result(s, result);
	if (!e && s->is.ordered)
		sn_turns_pass(&s->turns);
	return e;
}

static int process_one(struct stage *s)
{
	uint64_t ticket = 0;
	void *item, *result;
	int e = take(s, &item, &ticket);

	if (e)
		return e;
	result = item;
	e = s->is.function(item, &result, s->is.argument);
	if (e < 0) {
		sn_pipeline_fail(s->pipeline, e); /* now, since it may be -EPIPE */
		return e;
	}
	return pass_on(s, result, e == 0, ticket);
}

static void *work(void *stage)
{
	struct stage *s = stage;
	struct snarl_pipeline *p = s->pipeline;
	int e;

	own = p;
	do {
		e = process_one(s);
	} while (!e);
	own = NULL;
	if (e != -EPIPE)
		sn_pipeline_fail(p, e);
	/* Release and acquire: what the others sent comes before the close. */
	if (sn_unrefer(&s->tasks))
		sn_channel_close(s->to);
	sn_wait_group_add(&p->tasks, -1);
	sn_pipeline_release(p);
	return NULL;
}

int sn_stage_hire(struct stage *s)
{
	const char *name = s->is.name ? s->is.name : "stage";
	struct snarl_pipeline *p = s->pipeline;
	int e = 0;

	for (uint32_t i = s->tasks; i > 0 && !e; i--) {
		sn_refer(&p->references);
		e = sn_crew_hire(&p->tasks, name, work, s, p->context);
		if (e)
			sn_pipeline_release(p);
	}
	return e;
}

struct snarl_pipeline *sn_stage_pipeline(void)
{
	return own;
}
