/* SPDX-License-Identifier: Apache-2.0
 *
 * Fan-in and fan-out.  Fan-in has a task for each source, so that each keeps its order and none
 * waits for another; the last to end closes the output.  Fan-out has one task.  What a task needs
 * it has from the start: nothing is lost for want of memory. */
#include "channel/crew.h"
#include "channel/memory.h"
#include "channel/task.h"
#include "channel/wait.h"

/* Of one output.  Nobody takes anything before all have started. */
struct inlets {
	uint32_t left; /* that have not ended */
	struct sn_wait_group gate;
};

struct inlet {
	struct snarl_channel *source;
	struct snarl_channel *output;
	struct snarl_context *context;
	struct inlets *all;
	unsigned char element[];
};

struct outlet {
	struct snarl_channel *source;
	struct snarl_context *context;
	size_t count;
	unsigned char *element;
	size_t next; /* output whose turn it is, when they are served in turn */
	struct snarl_case cases[];
};

static void leave_inlets(struct inlets *all, struct snarl_channel *output)
{
	if (!sn_unrefer(&all->left))
		return;
	sn_channel_close(output);
	sn_free(all);
}

static void free_inlet(struct inlet *in)
{
	leave_inlets(in->all, in->output);
	sn_channel_release(in->output);
	sn_channel_release(in->source);
	sn_free(in);
}

static void *pour_in(void *inlet)
{
	struct inlet *in = inlet;

	sn_wait_group_wait(&in->all->gate, SNARL_FOREVER, NULL);
	while (!sn_receive(in->source, in->element, SNARL_FOREVER, in->context))
		if (sn_send(in->output, in->element, SNARL_FOREVER, in->context))
			break;
	free_inlet(in);
	return NULL;
}

static int start(const char *name, void *(*function)(void *), void *argument,
		 struct snarl_context *context)
{
	struct snarl_task *task = sn_task_spawn(name, function, argument, context);

	return task ? sn_task_detach(task) : -errno;
}

/* The common size of elements; negative when there is none. */
static int64_t size_of(struct snarl_channel *const *channels, size_t count)
{
	if (!channels || !count)
		return -EINVAL;
	for (size_t i = 0; i < count; i++)
		if (!channels[i] || channels[i]->element != channels[0]->element)
			return -EINVAL;
	return channels[0]->element;
}

static int open_inlet(struct snarl_channel *source, struct snarl_channel *output,
		      struct inlets *all, struct snarl_context *own)
{
	struct inlet *in = sn_allocate(sizeof(*in) + output->element);
	int e;

	if (!in)
		return -ENOMEM;
	sn_refer(&all->left);
	*in = (struct inlet){sn_channel_retain(source), sn_channel_retain(output), own, all};
	e = start("fan-in", pour_in, in, own);
	if (e)
		free_inlet(in);
	return e;
}

/* When one cannot start the others find their context cancelled as they pass the gate.  This
 * function counts as an inlet, so that the output is not closed in between. */
static int open_inlets(struct snarl_channel *const *sources, size_t count,
		       struct snarl_channel *output, struct snarl_context *own)
{
	struct inlets *all = sn_zeroed(1, sizeof(*all));
	int e = 0;

	if (!all)
		return -ENOMEM;
	all->left = 1;
	sn_wait_group_add(&all->gate, 1);
	for (size_t i = 0; i < count && !e; i++)
		e = open_inlet(sources[i], output, all, own);
	if (e)
		sn_context_cancel(own, 0);
	sn_wait_group_add(&all->gate, -1);
	leave_inlets(all, output);
	return e;
}

static struct snarl_channel *make_fan_in(struct snarl_channel *const *sources, size_t count,
					 size_t capacity, struct snarl_context *own)
{
	struct snarl_channel *output = sn_channel_new(sources[0]->element, capacity);
	int e;

	if (!output)
		return NULL;
	e = open_inlets(sources, count, output, own);
	if (!e)
		return output;
	sn_channel_release(output);
	errno = -e;
	return NULL;
}

struct snarl_channel *snarl_fan_in(struct snarl_channel *const *sources, size_t count,
				   size_t capacity, struct snarl_context *context)
{
	struct snarl_channel *output;
	struct snarl_context *own;

	if (size_of(sources, count) < 0) {
		errno = EINVAL;
		return NULL;
	}
	own = sn_context_with_cancel(context);
	if (!own)
		return NULL;
	output = make_fan_in(sources, count, capacity, own);
	sn_context_release(own);
	return output;
}

