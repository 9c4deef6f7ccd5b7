/* SPDX-License-Identifier: Apache-2.0
 *
 * The detectors: functions over a view of a recording that hand findings to a sink.  The same code
 * answers in the process, live from outside, and after the end.  They print nothing, take no lock,
 * and get working memory only through struct sn_memory. */
#ifndef SN_DETECT_DETECT_H
#define SN_DETECT_DETECT_H

#include "base/finding.h"
#include "base/options.h"

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
	int stuck;  /* a deadlock was found in it */
	int strict; /* leaks=strict */
	int thread_leaks;   /* report_thread_leaks */
	int workers;        /* 0: leaks=off */
	uint64_t end_ns;    /* CLOCK_MONOTONIC; 0 unknown */
	uint64_t orphan_ns; /* how long a task may go on when its context has ended */
};

/* detect/orphans.c: whether the task's context, or one above it, ended `most_ns` ago or more; fills
 * the finding with the task and who ended the context. */
int sn_detect_orphan(const struct sn_view *v, uint32_t thread, uint64_t now, uint64_t most_ns,
		     struct sn_finding *f);

/* detect/grown.c: whether the threads that were created at that stack only grew in number up to the
 * end, each blocked for good before the next was made. */
int sn_detect_only_grew(const struct sn_view *v, uint32_t site, uint64_t end_ns);

/* thread-leak, leaked-worker, early-exit, lock-held-at-thread-exit: judges the registry's final
 * state. Of threads that wait for each other each is told by itself where there is no memory. */
void sn_detect_leaks(const struct sn_view *v, const struct sn_end *end, struct sn_memory *m,
		     struct sn_sink *sink);

/* detect/sets.c: of the threads that were asleep at the end those that wait for each other, or for
 * a lock, told together: deadlock or leaked-worker. Sets told[i] to 1 for each that is told; `told`
 * has room for all thread records. */
void sn_detect_sets(const struct sn_view *v, const struct sn_end *end, struct sn_memory *m,
		    struct sn_sink *sink, uint8_t *told);

/* lost-wakeup: of waiters that sleep still when their process has ended by itself. */
void sn_detect_lost(const struct sn_view *v, const struct sn_end *end, struct sn_sink *sink);

/* What is known of a process that hangs, or hung, beyond its recording. */
struct sn_hang {
	uint64_t end_ns; /* CLOCK_MONOTONIC: its end, or now where it lives */
	int end_known;   /* 0: end_ns is the last sign of life that was recorded */
	/* A living process: the kernel has been asked, and said that every thread sleeps in the
	 * wait that is recorded and that no signal handler could wake one; or it did not say so. */
	int asleep, runs;
	uint64_t now_ticks, now_ns; /* both of one moment; 0: the time stamps tell nothing */
};

/* deadlock, self-deadlock and lost-wakeup, over everybody's waits as recorded. Used on a process
 * that was killed or hangs; in the process graph/ is asked at once. Rings first; where there is
 * none, a knot of all threads (CONFIRMED where the kernel was asked, or where the ledger of signals
 * shows what was lost and every wait had lasted for a second), or of some (SUSPECT). */
void sn_detect_stuck(const struct sn_view *v, const struct sn_hang *hang, struct sn_memory *m,
		     struct sn_sink *sink);

/* detect/knots.c: the part of it that looks for knots. */
void sn_detect_knots(const struct sn_view *v, const struct sn_hang *hang, struct sn_memory *m,
		     struct sn_sink *sink);

/* detect/pools.c: deadlock (SUSPECT) of pools whose every thread has waited for an answer for
 * `least_ns`, while work that one of them handed over is taken by nobody. */
void sn_detect_pools(const struct sn_view *v, uint64_t now_ns, uint64_t least_ns,
		     struct sn_memory *m, struct sn_sink *sink);

/* starvation of waits that lasted to the end, thundering-herd, unbounded-threads. `end_ns`: when
 * the process ended, or now (CLOCK_MONOTONIC). */
void sn_detect_progress(const struct sn_view *v, const struct sn_options *o, uint64_t end_ns,
			struct sn_sink *sink);

/* A lock that a thread holds while another waits for it. */
struct sn_hold {
	uint32_t holder;
	uint32_t slot; /* of what it holds */
	uint32_t lock;
	uint32_t waiter; /* the one that has waited longest */
	uint32_t more;   /* and so many others */
	uint64_t wait_since_ns;
};

/* detect/held.c: the first `room` locks for which somebody has waited for `least_ns` at least, and
 * who holds them. Returns how many. */
uint32_t sn_detect_held(const struct sn_view *v, uint64_t now_ns, uint64_t least_ns,
			struct sn_hold *holds, uint32_t room);
/* What is told of it: blocking-under-lock, so far as the recording knows what the holder does. */
void sn_hold_finding(const struct sn_view *v, const struct sn_hold *hold, uint64_t now_ns,
		     struct sn_finding *f);

/* The parts of it: whether a wait's numbers are those of a starved thread, and whether those of a
 * condition variable are those of a thundering herd, and what is told of that. */
int sn_is_starved(const struct sn_options *o, const struct sn_thread_rec *waiter,
		  uint64_t waited_ns, uint32_t passes);
int sn_is_herd(const struct sn_options *o, const struct sn_sync_rec *s);
void sn_herd_finding(const struct sn_view *v, const struct sn_sync_rec *s, struct sn_finding *f);
void sn_detect_unbounded(const struct sn_view *v, const struct sn_options *o, uint64_t end_ns,
			 struct sn_sink *sink);

#endif
