/* SPDX-License-Identifier: Apache-2.0
 *
 * The detectors: functions over a view of a recording that hand findings to a sink.  The same code
 * answers in the process, live from outside, and after the end.  They print nothing, take no lock,
 * and get working memory only through struct sn_memory. */
#ifndef SN_DETECT_DETECT_H
#define SN_DETECT_DETECT_H

#include "base/finding.h"

/* Working memory: grow returns `size` bytes holding the first `old_size` of `old`, the rest zero,
 * or NULL; release gives them back. */
struct sn_memory {
	void *(*grow)(struct sn_memory *m, void *old, size_t old_size, size_t size);
	void (*release)(struct sn_memory *m, void *p, size_t size);
};

/* lock-order-inversion: judges all dependencies of the recording. Emits each cycle that stands
 * (PREDICTED), once per set of (lock, call site) steps, and each that is ruled out (REFUTED, with
 * the reason). Returns the number of searches cut off at their limit. */
uint32_t sn_detect_order(const struct sn_view *v, struct sn_memory *m, struct sn_sink *sink);

/* How a process ended, as far as the judge of leaks must know. */
struct sn_end {
	int ended;  /* 0: still running, so nothing has leaked yet */
	int killed; /* by a signal, a time-out or a deadlock: workers alive then are no leaks */
	int strict; /* leaks=strict */
	int thread_leaks; /* report_thread_leaks */
	int workers;      /* 0: leaks=off */
};

/* thread-leak, leaked-worker, early-exit, lock-held-at-thread-exit: judges the registry's final
 * state. */
void sn_detect_leaks(const struct sn_view *v, const struct sn_end *end, struct sn_sink *sink);

/* deadlock and self-deadlock, over everybody's waits as recorded. Used on a process that was killed
 * or hangs; in the process graph/wait_for.h asks for one thread. */
void sn_detect_stuck(const struct sn_view *v, struct sn_sink *sink);

#endif
