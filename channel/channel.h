/* SPDX-License-Identifier: Apache-2.0
 *
 * Channels from within the library: the same calls as in include/snarl_channel/channel.h, but never
 * through the exported names, which a detector may have put itself before.  Deadline and context
 * come together here; SN_TRY as the deadline makes the call a try.
 *
 * A call's last touch of a channel is the release of its lock, and it wakes its peer after that:
 * the peer may give up the last reference at once. */
#ifndef SN_CHANNEL_CHANNEL_H
#define SN_CHANNEL_CHANNEL_H

#include <stddef.h>
#include <stdint.h>
#include "channel/lock.h"
#include "channel/park.h"
#include "include/snarl_channel/channel.h"

#define SN_TRY INT64_MIN

/* All but the references is guarded by the lock.  What an unbuffered channel needs is one cache
 * line. */
struct snarl_channel {
	struct sn_mutex lock;
	uint32_t references;
	uint32_t element;
	uint16_t closed;
	uint16_t timer; /* elements appear at `due` and are not stored; see channel/timer.c */
	uint64_t capacity;
	uint64_t count;
	struct sn_queue receivers;
	struct sn_queue senders;

	uint64_t head;  /* where the oldest element lies, in elements */
	int64_t due;    /* of the next tick, or SNARL_FOREVER */
	int64_t period; /* of a ticker, or 0 */
	unsigned char elements[] __attribute__((aligned(16)));
} __attribute__((aligned(64)));

struct snarl_channel *sn_channel_new(size_t element_size, size_t capacity);
struct snarl_channel *sn_channel_retain(struct snarl_channel *c);
void sn_channel_release(struct snarl_channel *c);
int sn_channel_close(struct snarl_channel *c);
int sn_channel_is_closed(struct snarl_channel *c);
size_t sn_channel_length(struct snarl_channel *c);

int sn_send(struct snarl_channel *c, const void *value, int64_t deadline,
	    struct snarl_context *context);
int sn_receive(struct snarl_channel *c, void *value, int64_t deadline,
	       struct snarl_context *context);

int sn_select(struct snarl_case *cases, size_t count, int ordered, int64_t deadline,
	      struct snarl_context *context);

/* One attempt, with the channel's lock held: 0, -EPIPE, -EINVAL or -EAGAIN.  When *wake is not NULL
 * afterwards the caller gives the lock back and then calls sn_unpark(*wake). */
int sn_send_locked(struct snarl_channel *c, const void *value, struct sn_parker **wake);
int sn_receive_locked(struct snarl_channel *c, void *value, struct sn_parker **wake);

/* When a waiter must look at a channel again by itself.  Lock held. */
static inline int64_t sn_channel_due(const struct snarl_channel *c)
{
	return c->timer ? c->due : SNARL_FOREVER;
}

/* Takes the tick of a timer: 0 or -EAGAIN.  Lock held. */
int sn_timer_receive_locked(struct snarl_channel *c, void *value);

/* Tells of a use that Go would panic at, and aborts if the program asked for that. */
void sn_misuse(const char *what);

/* Copies one element; the sizes of numbers and pointers without a call. */
static inline void sn_copy_element(void *to, const void *from, size_t size)
{
	if (size == 8)
		__builtin_memcpy(to, from, 8);
	else if (size == 4)
		__builtin_memcpy(to, from, 4);
	else if (size)
		__builtin_memcpy(to, from, size);
}

#endif
