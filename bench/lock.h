/* SPDX-License-Identifier: Apache-2.0
 *
 * The cases of the micro-benchmark `lock`: each file lock_*.c defines a list of them, closed by one
 * without a name, and lock.c runs them.  A case does its operation `count` times and measures
 * nothing itself. */
#ifndef SN_BENCH_LOCK_H
#define SN_BENCH_LOCK_H

#ifdef __cplusplus
extern "C" {
#endif

struct lock_case {
	const char *name;
	int depth; /* frames below main before the loop begins */
	void (*run)(long count);
};

extern const struct lock_case lock_single[];  /* one lock, or a few */
extern const struct lock_case lock_many[];    /* many locks, stacks and places in the code */
extern const struct lock_case lock_cpp[];     /* C++ */
extern const struct lock_case lock_threads[]; /* several threads at work */

/* What the critical sections change, so that none of them is empty. */
extern volatile long lock_sink;

#ifdef __cplusplus
}
#endif

#endif
