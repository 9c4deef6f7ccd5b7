/* SPDX-License-Identifier: Apache-2.0
 *
 * A thread of a living process, seen from outside: what the kernel says that it is in, and its
 * stack.  The thread must not feel it: one that is asleep is never stopped, since some calls would
 * end with EINTR.  Its program counter and stack pointer are what the kernel tells of it; the other
 * registers are unknown, and the walk ends where one is needed that no frame has saved.  One that
 * runs is stopped for the time it takes to read its registers. */
#ifndef SN_REPORT_REMOTE_H
#define SN_REPORT_REMOTE_H

#include <stdint.h>

#define SN_REMOTE_FRAMES 64

struct sn_remote {
	uint32_t pid, tid;
	int running;          /* 0: it is in the kernel */
	uint32_t system_call; /* and one; 0: in none */
	uint64_t argument[6]; /* of the system call */
	uint64_t pc, sp;      /* 0 where it runs */
	uint32_t depth;
	uint64_t pcs[SN_REMOTE_FRAMES]; /* as return addresses, innermost first */
};

/* What the kernel says of the thread now. Returns 0, or a negative errno where it does not tell. */
int sn_remote_ask(struct sn_remote *r, uint32_t pid, uint32_t tid);

/* Walks the stack of a thread that has been asked after. Returns how many frames were found. */
uint32_t sn_remote_walk(struct sn_remote *r);

/* Whether `ra` is a return address in the stack of the thread, near its innermost frame. */
int sn_remote_returns_to(const struct sn_remote *r, uint64_t ra);

#endif
