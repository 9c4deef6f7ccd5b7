/* SPDX-License-Identifier: Apache-2.0
 *
 * Smaller means of working together: weighted semaphore, rate limiter, once, rendezvous, and two
 * that never wait, the bounded queue and the counter.
 *
 * Every blocking call comes in the four forms that channel.h describes.  All functions may be
 * called by any thread at any time, but not by a signal handler (the counter's and the queue's
 * calls that do not make or free one may).  Objects are counted; a thread that uses one needs a
 * reference, its own or one that outlives the call.  A NULL object gives -EINVAL. */
#ifndef SNARL_CHANNEL_SYNC_H
#define SNARL_CHANNEL_SYNC_H

#include "api.h"

SNARL_BEGIN

/* ---- Weighted semaphore: `capacity` units, taken by several at a time. ---- */

struct snarl_semaphore;

/* NULL with errno ENOMEM. */
SNARL_API struct snarl_semaphore *snarl_semaphore_new(uint64_t capacity);
SNARL_API struct snarl_semaphore *snarl_semaphore_retain(struct snarl_semaphore *semaphore);
SNARL_API void snarl_semaphore_release(struct snarl_semaphore *semaphore);

/* Takes `amount` units, all at once.  First come, first served: who wants little waits behind who
 * wants much.  0; -EINVAL when amount is above the capacity; or what the form of the call says. */
SNARL_API int snarl_semaphore_acquire(struct snarl_semaphore *semaphore, uint64_t amount);
SNARL_API int snarl_semaphore_try_acquire(struct snarl_semaphore *semaphore, uint64_t amount);
SNARL_API int snarl_semaphore_acquire_until(struct snarl_semaphore *semaphore, uint64_t amount,
					    int64_t deadline);
SNARL_API int snarl_semaphore_acquire_with(struct snarl_semaphore *semaphore, uint64_t amount,
					   struct snarl_context *context);

/* Gives units back; any thread may.  0; -EINVAL when fewer are taken, and nothing is changed. */
SNARL_API int snarl_semaphore_give(struct snarl_semaphore *semaphore, uint64_t amount);

/* Units that are not taken; outdated as soon as it is told. */
SNARL_API uint64_t snarl_semaphore_available(struct snarl_semaphore *semaphore);

/* ---- Rate limiter: a bucket of at most `burst` tokens that gains one every `interval`. ---- */

struct snarl_limiter;

/* Full at first.  `interval` in nanoseconds.  NULL with errno ENOMEM, or EINVAL when one is not
 * above 0 or their product is above 2^61. */
SNARL_API struct snarl_limiter *snarl_limiter_new(int64_t interval, int64_t burst);
SNARL_API struct snarl_limiter *snarl_limiter_retain(struct snarl_limiter *limiter);
SNARL_API void snarl_limiter_release(struct snarl_limiter *limiter);

/* Takes `tokens` if they are there now: 1, else 0.  -EINVAL as for wait. */
SNARL_API int snarl_limiter_allow(struct snarl_limiter *limiter, int64_t tokens);

/* Takes `tokens`, waiting until they are there; those who call first are served first.  0;
 * -EINVAL when tokens is negative or above the burst; -ETIMEDOUT at once when they will not be
 * there by the deadline.  When the result is not 0 no token was taken. */
SNARL_API int snarl_limiter_wait(struct snarl_limiter *limiter, int64_t tokens);
SNARL_API int snarl_limiter_try_wait(struct snarl_limiter *limiter, int64_t tokens);
SNARL_API int snarl_limiter_wait_until(struct snarl_limiter *limiter, int64_t tokens,
				       int64_t deadline);
SNARL_API int snarl_limiter_wait_with(struct snarl_limiter *limiter, int64_t tokens,
				      struct snarl_context *context);

/* Takes `tokens` that may be still to come, and returns how many nanoseconds the caller must wait
 * before it acts (0: now); -EINVAL as for wait.  snarl_limiter_return gives tokens back that were
 * reserved for a time still to come and will not be used: 0 or -EINVAL. */
SNARL_API int64_t snarl_limiter_reserve(struct snarl_limiter *limiter, int64_t tokens);
SNARL_API int snarl_limiter_return(struct snarl_limiter *limiter, int64_t tokens);

/* ---- Once: a function that runs at most once at a time, and once in all if it succeeds. ---- */

/* Lies where the program wants it, usually static, and needs no destruction; it must stay there
 * while a call on it is under way.  Not to be copied.  With SNARL_ONCE_INIT a failure is remembered
 * like a success, and the function never runs again; with SNARL_ONCE_RETRY_INIT a call after a
 * failure runs it again. */
