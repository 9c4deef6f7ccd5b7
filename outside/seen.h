/* SPDX-License-Identifier: Apache-2.0
 *
 * A picture of a living process from outside: every thread that the kernel knows, what it is in and
 * its stack, the files that these lie in, and whether anything can still move.  Needs nothing of
 * the detector in the process.  A picture can be kept beside a recording, so that a report of a
 * process that has gone since has it. */
#ifndef SN_OUTSIDE_SEEN_H
#define SN_OUTSIDE_SEEN_H

#include "base/recording.h"
#include "outside/remote.h"
#include "outside/task.h"

/* What has become of the owner of a lock that processes share. */
enum sn_gone {
	SN_NOT_GONE,
	SN_GONE,            /* it has ended without unlocking it, and nobody else could do it */
	SN_GONE_BUT_SHARED, /* another process that has the memory may do something about it */
	SN_IN_RING,         /* it waits in its turn, in the end for whoever waits for it: ring.h */
	SN_IN_RING_BUT_SHARED, /* and another process, or a signal, may do something about it */
};

#define SN_RING_MOST 8
struct sn_ring_member {
	uint32_t pid, tid;
	uint64_t lock; /* that it waits for, and the next one owns: where it is in this process */
};

struct sn_seen_thread {
	struct sn_task task;
	struct sn_remote call; /* and the stack; tid 0: the kernel does not tell */
	/* Where it sleeps on the word of a lock of the C library: the thread that the lock names as
	 * its owner, the kind of a mutex, and its address. 0: it is none, as far as one can see. */
	uint32_t owner, kind;
	uint64_t lock;
	enum sn_gone gone;
	uint32_t ring_count; /* of SN_IN_RING…; the first member is the thread itself */
	struct sn_ring_member ring[SN_RING_MOST];
	uint64_t pipe; /* or socket, that it is blocked in, by its inode; 0: in none */
	int socket;    /* it is one */
	int writes;    /* to it; else it reads */
};

struct sn_seen_module {
	uint64_t start, end, bias;
	uint32_t build_id_size;
	uint8_t build_id[SN_BUILD_ID_MAX];
	char path[1024];
};

#define SN_SEEN_DENIED 1u     /* it may not be looked into: there are no stacks */
#define SN_SEEN_NO_STOP 2u    /* threads that ran could not be stopped (ptrace) */
#define SN_SEEN_NEVER 4u      /* no thread can ever go on: see closed.h */
#define SN_SEEN_LAST 8u       /* the process was killed next: */
#define SN_SEEN_TIMED_OUT 16u /* because its time was up */
#define SN_SEEN_STUCK 32u     /* because it was deadlocked */

struct sn_seen {
	uint64_t when_ns;         /* CLOCK_MONOTONIC */
	uint64_t started_mono_ns; /* of the recording, as kept beside it */
	uint32_t pid;
	uint32_t flags; /* SN_SEEN_… */
	uint32_t thread_count, module_count;
	struct sn_seen_thread *threads;
	struct sn_seen_module *modules;
};

/* Takes a picture. Returns 0 or a negative errno. */
int sn_seen_take(struct sn_seen *s, uint32_t pid, enum sn_walk how);
void sn_seen_free(struct sn_seen *s);

const struct sn_seen_thread *sn_seen_find(const struct sn_seen *s, uint32_t tid);

/* store.c: the picture as the file RECORDING.seen; `h` is the recording's header, `folder` the open
 * folder that it lies in (-1: it is found by its path, and nothing is stored). Loading checks all
 * that it reads: -EINVAL where it is none, or not of this recording. */
int sn_seen_store(const struct sn_seen *s, int folder, const char *recording,
		  const struct sn_header *h);
int sn_seen_load(struct sn_seen *s, int folder, const char *recording, const struct sn_header *h);

#endif
