/* SPDX-License-Identifier: Apache-2.0
 *
 * Threads that belong to the library: detached, and with all signals blocked but those that a
 * thread raises by its own faults, so that the program's handlers run in the program's threads. */
#ifndef SN_CHANNEL_THREAD_H
#define SN_CHANNEL_THREAD_H

/* 0, or a negative errno: -EAGAIN when there is no room for another thread. */
int sn_thread_start(void *(*run)(void *), void *argument);

#endif
