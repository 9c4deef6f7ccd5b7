/* SPDX-License-Identifier: Apache-2.0
 *
 * Registers and stack of a thread of another process.  Private to outside/. */
#ifndef SN_OUTSIDE_STOP_H
#define SN_OUTSIDE_STOP_H

#include <stdint.h>
#include <sys/user.h>

/* Bytes of a stack, from `start` on. */
struct sn_stack_copy {
	uint64_t start;
	uint32_t size;
	unsigned char *bytes; /* kept and used again; to be freed */
};

/* Copies what there is above `sp`, up to a limit. 0 or a negative errno. */
int sn_stack_copy(struct sn_stack_copy *s, uint32_t pid, uint64_t sp);

/* Stops a thread for as long as it takes to read both; one that is asleep by then only where
 * `asleep_too`. 0 or a negative errno; -EPERM where ptrace is not allowed. */
int sn_stop_and_copy(uint32_t pid, uint32_t tid, int asleep_too, struct user_regs_struct *u,
		     struct sn_stack_copy *s);

#endif
