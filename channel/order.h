/* SPDX-License-Identifier: Apache-2.0
 *
 * The library says what happens before what to whoever asked for it (snarl_channel/order.h): its
 * own atomics and futexes nobody can see.  A send happens before its receive, and as in Go's memory
 * model the k-th receive from a channel of capacity C before the k+C-th send is done; locks of the
 * library order their users.  Where nobody asked, each of these is one load and a branch. */
#ifndef SN_CHANNEL_ORDER_H
#define SN_CHANNEL_ORDER_H

#include "include/snarl_channel/order.h"

extern const struct snarl_order *sn_order_watcher;

#define sn_order_is_watched() __builtin_expect(sn_order_watcher != NULL, 0)

static inline void sn_order_release(const void *object)
{
	if (sn_order_is_watched())
		sn_order_watcher->release(object);
}

static inline void sn_order_acquire(const void *object)
{
	if (sn_order_is_watched())
		sn_order_watcher->acquire(object);
}

static inline void sn_order_pass(const void *from, const void *to)
{
	if (sn_order_is_watched())
		sn_order_watcher->pass(from, to);
}

#endif
