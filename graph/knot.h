/* SPDX-License-Identifier: Apache-2.0
 *
 * Knots in the wait-for graph: sets of threads of which none can be woken by any thread outside.  A
 * lock is given up by its holders, but a condition, a semaphore, a barrier or a futex can be woken
 * by any thread that runs, so a knot with one of these is the whole process: every thread asleep,
 * and no wakeup on its way.
 *
 * Three sources must agree.  The registry says that every live thread is in a wait without a time
 * limit, that each awaited lock is held and each joined thread lives, and that no signal has been
 * sent whose receiver has not returned yet.  The objects are asked for what can be seen in them (a
 * semaphore's value).  The kernel says that every thread really sleeps, that there are no threads
 * that we do not know, and which signal handlers there are (base/asleep.h). */
#ifndef SN_GRAPH_KNOT_H
#define SN_GRAPH_KNOT_H

#include "base/finding.h"

/* Whether, by registry and objects, no thread can ever go on. Says nothing of the kernel's view. */
int sn_knot_closed(const struct sn_view *v);

/* Whether all of them wait for conditions, or for threads that do: so sleeps a program that has
 * nothing to do until a signal tells it to stop, whose handler may end it. */
int sn_knot_is_parked(const struct sn_view *v);

/* Whether none of them waits for a lock: so rests a program whose end is in sight, or somebody
 * else's to bring (base/end_in_sight.h). */
int sn_knot_rests(const struct sn_view *v);

/* Whether a thread waits for what a signal handler may legally give: a semaphore, or a futex. */
int sn_knot_hears_handlers(const struct sn_view *v);

/* Tells a closed knot: kind LOST_WAKEUP where the ledger of signals shows why a waiter sleeps, else
 * DEADLOCK; verdict CONFIRMED. First what explains it, then every thread (HOLDS what others want,
 * WAITS), threads that do the same counted together, then signals that nobody heard. */
void sn_knot_tell(const struct sn_view *v, uint64_t now_ticks, uint64_t now_ns,
		  struct sn_finding *f);

/* The part of it that tells threads: every one that waits (HOLDS what others want, WAITS), and the
 * last wakeups. Leaves kind, verdict and reason alone; adds to the parts. */
void sn_knot_tell_threads(const struct sn_view *v, struct sn_finding *f);

/* Whether a thread waits for the lock. */
int sn_knot_wants(const struct sn_view *v, uint32_t lock);

/* Whether a thread that took a mutex at the one stack and waits at the other looked at no state in
 * between. The process must live. */
int sn_knot_never_looks(const struct sn_view *v, uint32_t lock_stack, uint32_t wait_stack);

/* Whether its caller looks at what the wait call of that stack returned. The process must live. */
int sn_knot_looks_at_result(const struct sn_view *v, uint32_t wait_stack);

/* Tells the lost wakeup of one thread, if a stray signal fell into the window before the condition
 * wait that it is in: CONFIRMED, for a wait known to be its last. Returns whether it did. */
int sn_knot_tell_window(const struct sn_view *v, uint32_t thread, struct sn_finding *f);

#endif
