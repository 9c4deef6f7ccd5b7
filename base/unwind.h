/* SPDX-License-Identifier: Apache-2.0
 *
 * Stack unwinding inside the process under test: no malloc, no system call on the normal path, safe
 * in a signal handler.  The frames come from the modules' own .eh_frame, and the modules from
 * _dl_find_object without a lock; before glibc 2.35 from dl_iterate_phdr, under the loader's lock
 * (base/unwind_module.c says what that costs).  Code that has no such information is walked by its
 * frame pointer, where that verifies (base/unwind_pointer.c: with system calls).  Elsewhere than on
 * x86-64 every trace is the one return address that is known without unwinding.
 */
#ifndef SN_BASE_UNWIND_H
#define SN_BASE_UNWIND_H

#include <stdint.h>

#define SN_UNWIND_MAX 128
#define SN_UNWIND_CHECKS_MAX (2 * SN_UNWIND_MAX)

/* A word of the stack that the walk depended on. */
struct sn_unwind_check {
	uintptr_t address;
	uintptr_t value;
};

struct sn_unwind {
	uint32_t depth; /* frames in pc */
	uint32_t check_count;
	int complete; /* 1: reached the end of the stack; 0: no unwind information, or cut at max */
	int uncacheable; /* 1: the walk depended on what checks[] cannot prove: never reuse it */
	uint32_t by_pointer;    /* frames left by the frame pointer: callers may be missing */
	uint32_t signal_frames; /* signal handlers that were running, one within the other */
	/* Of the innermost of them: where its function begins (0 unknown), and the kernel's
	 * ucontext of what it interrupted. */
	uintptr_t handler;
	uintptr_t signal_context;
	uintptr_t pc[SN_UNWIND_MAX]; /* return addresses, innermost first */
	/* Re-reading these in order and finding each value unchanged proves that a walk from the
	 * same (first return address, canonical frame address) would give the same trace. For each
	 * frame: the slot of its return address; and, before the slot of a frame whose canonical
	 * frame address depends on the frame pointer (or another callee-saved register), the slot
	 * from which that register's value came. Order makes it safe: the earlier checks prove that
	 * the later addresses are still inside the live stack. The proof holds while the same
	 * modules are loaded, and for callers whose frame at `cfa` stores the caller's rbp in the
	 * word below its return address, as -fno-omit-frame-pointer does: nothing lower is ever
	 * checked. */
	struct sn_unwind_check checks[SN_UNWIND_CHECKS_MAX];
};

/* Walks the calling thread's stack from the frame whose canonical frame address (the stack pointer
 * before its call instruction) is `cfa`: pc[0] is the return address of that frame, i.e. the word
 * at cfa - 8, which is the place in the program that called it. Frames below (ours) are skipped.
 * max: most frames, 1 .. SN_UNWIND_MAX. Returns the depth; at least 1 even where nothing can be
 * unwound (the word at cfa - 8). */
uint32_t sn_unwind_from(struct sn_unwind *u, uintptr_t cfa, uint32_t max);

#endif
