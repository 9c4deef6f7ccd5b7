/* SPDX-License-Identifier: Apache-2.0
 *
 * Results that are still to come: the promise, by which one side settles a result, the future, by
 * which any number of others wait for it, and the single flight, in which callers that want the
 *same share one call.
 *
 *	struct snarl_promise *p = snarl_promise_new(free);
 *	struct snarl_future *f = snarl_promise_future(p);
 *	... one thread:				... another:
 *	snarl_promise_fulfil(p, value);		if (snarl_future_get(f, &value) == 0) use(value);
 *	snarl_promise_release(p);		snarl_future_release(f);
 *
 * The value belongs to the future: getters borrow it for as long as they hold the future, and the
 * `destroy` that was given when it was made (may be NULL) is called with it once, by whoever gives
 * up the last reference.
 *
 * Every blocking call comes in the four forms that channel.h describes.  All functions may be
 * called by any thread at any time, but not by a signal handler. */
#ifndef SNARL_CHANNEL_FUTURE_H
#define SNARL_CHANNEL_FUTURE_H

#include "api.h"

SNARL_BEGIN

struct snarl_promise;
struct snarl_future;

/* A promise and its future, not settled.  NULL with errno ENOMEM. */
SNARL_API struct snarl_promise *snarl_promise_new(void (*destroy)(void *value));

/* Takes, gives up a reference.  Both accept NULL; retain returns its argument.  When the last
 * reference to a promise goes that was not settled, its future fails with -EPIPE. */
SNARL_API struct snarl_promise *snarl_promise_retain(struct snarl_promise *promise);
SNARL_API void snarl_promise_release(struct snarl_promise *promise);

/* Its future.  The caller owns the reference, and may use it longer than the promise. */
SNARL_API struct snarl_future *snarl_promise_future(struct snarl_promise *promise);

/* Settles the future: with a value, which then belongs to it, or with an error, a negative number
 * of the program's choice.  0; -EALREADY when it was settled, and the value is still the caller's;
 * -EINVAL.  Runs the callbacks that wait for it (snarl_future_then) before it returns, or, called
 * by such a callback, before the outermost settling of the thread returns. */
SNARL_API int snarl_promise_fulfil(struct snarl_promise *promise, void *value);
SNARL_API int snarl_promise_fail(struct snarl_promise *promise, int error);

SNARL_API struct snarl_future *snarl_future_retain(struct snarl_future *future);
SNARL_API void snarl_future_release(struct snarl_future *future);

/* Waits until it is settled: 0 with the value in *value (may be NULL), or the error with which it
 * failed; or what the form of the call says, which snarl_future_is_settled tells from the same
 * error of the future's own.  Any number of threads, any number of times. */
SNARL_API int snarl_future_get(struct snarl_future *future, void **value);
SNARL_API int snarl_future_try_get(struct snarl_future *future, void **value);
SNARL_API int snarl_future_get_until(struct snarl_future *future, void **value, int64_t deadline);
SNARL_API int snarl_future_get_with(struct snarl_future *future, void **value,
				    struct snarl_context *context);

/* 1, 0, or -EINVAL for NULL. */
SNARL_API int snarl_future_is_settled(struct snarl_future *future);

/* Runs function(argument, &value) as a task (see task.h) and settles the future that is returned
 * with what it gives: 0 and a value, or an error.  NULL with errno as snarl_task_spawn.  `destroy`
 * as above. */
SNARL_API struct snarl_future *snarl_future_spawn(const char *name,
						  int (*function)(void *argument, void **value),
						  void *argument, struct snarl_context *context,
						  void (*destroy)(void *value));

/* A future that is settled with what `function` makes of this one's outcome: of the error (0:
 * none), the value, and the argument it makes a result (0, with *result, or an error).  It is
 * called by the thread that settles this future, or at once if that is settled: it must be short,
 * and must not wait.  Keeps this future alive while it lives itself, so a result may be the value
 * or point into it; `destroy` is for the result.  NULL with errno ENOMEM or EINVAL: then nothing is
 * called. */
SNARL_API struct snarl_future *snarl_future_then(struct snarl_future *future,
						 int (*function)(int error, void *value,
								 void *argument, void **result),
						 void *argument, void (*destroy)(void *value));

/* A future of several.  Keeps them alive while it lives; their values remain theirs.
 *   all          fulfilled, with NULL, when all are; fails as soon as one does, with its error;
 *   any          fulfilled as soon as one is, with its value; fails when all have, with the last
 *                one's error; snarl_future_any_index tells which it was;
 *   all_settled  fulfilled, with NULL, when all are settled, however.
 * NULL with errno ENOMEM, or EINVAL (one is NULL; none is given to any). */
SNARL_API struct snarl_future *snarl_future_all(struct snarl_future *const *futures, size_t count);
SNARL_API struct snarl_future *snarl_future_any(struct snarl_future *const *futures, size_t count);
SNARL_API struct snarl_future *snarl_future_all_settled(struct snarl_future *const *futures,
							size_t count);

/* The index of the future that settled an `any`; -EAGAIN before, -EINVAL for another future. */
SNARL_API int64_t snarl_future_any_index(struct snarl_future *future);

/* Single flight: while a call for a key is under way, others for the same key wait and share its
 * result.  `share` (may be NULL) is called with the value once for each caller beyond the first
 * that gets it, before that one does, to take a reference for it, say; every caller then owns its
 * own. */
struct snarl_flight;

/* NULL with errno ENOMEM. */
SNARL_API struct snarl_flight *snarl_flight_new(void (*share)(void *value));
SNARL_API struct snarl_flight *snarl_flight_retain(struct snarl_flight *flight);
SNARL_API void snarl_flight_release(struct snarl_flight *flight);

/* Runs function(argument, &value), or waits for the call under way with the same `length` bytes of
 * key, and returns its result; *value (may be NULL only if nobody needs to own it) is written when
 * that is 0.  Nothing is remembered once it has returned.  -EDEADLK when the function of this key's
 * call calls this; -ENOMEM; -EINVAL; or what the form of the call says (it limits waiting for
 * another thread's call, not one's own).  The function must return. */
SNARL_API int snarl_flight_do(struct snarl_flight *flight, const void *key, size_t length,
			      int (*function)(void *argument, void **value), void *argument,
			      void **value);
SNARL_API int snarl_flight_try_do(struct snarl_flight *flight, const void *key, size_t length,
				  int (*function)(void *argument, void **value), void *argument,
				  void **value);
SNARL_API int snarl_flight_do_until(struct snarl_flight *flight, const void *key, size_t length,
				    int (*function)(void *argument, void **value), void *argument,
				    void **value, int64_t deadline);
SNARL_API int snarl_flight_do_with(struct snarl_flight *flight, const void *key, size_t length,
				   int (*function)(void *argument, void **value), void *argument,
				   void **value, struct snarl_context *context);

/* Lets the next call for the key run anew although one is under way, which still serves those who
 * wait for it: 0, or -ENOENT when none was. */
SNARL_API int snarl_flight_forget(struct snarl_flight *flight, const void *key, size_t length);

SNARL_END

#endif
