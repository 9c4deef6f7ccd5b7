/* SPDX-License-Identifier: Apache-2.0
 *
 * By which a test can wait for a thread to wait, instead of sleeping. */
#ifndef SN_CHANNEL_TESTING_WAIT_H
#define SN_CHANNEL_TESTING_WAIT_H

/* What stands for the calling thread, while it lives. */
const void *snarl_channel_test_self(void);

/* Whether that thread is asleep in a blocking call, queued where it can be served. */
int snarl_channel_test_is_waiting(const void *self);

#endif
