/* SPDX-License-Identifier: Apache-2.0
 *
 * A thread that is about to block says so in its record, where other threads, the command, and
 * whoever reads the recording after a kill can see it; and looks whether its wait closes a ring. */
#ifndef SN_INTERPOSE_WAIT_H
#define SN_INTERPOSE_WAIT_H

#include "base/finding.h"
#include "interpose/shim.h"

/* What was published before, put back at the end: a signal handler may block inside a wait. */
struct sn_wait_scope {
	struct sn_self *self; /* NULL: nothing is published */
	uint32_t kind, object, mode, stack, passes;
	uint64_t since;
};

/* Publishes the wait and looks for a deadlock. May not return, where one is found and the options
 * say that the process ends. Keeps errno. */
SN_COLD void sn_wait_begin(struct sn_self *self, struct sn_wait_scope *outer, enum sn_wait kind,
			   uint32_t object, uint32_t mode, uint32_t stack);
/* The same before a real call that is a cancellation point: a thread that is to be cancelled will
 * not sleep there, and so closes no knot. It may be cancelled in here, as if in the real call. */
SN_COLD void sn_wait_begin_cancellable(struct sn_self *self, struct sn_wait_scope *outer,
				       enum sn_wait kind, uint32_t object, uint32_t mode,
				       uint32_t stack);
/* Their two halves, for a call of which it is not known yet whether it will block: whoever comes to
 * block on this thread later finds the wait. */
SN_COLD void sn_wait_publish(struct sn_self *self, struct sn_wait_scope *outer, enum sn_wait kind,
			     uint32_t object, uint32_t mode, uint32_t stack);
SN_COLD void sn_wait_look(struct sn_self *self);
SN_COLD void sn_wait_look_cancellable(struct sn_self *self);
/* Whether every other thread is asleep for good, so that a knot closes if the calling thread, which
 * has published its wait, does block: it may ask its object once more, with nobody left to change
 * it, before it looks. */
SN_COLD int sn_wait_is_last(struct sn_self *self);
/* progress.c: measures the wait that is about to end. Keeps errno. */
SN_COLD void sn_progress_waited(struct sn_self *self);
/* Ends what sn_wait_begin began, if it did. */
SN_COLD void sn_wait_end(struct sn_wait_scope *outer);

/* A thread has ended, perhaps holding what others wait for: they can never go on. */
SN_COLD void sn_wait_orphaned(const struct sn_thread_rec *ended);

/* Where every thread of the process is asleep for good: reports it. To be called when a thread has
 * published its wait or has ended; `tid` is its kernel id. May not return. */
SN_COLD void sn_wait_look_for_knot(uint32_t tid);

/* The thread's record stops being that of one that runs, or may run: for the count of those. */
SN_COLD void sn_wait_no_more(struct sn_thread_rec *t);

/* Declares a scope that ends with the block, also when the thread is cancelled in it. */
#define SN_WAIT_SCOPE(name) struct sn_wait_scope name __attribute__((cleanup(sn_wait_end))) = {0}

/* Records a finding made by the calling thread, with halt_on_error. Keeps errno. */
SN_COLD void sn_report_finding(struct sn_self *self, const struct sn_finding *f);

/* A thread's record by the kernel's id of it, among those that run; 0 where it is unknown. */
SN_COLD uint32_t sn_thread_by_tid(uint32_t tid);

/* The record's thread has this id from now on. */
void sn_thread_has_tid(uint32_t thread, uint32_t tid);

/* For a fork child. */
void sn_wait_reset(void);

/* futex.c: whether the calling thread, which is about to sleep on a futex, will not: its word has
 * changed. */
SN_COLD int sn_futex_goes_on(void);

/* process.c: ends the process as on_deadlock and halt_on_error ask: report, then status or abort.
 */
_Noreturn void sn_process_end_now(int aborting);
/* process.c: prints what has been found so far, when nobody else does. */
void sn_process_report(const char *mode);

#endif
