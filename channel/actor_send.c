/* SPDX-License-Identifier: Apache-2.0
 *
 * Messages to an actor: sent, requested (the answer is a future), and asked (the answer is waited
 * for).  What an actor would wait for and only it could bring about is refused. */
#include "channel/actor.h"
#include "channel/channel.h"
#include "channel/future.h"
#include "channel/wait.h"

/* The actor cannot wait for room that only itself makes. */
static int post(struct snarl_actor *a, struct sn_letter letter, int64_t deadline,
		struct snarl_context *context)
{
	int e;

	if (sn_context_error(a->context))
		return -EPIPE;
	e = sn_send(a->mailbox, &letter, sn_actor_is_self(a) ? SN_TRY : deadline, context);
	return e == -EAGAIN && deadline != SN_TRY ? -EDEADLK : e;
}

static int send_body(struct snarl_actor *a, void *body, int64_t deadline,
		     struct snarl_context *context)
{
	return a ? post(a, (struct sn_letter){body, NULL}, deadline, context) : -EINVAL;
}

SN_FORMS(snarl_actor_send, snarl_actor_try_send, snarl_actor_send_until, snarl_actor_send_with,
	 send_body, (struct snarl_actor * actor, void *body), (actor, body))

static int request(struct snarl_actor *a, void *body, void (*destroy)(void *),
		   struct snarl_future **future, int64_t deadline, struct snarl_context *context)
{
	struct snarl_promise *reply;
	struct snarl_future *answer;
	int e;

	if (!a || !future)
		return -EINVAL;
	reply = sn_promise_new(destroy);
	if (!reply)
		return -ENOMEM;
	answer = sn_promise_future(reply);
	e = post(a, (struct sn_letter){body, reply}, deadline, context);
	if (!e) {
		*future = answer;
		return 0;
	}
	sn_promise_release(reply);
	sn_future_release(answer);
	return e;
}

SN_FORMS(snarl_actor_request, snarl_actor_try_request, snarl_actor_request_until,
	 snarl_actor_request_with, request,
	 (struct snarl_actor * actor, void *body, void (*destroy)(void *),
	  struct snarl_future **future),
	 (actor, body, destroy, future))

/* Waits, and takes the value out of the future, which nobody else can get it from. */
static int take_answer(struct snarl_future *answer, void **value, int64_t deadline,
		       struct snarl_context *context)
{
	int e = sn_future_get(answer, value, deadline, context);

	if (!e && value)
		answer->destroy = NULL;
	sn_future_release(answer);
	return e;
}

static int ask(struct snarl_actor *a, void *body, void (*destroy)(void *), void **value, int *sent,
	       int64_t deadline, struct snarl_context *context)
{
	struct snarl_future *answer;
	int e;

	if (sent)
		*sent = 0;
	if (!a || sn_actor_is_self(a))
		return a ? -EDEADLK : -EINVAL;
	e = request(a, body, destroy, &answer, deadline, context);
	if (e)
		return e;
	if (sent)
		*sent = 1;
	return take_answer(answer, value, deadline, context);
}

int snarl_actor_ask(struct snarl_actor *actor, void *body, void (*destroy)(void *), void **value,
		    int *sent)
{
	return ask(actor, body, destroy, value, sent, SNARL_FOREVER, NULL);
}

int snarl_actor_ask_until(struct snarl_actor *actor, void *body, void (*destroy)(void *),
			  void **value, int *sent, int64_t deadline)
{
	return ask(actor, body, destroy, value, sent, sn_until(deadline), NULL);
}

int snarl_actor_ask_with(struct snarl_actor *actor, void *body, void (*destroy)(void *),
			 void **value, int *sent, struct snarl_context *context)
{
	int e = sn_context_error(context);

	if (e && sent)
		*sent = 0;
	return e ? e : ask(actor, body, destroy, value, sent, SNARL_FOREVER, context);
}