static void free_outlet(struct outlet *out)
{
	for (size_t i = 0; i < out->count; i++)
		sn_channel_release(out->cases[i].channel);
	sn_channel_release(out->source);
	sn_free(out);
}

static int leave_out(struct outlet *out, size_t i)
{
	sn_channel_release(out->cases[i].channel);
	out->cases[i] = out->cases[--out->count];
	return out->count ? -EAGAIN : -EPIPE;
}

/* To each output in turn, waiting for it.  -EAGAIN: it is closed and left out from now on. */
static int send_in_turn(struct outlet *out)
{
	size_t i = out->next % out->count;
	int e = sn_send(out->cases[i].channel, out->element, SNARL_FOREVER, out->context);

	if (e == -EPIPE)
		return leave_out(out, i);
	out->next = i + 1;
	return e;
}

/* To whichever output is ready first; when a select of so many has no memory, to the next in turn.
 */
static int send_to_one(struct outlet *out)
{
	int i = sn_select(out->cases, out->count, 0, SNARL_FOREVER, out->context);

	if (i == -ENOMEM)
		return send_in_turn(out);
	if (i < 0)
		return i;
	return out->cases[i].result == -EPIPE ? leave_out(out, (size_t)i) : out->cases[i].result;
}

static int send_to_all(struct outlet *out)
{
	for (size_t i = 0; i < out->count;) {
		int e = sn_send(out->cases[i].channel, out->element, SNARL_FOREVER, out->context);

		if (e == -EPIPE)
			e = leave_out(out, i);
		else
			i++;
		if (e && e != -EAGAIN)
			return e;
	}
	return 0;
}

/* Ends with the source or the context, or when no output is open any more. */
static void pour_out(struct outlet *out, int (*send)(struct outlet *))
{
	int e = 0;

	while (!e && !sn_receive(out->source, out->element, SNARL_FOREVER, out->context))
		do {
			e = send(out);
		} while (e == -EAGAIN);
	for (size_t i = 0; i < out->count; i++)
		sn_channel_close(out->cases[i].channel);
	free_outlet(out);
}

static void *pour_to_one(void *outlet)
{
	pour_out(outlet, send_to_one);
	return NULL;
}

static void *pour_in_turn(void *outlet)
{
	pour_out(outlet, send_in_turn);
	return NULL;
}

static void *pour_to_all(void *outlet)
{
	pour_out(outlet, send_to_all);
	return NULL;
}

static struct outlet *make_outlet(struct snarl_channel *source,
				  struct snarl_channel *const *outputs, size_t count,
				  struct snarl_context *context)
{
	struct outlet *out;
	size_t cases = count * sizeof(*out->cases);

	out = sn_zeroed(1, sizeof(*out) + cases + source->element);
	if (!out)
		return NULL;
	out->source = sn_channel_retain(source);
	out->context = context;
	out->count = count;
	out->element = (unsigned char *)out->cases + cases;
	for (size_t i = 0; i < count; i++)
		out->cases[i] = (struct snarl_case){sn_channel_retain(outputs[i]), out->element,
						    SNARL_SEND, 0};
	return out;
}

static int fan_out(struct snarl_channel *source, struct snarl_channel *const *outputs, size_t count,
		   struct snarl_context *context, void *(*pour)(void *))
{
	struct outlet *out;
	int e;

	if (!source || count > UINT16_MAX || size_of(outputs, count) != source->element)
		return -EINVAL;
	out = make_outlet(source, outputs, count, context);
	if (!out)
		return -ENOMEM;
	e = start("fan-out", pour, out, context);
	if (e)
		free_outlet(out);
	return e;
}

int snarl_fan_out(struct snarl_channel *source, struct snarl_channel *const *outputs, size_t count,
		  struct snarl_context *context)
{
	return fan_out(source, outputs, count, context, pour_to_one);
}

int snarl_fan_deal(struct snarl_channel *source, struct snarl_channel *const *outputs, size_t count,
		   struct snarl_context *context)
{
	return fan_out(source, outputs, count, context, pour_in_turn);
}

int snarl_fan_copy(struct snarl_channel *source, struct snarl_channel *const *outputs, size_t count,
		   struct snarl_context *context)
{
	return fan_out(source, outputs, count, context, pour_to_all);
}
