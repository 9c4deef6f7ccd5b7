/* SPDX-License-Identifier: Apache-2.0
 *
 * What the kernel says of a process's threads, asked through /proc with raw system calls: so that
 * it can be asked from inside the process under test and from outside alike.  The registry says
 * what a thread waits for; only the kernel knows whether it has been woken. */
#ifndef SN_BASE_ASLEEP_H
#define SN_BASE_ASLEEP_H

#include "base/view.h"

enum sn_asleep {
	SN_ASLEEP_NO,  /* some thread runs, or is about to: look again */
	SN_ASLEEP_YES, /* each thread but `except` sleeps in the wait that its record tells of */
	SN_ASLEEP_UNKNOWN, /* there are threads that the registry does not know, or that time wakes,
			      or no /proc */
};

/* Looks at every thread of the recorded process but `except` (a kernel thread id; 0: none). A
 * thread that has been woken counts as running, even before it runs. */
enum sn_asleep sn_asleep(const struct sn_view *v, uint32_t except);

/* Whether thread `t` sleeps, unwoken, on a futex within `bytes` from the start of what its record
 * says it waits for. Where the kernel does not tell, the record is believed. */
int sn_asleep_on(const struct sn_view *v, const struct sn_thread_rec *t, uint32_t bytes);

/* What signals could do to a process that is asleep. */
enum sn_handlers {
	SN_HANDLERS_NONE, /* no handler that an outside event could run, faults apart */
	SN_HANDLERS_STOP, /* only for requests to stop: INT, TERM, HUP, QUIT */
	SN_HANDLERS_ANY,
};
enum sn_handlers sn_handlers(uint32_t pid);

/* A thread of the process that lives: its first one unless that has ended, when neither its memory
 * nor its mappings can be had by its id. 0: there is none. */
uint32_t sn_living_task(uint32_t pid);

/* Reads n bytes at an address of the process; returns 0, or a negative errno where they cannot be
 * read. Never faults. */
int sn_peek(uint32_t pid, uint64_t address, void *to, uint32_t n);

#endif
