/* SPDX-License-Identifier: Apache-2.0
 *
 * What happens before what, for whoever watches the program from outside: a detector of data races.
 * Programs have no use for it.
 *
 *	static const struct snarl_order mine = {release, acquire, pass};
 *	snarl_order_watch(&mine);
 *
 * An object is an address that means nothing else to the watcher; it lies in memory of the library
 * or of the calling thread, and is forgotten when that memory is allocated anew. */
#ifndef SNARL_CHANNEL_ORDER_H
#define SNARL_CHANNEL_ORDER_H

#include "api.h"

SNARL_BEGIN

struct snarl_order {
	/* All that the calling thread has done so far happens before what is done by whoever
	 * acquires the object. */
	void (*release)(const void *object);
	void (*acquire)(const void *object);
	/* Whoever acquires `to` acquires with it what has been released to `from`. */
	void (*pass)(const void *from, const void *to);
};

/* From now on the functions are called, by any thread, also with a lock of the library's held: they
 * must not call it. `order` stays. To be called before the first object is made. */
SNARL_API void snarl_order_watch(const struct snarl_order *order);

SNARL_END

#endif
