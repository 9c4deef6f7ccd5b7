/* SPDX-License-Identifier: Apache-2.0
 *
 * Locks taken inside signal handlers.  A trace that goes through a signal frame is never remembered
 * (trace.c), so the thread's state names the trace of its last call from a handler, and comparing
 * with that is all that an acquisition pays. */
#ifndef SN_INTERPOSE_HANDLER_H
#define SN_INTERPOSE_HANDLER_H

#include "interpose/held.h"

/* The newest held lock was taken in a signal handler. */
SN_COLD void sn_handler_acquired(struct sn_self *self, uint32_t lock, uint32_t mode);

/* The thread has taken `lock` outside of a handler and is to be watched (SN_ATTENTION_WATCH). */
SN_COLD void sn_handler_watched(struct sn_self *self, uint32_t lock, uint32_t mode, uint32_t stack);

/* Takes out slot i, which was taken in a signal handler. */
SN_COLD void sn_handler_released(struct sn_self *self, uint32_t i);

#endif
