/* SPDX-License-Identifier: Apache-2.0
 *
 * What tests may see of a channel, so that they can wait for a thread to wait instead of sleeping.
 */
#ifndef SN_CHANNEL_TESTING_H
#define SN_CHANNEL_TESTING_H

#include <stddef.h>
#include "channel/channel.h"

/* How many nodes are queued there. */
size_t snarl_channel_test_waiters(struct snarl_channel *c, enum snarl_direction direction);

#endif
