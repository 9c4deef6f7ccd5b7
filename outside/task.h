/* SPDX-License-Identifier: Apache-2.0
 *
 * What /proc says of the threads of a process, whether the detector knows them or not.  Nobody is
 * stopped or disturbed for it. */
#ifndef SN_OUTSIDE_TASK_H
#define SN_OUTSIDE_TASK_H

#include <stdint.h>

/* One thread, as /proc/PID/task/TID/status has it. */
struct sn_task {
	uint32_t tid;
	char name[16]; /* no terminator where it is as long */
	char state;    /* R, S, D, Z, … */
	/* How often it has been given up or taken away from a processor: while that stays the same
	 * a thread that sleeps has not moved. */
	uint64_t switches;
	uint64_t pending; /* signals, by bits from 0 on: its own and the process's */
	uint64_t blocked;
	uint64_t caught;
};

/* Reads one; 0 or a negative errno. */
int sn_task_read(struct sn_task *t, uint32_t pid, uint32_t tid);

/* All threads of a process, in the kernel's order. *all is to be freed. Returns their number or a
 * negative errno. */
int sn_task_list(struct sn_task **all, uint32_t pid);

/* Whether a signal could run a handler of the thread, or is about to. Faults come from running
 * code; 32 and 33 are glibc's own, sent by threads of the process. */
int sn_task_hears_signals(const struct sn_task *t);

/* A number that is another one as soon as any thread has run, begun or ended. */
uint64_t sn_task_mark(const struct sn_task *all, int count);

#endif