struct snarl_once {
	uint64_t opaque[6];
};

#define SNARL_ONCE_INIT                                                                            \
	{                                                                                          \
		{                                                                                  \
			0, 0, 0, 0, 0, 0                                                           \
		}                                                                                  \
	}
#define SNARL_ONCE_RETRY_INIT                                                                      \
	{                                                                                          \
		{                                                                                  \
			1, 0, 0, 0, 0, 0                                                           \
		}                                                                                  \
	}

/* Returns the result of function(argument), 0 for success, by the one call that runs it; the others
 * wait for that and return the same.  -EDEADLK when the function calls this for its own once; or
 * what the form of the call says (it limits waiting for another thread's run, not one's own).  The
 * function must return (no pthread_exit, no longjmp).  What it did is seen by everybody whose call
 * has returned. */
SNARL_API int snarl_once_do(struct snarl_once *once, int (*function)(void *argument),
			    void *argument);
SNARL_API int snarl_once_try_do(struct snarl_once *once, int (*function)(void *argument),
				void *argument);
SNARL_API int snarl_once_do_until(struct snarl_once *once, int (*function)(void *argument),
				  void *argument, int64_t deadline);
SNARL_API int snarl_once_do_with(struct snarl_once *once, int (*function)(void *argument),
				 void *argument, struct snarl_context *context);

/* ---- Rendezvous: two threads meet and swap a pointer each. ---- */

struct snarl_rendezvous;

/* NULL with errno ENOMEM. */
SNARL_API struct snarl_rendezvous *snarl_rendezvous_new(void);
SNARL_API struct snarl_rendezvous *snarl_rendezvous_retain(struct snarl_rendezvous *rendezvous);
SNARL_API void snarl_rendezvous_release(struct snarl_rendezvous *rendezvous);

/* Meets the thread that has waited longest, or waits for one: 0, and *theirs (may be NULL) is what
 * that one brought, as it has got `mine`.  Who owns what is pointed to changes with the pointer.
 * Else nothing was swapped: what the form of the call says. */
SNARL_API int snarl_rendezvous_exchange(struct snarl_rendezvous *rendezvous, void *mine,
					void **theirs);
SNARL_API int snarl_rendezvous_try_exchange(struct snarl_rendezvous *rendezvous, void *mine,
					    void **theirs);
SNARL_API int snarl_rendezvous_exchange_until(struct snarl_rendezvous *rendezvous, void *mine,
					      void **theirs, int64_t deadline);
SNARL_API int snarl_rendezvous_exchange_with(struct snarl_rendezvous *rendezvous, void *mine,
					     void **theirs, struct snarl_context *context);

/* ---- Bounded queue for any number of producers and consumers, without a lock or a wait. ---- */

struct snarl_queue;

/* Elements of `element_size` bytes, at least `capacity` of them (rounded up to a power of two, at
 * least 2).  NULL with errno ENOMEM, or EINVAL when capacity is 0 or the size overflows.  Freeing
 * it drops what lies in it. */
SNARL_API struct snarl_queue *snarl_queue_new(size_t element_size, size_t capacity);
SNARL_API struct snarl_queue *snarl_queue_retain(struct snarl_queue *queue);
SNARL_API void snarl_queue_release(struct snarl_queue *queue);
SNARL_API size_t snarl_queue_capacity(const struct snarl_queue *queue);

/* Copies an element in: 0, or -EAGAIN when it is full; out, oldest first: 0, or -EAGAIN when it is
 * empty.  A thread that was interrupted in the middle of a call may make it look full or empty to
 * the others until it goes on, but never makes them wait. */
SNARL_API int snarl_queue_try_push(struct snarl_queue *queue, const void *element);
SNARL_API int snarl_queue_try_pop(struct snarl_queue *queue, void *element);

/* ---- Counter: added to by many threads at once, read seldom. ---- */

struct snarl_counter;

/* 0 at first.  NULL with errno ENOMEM. */
SNARL_API struct snarl_counter *snarl_counter_new(void);
SNARL_API struct snarl_counter *snarl_counter_retain(struct snarl_counter *counter);
SNARL_API void snarl_counter_release(struct snarl_counter *counter);

/* Adds; wraps round.  Orders nothing else.  A NULL counter ignores it. */
SNARL_API void snarl_counter_add(struct snarl_counter *counter, int64_t delta);

/* The sum of all that was added before the call and perhaps of some that is being added now. */
SNARL_API int64_t snarl_counter_read(struct snarl_counter *counter);

/* The same, and takes what it returns off the counter: each addition is told by one take. */
SNARL_API int64_t snarl_counter_take(struct snarl_counter *counter);

SNARL_END

#endif
