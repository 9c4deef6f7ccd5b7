/* SPDX-License-Identifier: Apache-2.0
 *
 * How a process ends, and who tells. */
#ifndef SN_INTERPOSE_PROCESS_H
#define SN_INTERPOSE_PROCESS_H

#include "interpose/acquire.h"

/* The calling thread ends the process, by a call at `site` or by returning from main. */
void sn_process_ending(struct sn_site site);
/* Marks the end in the recording, once; how: enum sn_ended. */
void sn_process_ended(uint32_t how, int status);

/* Whether the process prints its report itself. */
int sn_process_reports_itself(void);
/* Prints the report if there can be anything to say; returns the command's status. Where the
 * command cannot be run, the shim tells what it can itself. */
int sn_process_tell(void);
/* The same of what a scope has so far, written to that descriptor: 0 where there is nothing to say;
 * -1 where the command cannot be run. */
int sn_process_tell_scope(uint32_t scope, int output);

/* At the end of a process that reports for itself: prints the report if there can be anything to
 * say, and returns the status that the process should end with instead, or -1. */
int sn_process_final_report(void);

/* alarm.c: notes whether an alarm is pending from before, as exec leaves it. */
void sn_alarm_start(void);
/* start.c: hooks quick_exit. */
void sn_process_watch_quick_exit(void);
/* For a fork child. */
void sn_process_reset(void);

/* Whether we are the process that the recording is about, and not a vfork child in its memory. */
static inline int sn_process_is_ours(void)
{
	return sn_shim.phase == SN_PHASE_ON && (uint32_t)sn_sys(SYS_getpid) == sn_shim.pid;
}

#endif
