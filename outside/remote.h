/* SPDX-License-Identifier: Apache-2.0
 *
 * A thread of a living process, seen from outside: what the kernel says that it is in, and its
 * stack.  The thread must not feel it: one that is asleep is never stopped, since some calls would
 * end with EINTR.  Its program counter and stack pointer are what the kernel tells of it; the other
 * registers are unknown, and the walk ends where one is needed that no frame has saved.  One that
 * runs is stopped for the time it takes to read its registers and copy its stack.  Only a process
 * that is killed next may have all of its threads stopped: then every register is known. */
#ifndef SN_OUTSIDE_REMOTE_H
#define SN_OUTSIDE_REMOTE_H

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

/* Whether `ra` is a return address in the stack of the thread, near its innermost frame. */
int sn_remote_returns_to(const struct sn_remote *r, uint64_t ra);

enum sn_walk {
	SN_WALK_NOT,
	SN_WALK_ASLEEP, /* nobody is stopped: those that run are left out */
	SN_WALK_GENTLY, /* only a thread that runs is stopped, for a moment */
	SN_WALK_LAST,   /* the process is killed next: whoever is walked may be stopped */
};

/* What is read once for all threads of a process. NULL where it cannot be looked into. */
struct sn_walker *sn_walker_open(uint32_t pid);
void sn_walker_close(struct sn_walker *w);

/* Walks the stack of a thread that has been asked after; what the walk is of lies in `r` then.
 * Returns how many frames were found: 0 where the thread does not hold still, or where ptrace is
 * not allowed. */
uint32_t sn_walker_walk(struct sn_walker *w, struct sn_remote *r, enum sn_walk how);

/* Whether a thread could not be stopped because ptrace is not allowed. */
int sn_walker_is_denied(const struct sn_walker *w);

/* The same, gently, of one thread alone. */
uint32_t sn_remote_walk(struct sn_remote *r);

/* A file that is mapped into the process. */
struct sn_mapped {
	uint64_t start, end;
	uint64_t bias; /* address = bias + address in the file */
	const char *path;
	const uint8_t *build_id; /* both as long as the walker is open */
	uint32_t build_id_size;
};

/* The file that an address lies in. Returns 0 or -ENOENT. */
int sn_walker_module(struct sn_walker *w, uint64_t address, struct sn_mapped *m);

#endif
