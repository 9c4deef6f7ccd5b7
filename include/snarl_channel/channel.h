/* SPDX-License-Identifier: Apache-2.0
 *
 * Channels: queues of elements of one fixed size, by which threads hand values to each other, and
 * select, which waits for whichever of several of them is ready first.  The rules are Go's:
 *
 *  - capacity 0: a send waits for its receiver, and the element goes straight from the sender's
 *    variable into the receiver's.  Otherwise a send waits only while `capacity` elements lie
 * there.
 *  - whoever waits longest is served first, among senders and among receivers.
 *  - a closed channel is first drained by its receivers and then answers -EPIPE, to everybody and
 *    for ever: closing is a broadcast.  Sending on it, and closing it again, are errors, -EPIPE and
 *    -EALREADY; a program may ask to be aborted then (snarl_channel_abort_on_misuse).
 *  - a NULL channel is one that never gets ready: calls wait for ever, or until their deadline;
 *    select leaves it out.
 *
 * Every blocking call comes in four forms.  NAME waits for ever.  try_NAME never waits: -EAGAIN.
 * NAME_until waits until a deadline (see time.h): -ETIMEDOUT.  NAME_with waits until the context
 * ends: -ECANCELED, or -ETIMEDOUT by the context's deadline; a context that has ended already ends
 * the call before it tries anything, and a NULL context never ends.  A deadline that has passed
 * still lets a call that need not wait succeed.
 *
 * All functions may be called by any thread at any time, but not by a signal handler.  A channel is
 * counted: each holder of a handle owns a reference, and a call that waits needs one for as long as
 * it waits.  The last snarl_channel_release frees it with the elements that nobody received, which
 * are bytes to it: what they point to is the program's.
 *
 * After fork the child has one thread, so nobody is left to answer those who waited: it must not
 * use channels that other threads of its parent used at that moment.  It may make new ones.
 * Channels are not shared between processes. */
#ifndef SNARL_CHANNEL_CHANNEL_H
#define SNARL_CHANNEL_CHANNEL_H

#include "api.h"

SNARL_BEGIN

/* A channel of elements of `element_size` bytes (0: only that something was sent), of which
 * `capacity` may lie in it.  NULL with errno ENOMEM, or EINVAL when the product overflows. */
SNARL_API struct snarl_channel *snarl_channel_new(size_t element_size, size_t capacity);

/* Takes, gives up a reference.  Both accept NULL; retain returns its argument. */
SNARL_API struct snarl_channel *snarl_channel_retain(struct snarl_channel *channel);
SNARL_API void snarl_channel_release(struct snarl_channel *channel);

/* No more sends.  Waiting receivers and senders return -EPIPE.  0; -EALREADY when it was closed
 * before; -EINVAL for NULL. */
SNARL_API int snarl_channel_close(struct snarl_channel *channel);

/* How many elements lie in it (outdated as soon as it is told; 0 for NULL), how many may, how
 * large each is, and whether it was closed. */
SNARL_API size_t snarl_channel_length(struct snarl_channel *channel);
SNARL_API size_t snarl_channel_capacity(struct snarl_channel *channel);
SNARL_API size_t snarl_channel_element_size(struct snarl_channel *channel);
SNARL_API int snarl_channel_is_closed(struct snarl_channel *channel);

/* Copies the element at `value` into the channel or to its receiver.  The caller's variable is
 * read before the call returns and not after.  0, -EPIPE, or what the form of the call says. */
SNARL_API int snarl_send(struct snarl_channel *channel, const void *value);
SNARL_API int snarl_try_send(struct snarl_channel *channel, const void *value);
SNARL_API int snarl_send_until(struct snarl_channel *channel, const void *value, int64_t deadline);
SNARL_API int snarl_send_with(struct snarl_channel *channel, const void *value,
			      struct snarl_context *context);

/* Copies the next element to `value` (NULL: drops it).  0, -EPIPE, or what the form of the call
 * says; `value` is written only when the result is 0. */
SNARL_API int snarl_receive(struct snarl_channel *channel, void *value);
SNARL_API int snarl_try_receive(struct snarl_channel *channel, void *value);
SNARL_API int snarl_receive_until(struct snarl_channel *channel, void *value, int64_t deadline);
SNARL_API int snarl_receive_with(struct snarl_channel *channel, void *value,
				 struct snarl_context *context);

enum snarl_direction {
	SNARL_RECEIVE,
	SNARL_SEND,
};

/* One case of a select.  `value` is what to send or where to receive (NULL: drop it). */
struct snarl_case {
	struct snarl_channel *channel;
	void *value;
	enum snarl_direction direction;
	int result; /* written for the chosen case: 0, or -EPIPE when its channel is closed */
};

/* Does exactly one of `count` sends and receives, waiting until one can be done, and returns its
 * index; its `result` says 0 or -EPIPE, since a closed channel is ready.  The others are as if
 * never tried.  Among several that are ready each is chosen with the same probability.  A channel
 * may occur more than once.  Without any channel the call waits as on a NULL channel. Else
 * negative: -EAGAIN (try, select's default), -ETIMEDOUT, -ECANCELED, -ENOMEM (only when count is
 * above 16 and it must wait), -EINVAL (count is beyond 65535). */
