/* SPDX-License-Identifier: Apache-2.0
 *
 * Actors: a task that owns some state and a mailbox, and handles one message at a time.  Nobody
 * else touches the state, so it needs no lock.  With its timers it is an event loop.
 *
 *	static void handle(struct snarl_actor *self, struct snarl_message *m, void *state)
 *	{
 *		long *sum = state;
 *		*sum += (long)m->body;
 *		snarl_promise_fulfil(m->reply, (void *)*sum);	whoever asked gets an answer
 *	}
 *
 * Every blocking call comes in the four forms that channel.h describes.  All functions may be
 * called by any thread at any time, the actor's own included, but not by a signal handler.  An
 * actor that would wait for itself gets -EDEADLK. */
#ifndef SNARL_CHANNEL_ACTOR_H
#define SNARL_CHANNEL_ACTOR_H

#include "api.h"

SNARL_BEGIN

struct snarl_actor;
struct snarl_promise;
struct snarl_future;

/* What the handler is given.  The body of a message that was sent is the handler's; that of a timer
 * is the program's.  `reply` is NULL when nobody expects an answer (settling that is refused, and
 * does no harm); the handler borrows it, and retains it to answer later.  A message whose reply is
 * not settled when the last reference is gone gets its asker -EPIPE. */
struct snarl_message {
	void *body;
	struct snarl_promise *reply;
	int64_t timer; /* the number of the timer it comes from; 0: it was sent */
};

struct snarl_behaviour {
	const char *name; /* of its task; NULL: "actor" */
	size_t mailbox;   /* messages that may wait in it */
	void (*handle)(struct snarl_actor *self, struct snarl_message *message, void *state);
	void (*discard)(void *body);  /* for messages that are not handled any more; may be NULL */
	void (*stopped)(void *state); /* called last of all by the actor's task; may be NULL */
};

/* An actor that runs at once.  Its context, a child of `parent`, is found by its functions as
 * snarl_task_context(); when that ends the actor stops at once.  NULL with errno ENOMEM, EAGAIN, or
 * EINVAL (no handler). */
SNARL_API struct snarl_actor *snarl_actor_new(const struct snarl_behaviour *behaviour, void *state,
					      struct snarl_context *parent);

/* Takes, gives up a reference.  When the last one goes the actor stops after what is in its
 * mailbox. */
SNARL_API struct snarl_actor *snarl_actor_retain(struct snarl_actor *actor);
SNARL_API void snarl_actor_release(struct snarl_actor *actor);

/* Puts a message into the mailbox, and waits while that is full: 0, and the body is the actor's.
 * Else it is still the caller's: -EPIPE, the actor has stopped or is stopping; -EDEADLK, the
 * mailbox is full and the caller is who would have to empty it; or what the form of the call says.
 */
SNARL_API int snarl_actor_send(struct snarl_actor *actor, void *body);
SNARL_API int snarl_actor_try_send(struct snarl_actor *actor, void *body);
SNARL_API int snarl_actor_send_until(struct snarl_actor *actor, void *body, int64_t deadline);
SNARL_API int snarl_actor_send_with(struct snarl_actor *actor, void *body,
				    struct snarl_context *context);

/* Sends a message and does not wait for the answer, which *future (the caller's) is settled with;
 * `destroy` (may be NULL) is for the answer's value.  Else as send, or -ENOMEM. */
SNARL_API int snarl_actor_request(struct snarl_actor *actor, void *body,
				  void (*destroy)(void *value), struct snarl_future **future);
SNARL_API int snarl_actor_try_request(struct snarl_actor *actor, void *body,
				      void (*destroy)(void *value), struct snarl_future **future);
SNARL_API int snarl_actor_request_until(struct snarl_actor *actor, void *body,
					void (*destroy)(void *value), struct snarl_future **future,
					int64_t deadline);
SNARL_API int snarl_actor_request_with(struct snarl_actor *actor, void *body,
				       void (*destroy)(void *value), struct snarl_future **future,
				       struct snarl_context *context);

/* Sends a message and waits for the answer: 0, and *value (may be NULL) is the caller's.  Else the
 * error that the actor answered, -EPIPE when it did not; -EDEADLK by the actor itself; or what the
 * form of the call says, for room in the mailbox and the answer together.  An answer that comes too
 * late, or that the caller does not want, is given to `destroy` (may be NULL).  *sent (may be NULL)
 * says whether the body was sent, and so is the actor's.  There is no form that tries: an answer
 * always takes a wait. */
SNARL_API int snarl_actor_ask(struct snarl_actor *actor, void *body, void (*destroy)(void *value),
			      void **value, int *sent);
SNARL_API int snarl_actor_ask_until(struct snarl_actor *actor, void *body,
				    void (*destroy)(void *value), void **value, int *sent,
				    int64_t deadline);
SNARL_API int snarl_actor_ask_with(struct snarl_actor *actor, void *body,
				   void (*destroy)(void *value), void **value, int *sent,
				   struct snarl_context *context);

/* Has the handler called with `body` once, `nanoseconds` from now, or every `period`, the first
 * time after one; what a busy actor missed is made up for by one call.  Timers go before messages
 * and end when the actor begins to stop.  A number above 0, or -ENOMEM, -EINVAL, or -EPIPE. */
SNARL_API int64_t snarl_actor_after(struct snarl_actor *actor, int64_t nanoseconds, void *body);
SNARL_API int64_t snarl_actor_every(struct snarl_actor *actor, int64_t period, void *body);

/* The timer's calls end; one may be under way if the caller is not the actor.  0, or -ENOENT when
 * it had ended. */
SNARL_API int snarl_actor_forget(struct snarl_actor *actor, int64_t timer);

/* Takes no more messages and stops: after those in the mailbox, or at once: then its context is
 * cancelled, and the messages that were not handled are discarded.  0 or -EINVAL; may be called
 * again, and at once after the other. */
SNARL_API int snarl_actor_stop(struct snarl_actor *actor);
SNARL_API int snarl_actor_stop_now(struct snarl_actor *actor);

/* Waits until it has stopped (`stopped` has returned).  0, -EDEADLK by the actor itself, or what
 * the form of the call says. */
SNARL_API int snarl_actor_wait(struct snarl_actor *actor);
SNARL_API int snarl_actor_try_wait(struct snarl_actor *actor);
SNARL_API int snarl_actor_wait_until(struct snarl_actor *actor, int64_t deadline);
SNARL_API int snarl_actor_wait_with(struct snarl_actor *actor, struct snarl_context *context);

SNARL_END

#endif
