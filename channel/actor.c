/* SPDX-License-Identifier: Apache-2.0
 *
 * Actors: one task that receives from the mailbox and calls the handler.  A timer that is due and a
 * message take turns, so that neither keeps the other out.  Stopping is closing the mailbox;
 * stopping at once is ending the context too. */
#include "channel/actor.h"
#include <pthread.h>
#include "channel/crew.h"
#include "channel/future.h"
#include "channel/memory.h"
#include "channel/wait.h"

/* The actor whose task the calling thread is. */
static __thread struct snarl_actor *self __attribute__((tls_model("initial-exec")));

static void release(struct snarl_actor *a)
{
	if (!sn_unrefer(&a->references))
		return;
	sn_channel_release(a->mailbox);
	sn_channel_release(a->kick);
	sn_context_release(a->context);
	sn_free(a);
}

int sn_actor_is_self(const struct snarl_actor *a)
{
	return a == self;
}

int sn_actor_is_stopping(struct snarl_actor *a)
{
	return sn_channel_is_closed(a->mailbox) || sn_context_error(a->context);
}

static void handle(struct snarl_actor *a, const struct sn_letter *letter)
{
	struct snarl_message message = {letter->body, letter->reply, 0};

	a->reply = letter->reply;
	a->is.handle(a, &message, a->state);
	a->reply = NULL;
	sn_promise_release(letter->reply);
}

static int handle_timer(struct snarl_actor *a)
{
	struct snarl_message message;

	if (sn_actor_is_stopping(a) || !sn_actor_take_due(a, &message))
		return 0;
	a->is.handle(a, &message, a->state);
	return 1;
}

/* Until when to wait for a message. */
static int64_t patience(struct snarl_actor *a)
{
	return sn_channel_is_closed(a->mailbox) ? SNARL_FOREVER : sn_actor_next_due(a);
}

/* Waits for a message, until a timer is due, or for the kick: 0 when there is a message, -EAGAIN
 * when there is to be looked again, else the actor is to stop. */
static int await_letter(struct snarl_actor *a, struct sn_letter *letter)
{
	struct snarl_case cases[] = {{a->mailbox, letter, SNARL_RECEIVE, 0},
				     {a->kick, NULL, SNARL_RECEIVE, 0}};
	int e = sn_select(cases, 2, 0, patience(a), a->context);

	if (e == 0)
		return cases[0].result;
	if (e == 1 || (e == -ETIMEDOUT && !sn_context_error(a->context)))
		return -EAGAIN;
	return e;
}

/* A timer, a message, or both; not 0 at the end. */
static int step(struct snarl_actor *a)
{
	struct sn_letter letter;
	int e, called = handle_timer(a);

	e = sn_context_error(a->context);
	if (!e)
		e = sn_receive(a->mailbox, &letter, SN_TRY, NULL);
	if (e == -EAGAIN && !called)
		e = await_letter(a, &letter);
	if (!e)
		handle(a, &letter);
	return e == -EAGAIN ? 0 : e;
}

static void discard_rest(struct snarl_actor *a)
{
	struct sn_letter letter;

	while (!sn_receive(a->mailbox, &letter, SN_TRY, NULL)) {
		if (a->is.discard)
			a->is.discard(letter.body);
		sn_promise_release(letter.reply);
	}
}

/* Also when the handler has left by pthread_exit or by cancellation: whoever waits for an answer,
 * or for the actor, must not wait for ever. */
static void end(void *actor)
{
	struct snarl_actor *a = actor;

	sn_promise_release(a->reply);
	sn_channel_close(a->mailbox);
	sn_actor_end_timers(a);
	discard_rest(a);
	sn_context_cancel(a->context, 0);
	if (a->is.stopped)
		a->is.stopped(a->state);
	self = NULL;
	sn_wait_group_add(&a->task, -1);
	release(a);
}

static void *run(void *actor)
{
	self = actor;
	pthread_cleanup_push(end, actor);
	while (!step(actor))
		;
	pthread_cleanup_pop(1);
	return NULL;
}

static int begin(struct snarl_actor *a, struct snarl_context *parent)
{
	int e;

	a->mailbox = sn_channel_new(sizeof(struct sn_letter), a->is.mailbox);
	if (!a->mailbox)
		return -errno;
	a->kick = sn_channel_new(0, 1);
	if (!a->kick)
		return -errno;
	a->context = sn_context_with_cancel(parent);
	if (!a->context)
		return -errno;
	sn_refer(&a->references);
	e = sn_crew_hire(&a->task, a->is.name ? a->is.name : "actor", run, a, a->context);
	if (e)
		release(a);
	return e;
}

struct snarl_actor *snarl_actor_new(const struct snarl_behaviour *behaviour, void *state,
				    struct snarl_context *parent)
{
	struct snarl_actor *a;
	int e;

	if (!behaviour || !behaviour->handle) {
		errno = EINVAL;
		return NULL;
	}
	a = sn_zeroed(1, sizeof(*a));
	if (!a)
		return NULL;
	a->handles = a->references = 1;
	a->is = *behaviour;
	a->state = state;
	e = begin(a, parent);
	if (!e)
		return a;
	release(a);
	errno = -e;
	return NULL;
}

struct snarl_actor *snarl_actor_retain(struct snarl_actor *actor)
{
	if (!actor)
		return NULL;
	sn_refer(&actor->references);
	sn_refer(&actor->handles);
	return actor;
}

void snarl_actor_release(struct snarl_actor *actor)
{
	if (!actor)
		return;
	if (sn_unrefer(&actor->handles))
		sn_channel_close(actor->mailbox);
	release(actor);
}

int snarl_actor_stop(struct snarl_actor *actor)
{
	if (!actor)
		return -EINVAL;
	sn_channel_close(actor->mailbox);
	return 0;
}

int snarl_actor_stop_now(struct snarl_actor *actor)
{
	if (!actor)
		return -EINVAL;
	sn_channel_close(actor->mailbox);
	sn_context_cancel(actor->context, 0);
	return 0;
}

static int wait_for(struct snarl_actor *a, int64_t deadline, struct snarl_context *context)
{
	if (!a || a == self)
		return a ? -EDEADLK : -EINVAL;
	return sn_wait_group_wait(&a->task, deadline, context);
}

SN_FORMS(snarl_actor_wait, snarl_actor_try_wait, snarl_actor_wait_until, snarl_actor_wait_with,
	 wait_for, (struct snarl_actor * actor), (actor))
