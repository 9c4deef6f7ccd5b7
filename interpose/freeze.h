/* SPDX-License-Identifier: Apache-2.0
 *
 * While a process makes its last report its other threads would go on, and do what they would never
 * have come to by themselves.  They are stopped from outside, and go on when who stopped them ends.
 */
#ifndef SN_INTERPOSE_FREEZE_H
#define SN_INTERPOSE_FREEZE_H

#include <stdint.h>

/* Called in another process, which may share our memory: makes system calls only. Stops the threads
 * of `pid` but `except`, where ptrace is allowed, until the calling process ends. */
void sn_freeze(uint32_t pid, uint32_t except);

#endif
