/* SPDX-License-Identifier: Apache-2.0
 *
 * See order.h. */
#include "channel/order.h"

const struct snarl_order *sn_order_watcher;

SNARL_API void snarl_order_watch(const struct snarl_order *order)
{
	sn_order_watcher = order;
}