SNARL_API int snarl_select(struct snarl_case *cases, size_t count);
SNARL_API int snarl_try_select(struct snarl_case *cases, size_t count);
SNARL_API int snarl_select_until(struct snarl_case *cases, size_t count, int64_t deadline);
SNARL_API int snarl_select_with(struct snarl_case *cases, size_t count,
				struct snarl_context *context);

/* The same, but among several that are ready at one moment the first in the array is chosen. */
SNARL_API int snarl_select_ordered(struct snarl_case *cases, size_t count);
SNARL_API int snarl_try_select_ordered(struct snarl_case *cases, size_t count);
SNARL_API int snarl_select_ordered_until(struct snarl_case *cases, size_t count, int64_t deadline);
SNARL_API int snarl_select_ordered_with(struct snarl_case *cases, size_t count,
					struct snarl_context *context);

/* With a value other than 0, a send on a closed channel and a second close print a line to standard
 * error and abort the process, from now on, everywhere.  Returns what was set before. */
SNARL_API int snarl_channel_abort_on_misuse(int on);

/* Makes the type `struct name *` of channels of `type`, with functions that the compiler checks:
 *
 *	SNARL_CHANNEL_OF(ints, int)
 *	struct ints *c = ints_new(4);
 *	ints_send(c, 7);
 *	int v;
 *	if (ints_receive(c, &v) == 0) ...
 *	struct snarl_case cases[] = {ints_receive_case(c, &v)};
 *
 * name_channel(c) is the untyped handle. */
#define SNARL_CHANNEL_OF(name, type)                                                               \
	struct name;                                                                               \
	__attribute__((unused)) static inline struct snarl_channel *name##_channel(struct name *c) \
	{                                                                                          \
		return (struct snarl_channel *)c;                                                  \
	}                                                                                          \
	__attribute__((unused)) static inline struct name *name##_new(size_t capacity)             \
	{                                                                                          \
		return (struct name *)snarl_channel_new(sizeof(type), capacity);                   \
	}                                                                                          \
	__attribute__((unused)) static inline struct name *name##_retain(struct name *c)           \
	{                                                                                          \
		return (struct name *)snarl_channel_retain(name##_channel(c));                     \
	}                                                                                          \
	__attribute__((unused)) static inline void name##_release(struct name *c)                  \
	{                                                                                          \
		snarl_channel_release(name##_channel(c));                                          \
	}                                                                                          \
	__attribute__((unused)) static inline int name##_close(struct name *c)                     \
	{                                                                                          \
		return snarl_channel_close(name##_channel(c));                                     \
	}                                                                                          \
	__attribute__((unused)) static inline size_t name##_length(struct name *c)                 \
	{                                                                                          \
		return snarl_channel_length(name##_channel(c));                                    \
	}                                                                                          \
	SNARL_CHANNEL_CALLS(name, type)                                                            \
	SNARL_CHANNEL_CASES(name, type)

#define SNARL_CHANNEL_CALLS(name, type)                                                            \
	__attribute__((unused)) static inline int name##_send(struct name *c, type value)          \
	{                                                                                          \
		return snarl_send(name##_channel(c), &value);                                      \
	}                                                                                          \
	__attribute__((unused)) static inline int name##_try_send(struct name *c, type value)      \
	{                                                                                          \
		return snarl_try_send(name##_channel(c), &value);                                  \
	}                                                                                          \
	__attribute__((unused)) static inline int name##_send_until(struct name *c, type value,    \
								    int64_t deadline)              \
	{                                                                                          \
		return snarl_send_until(name##_channel(c), &value, deadline);                      \
	}                                                                                          \
	__attribute__((unused)) static inline int name##_send_with(struct name *c, type value,     \
								   struct snarl_context *context)  \
	{                                                                                          \
		return snarl_send_with(name##_channel(c), &value, context);                        \
	}                                                                                          \
	__attribute__((unused)) static inline int name##_receive(struct name *c, type *value)      \
	{                                                                                          \
		return snarl_receive(name##_channel(c), value);                                    \
	}                                                                                          \
	__attribute__((unused)) static inline int name##_try_receive(struct name *c, type *value)  \
	{                                                                                          \
		return snarl_try_receive(name##_channel(c), value);                                \
	}                                                                                          \
	__attribute__((unused)) static inline int name##_receive_until(                            \
		struct name *c, type *value, int64_t deadline)                                     \
	{                                                                                          \
		return snarl_receive_until(name##_channel(c), value, deadline);                    \
	}                                                                                          \
	__attribute__((unused)) static inline int name##_receive_with(                             \
		struct name *c, type *value, struct snarl_context *context)                        \
	{                                                                                          \
		return snarl_receive_with(name##_channel(c), value, context);                      \
	}

#define SNARL_CHANNEL_CASES(name, type)                                                            \
	__attribute__((unused)) static inline struct snarl_case name##_send_case(struct name *c,   \
										 type *value)      \
	{                                                                                          \
		struct snarl_case made = {name##_channel(c), value, SNARL_SEND, 0};                \
		return made;                                                                       \
	}                                                                                          \
	__attribute__((unused)) static inline struct snarl_case name##_receive_case(               \
		struct name *c, type *value)                                                       \
	{                                                                                          \
		struct snarl_case made = {name##_channel(c), value, SNARL_RECEIVE, 0};             \
		return made;                                                                       \
	}                                                                                          \
	struct name

SNARL_END

#endif
