/* SPDX-License-Identifier: Apache-2.0
 *
 * libsnarl-channel: channels and what is built on them, for programs whose threads pass messages
 * instead of sharing memory.  Link with -lsnarl-channel (pkg-config snarl-channel).
 *
 *	#include <snarl_channel.h>
 *
 *	SNARL_CHANNEL_OF(numbers, int);
 *
 *	static void *count(void *argument)
 *	{
 *		struct numbers *out = argument;
 *		for (int i = 0; i < 10; i++)
 *			numbers_send(out, i);
 *		numbers_close(out);		the sender closes: no more to come
 *		numbers_release(out);		and gives up its reference
 *		return NULL;
 *	}
 *
 *	struct numbers *c = numbers_new(0);
 *	pthread_create(&thread, NULL, count, numbers_retain(c));
 *	for (int n; numbers_receive(c, &n) == 0;)
 *		printf("%d\n", n);
 *	numbers_release(c);
 *
 * House rules, which hold in every part:
 *  - Results are 0 (or a count, or an index) or a negative errno value; api.h lists them.  Nothing
 *    aborts unless the program asked for that.
 *  - Objects are opaque and counted: _new makes one with one reference, _retain takes another,
 *    _release gives one up and accepts NULL.  A thread that calls needs a reference until its call
 *    returns.
 *  - Every call that may wait comes in four forms: NAME, try_NAME, NAME_until (a deadline) and
 *    NAME_with (a context).
 *  - Times are int64_t nanoseconds of CLOCK_MONOTONIC; deadlines are absolute.
 *  - Any thread may call anything at any time; a signal handler may call snarl_now only.
 *  - After fork the child uses only what it makes itself. */
#ifndef SNARL_CHANNEL_H
#define SNARL_CHANNEL_H

#include "snarl_channel/actor.h"
#include "snarl_channel/api.h"
#include "snarl_channel/channel.h"
#include "snarl_channel/context.h"
#include "snarl_channel/flow.h"
#include "snarl_channel/future.h"
#include "snarl_channel/group.h"
#include "snarl_channel/shutdown.h"
#include "snarl_channel/sync.h"
#include "snarl_channel/task.h"
#include "snarl_channel/time.h"
#include "snarl_channel/topic.h"

#endif
