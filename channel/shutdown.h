/* SPDX-License-Identifier: Apache-2.0
 *
 * What the object of a graceful shutdown is, for shutdown.c, which makes it, and shutdown_watch.c,
 * the task that reads the signals.  The program's handles are counted apart from the references, of
 * which the task has one. */
#ifndef SN_CHANNEL_SHUTDOWN_H
#define SN_CHANNEL_SHUTDOWN_H

#include <signal.h>
#include <stdint.h>
#include "include/snarl_channel/shutdown.h"

struct snarl_shutdown {
	uint32_t handles;
	uint32_t references;
	struct snarl_context *context;
	struct snarl_task *watch;
	int signals; /* a signalfd, and an eventfd that ends the watch; -1: none */
	int end;
	int first;         /* the signal that came first */
	long maker;        /* the thread that made it, */
	sigset_t unmasked; /* and which of the signals that one did not block before */
};

/* The task. */
void *sn_shutdown_watch(void *shutdown);

void sn_shutdown_release(struct snarl_shutdown *s);

#endif
