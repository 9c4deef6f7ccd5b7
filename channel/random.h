/* SPDX-License-Identifier: Apache-2.0
 *
 * For tests, exported and in no public header: makes the calling thread's choices in select
 * repeatable. */
#ifndef SN_CHANNEL_RANDOM_H
#define SN_CHANNEL_RANDOM_H

#include <stdint.h>

void snarl_channel_test_seed(uint64_t from);

#endif
