/* SPDX-License-Identifier: Apache-2.0
 *
 * What every file of the shim shares: the process's state, the calling thread's state, and the
 * guard that keeps the shim's own calls, and those of signal handlers that interrupt it, from being
 * taken for the program's.
 *
 * A thread's state (struct sn_self) is private memory that the kernel wipes in a fork child
 * (MADV_WIPEONFORK), however the child was made: there `state` reads 0, the slow path is taken, and
 * the child gets a recording of its own before anything is stored. */
#ifndef SN_INTERPOSE_SHIM_H
#define SN_INTERPOSE_SHIM_H

#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include "base/options.h"
#include "base/recorder.h"
#include "base/sys.h"
#include "graph/many.h"

#define SN_EXPORT __attribute__((visibility("default")))
#define SN_COLD __attribute__((noinline, cold))
#define sn_likely(x) __builtin_expect(!!(x), 1)
#define sn_unlikely(x) __builtin_expect(!!(x), 0)

enum sn_phase { SN_PHASE_NEW, SN_PHASE_STARTING, SN_PHASE_ON, SN_PHASE_OFF };

struct sn_shim {
	uint32_t phase; /* enum sn_phase */
	uint32_t nonce; /* marks the tags of this process */
	uint32_t module_epoch;
	uint32_t pid;
	uint32_t forked_from; /* tid that the forking thread had in the parent; 0 */
	int run;              /* the process id of `snarl run`, which reports; 0: none */
	uint32_t run_number;  /* which run that is */
	int report_fd;        /* standard error as it was at the start; -1 under `snarl run` */
	int exit_status;
	int ended;               /* the end has been recorded */
	int dropped;             /* the recording was a trifle and has been unlinked */
	struct sn_header *above; /* of a process whose child records in memory only: that one's */
	struct sn_lock lock;     /* guards every table's structure; see each function's contract */
	struct sn_recorder recorder;
	struct sn_options options;
};
extern struct sn_shim sn_shim;

/* Counts the stray signals: those that nobody heard, of threads that did not hold the mutex. Every
 * acquisition notes it, so it says of each whether it came before or after a stray signal: a clock
 * that ticks only when it matters. On a line of its own, which is hardly ever written. */
struct sn_stray {
	uint32_t epoch;
} __attribute__((aligned(64)));
extern struct sn_stray sn_stray;

/* The kinds of mutex whose fast path is inlined are those below this one; 0 (none) where the
 * start-up self-test of glibc's layout failed. */
extern unsigned sn_fast_kinds;
/* Whether that of read locks is: 0 where the test of their layout failed. */
extern int sn_fast_reads;

enum sn_self_state {
	SN_SELF_WIPED,
	SN_SELF_READY,
	SN_SELF_BUSY,
	SN_SELF_INSIDE /* an annotated lock, whose own calls are passed through: annotated.h */
};

/* Traces in sets: a helper that locks for many callers has many traces under one key. */
#define SN_TRACE_WAYS 8
#define SN_SEEN 1024
#define SN_PRINTS 64
#define SN_OBJECT_CACHE 64
#define SN_SELF_BYTES 65536
#define SN_MADE 4

struct sn_trace {
	uintptr_t ra;
	uintptr_t cfa;
	uint32_t stack;  /* its record */
	uint32_t epoch;  /* module epoch when taken */
	uint32_t checks; /* where they begin, in bytes from sn_self.traces */
	uint32_t bytes;  /* of checks: an even number of them, the last one repeated if need be */
};

/* A word of the stack: where it is, and what it was. */
struct sn_check {
	uintptr_t address;
	uintptr_t value;
};

#define SN_ATTENTION_BACKING_OFF 1u /* its last attempt at a further lock failed */
#define SN_ATTENTION_HANDLER 2u     /* it has called us from a signal handler */
#define SN_ATTENTION_WATCH 4u       /* it has taken a lock, watch_tag, in a signal handler */
#define SN_ATTENTION_NEW 8u         /* it has made a lock that nobody else can know: evidence.h */
#define SN_ATTENTION_GATE 16u       /* it was created under locks that it has not had yet */

/* Where a thread holds the locks above its first ones, by lock: see held_many.c. */
struct sn_held_index {
	struct {
		uint32_t lock;
		uint32_t slot;
	} * at;
	uint32_t size; /* a power of two; 0: none */
	uint32_t used;
	const struct sn_thread_rec *rec; /* whose slots they are */
};

struct sn_self {
	uint32_t state; /* enum sn_self_state */
	uint32_t nonce; /* the upper part of the process's: see held.h */
	uint32_t tid;
	uint32_t held_quick; /* as many locks can be held without looking further */
	struct sn_thread_rec *rec;
	struct sn_held *held;
	struct sn_lock_rec *locks; /* base of the lock table */
	/* The cache of traces: sets, and behind them the words that they depend on. */
	struct sn_trace (*traces)[SN_TRACE_WAYS];
	uint32_t trace_shift; /* leaves as many bits of a hash as number the sets */
	uint32_t trace_bytes; /* all of it, and what is used */
	uint32_t trace_used;
	uint32_t evict;      /* the way that makes room next */
	uint32_t seen_shift; /* as of traces */
	uint32_t seen_misses;
	uint64_t *seen;      /* orders that this thread has recorded */
	uint32_t last_other; /* the stack found last of those that are not the first of their set */
	uint32_t thread;     /* its index in the registry */
	uint32_t held_capacity;
	uint32_t exit_rounds; /* rounds of key destructors seen */
	/* Contended unlocks of the same lock that its record does not know of yet; and how many are
	 * kept back at most. */
	uint32_t passed_lock;
	uint32_t passed_count;
	uint32_t passed_most;
	uint64_t passed_ticks; /* when that was last */
	/* livelock.c: when it last looked who keeps it from going on; what it saw, and since when
	 * it has been the same; and how many attempts there had been by then. */
	uint64_t kept_ticks;
	uint64_t kept_key;
	uint64_t kept_since_ns;
	uint32_t kept_attempts;
	uint32_t peers_grew; /* looks in a row that saw the others' attempts go on */
	/* Who held the lock that it began to wait for last, and the stack of that. */
	uint32_t keeper;
	uint32_t keeper_lock;
	uint32_t keeper_stack;
	uint32_t attention; /* SN_ATTENTION_…: its next acquisition is not like any other */
#define SN_SPAWNING_ALARM UINT32_MAX
	uint32_t spawning; /* the task that the library makes a thread for now, or this */
	uint32_t carrier;  /* the thread's own record while it bears that of a task */
	uintptr_t busy_cfa;
	/* Of the last call from a signal handler: its stack, where the handler's function begins
	 * and what it interrupted (see base/unwind.h). */
	uint32_t handler_stack;
	uintptr_t handler;
	uintptr_t signal_context;
	/* A lock that a handler took, the signals that can run the handler, its stack, and how many
	 * acquisitions outside of handlers are still looked at. */
	uint64_t watch_tag; /* with the generation of its record, which may serve another later */
	uint32_t watch_stack;
	uint32_t watch_left;
	uint64_t watch_signals;
	/* evidence.h: locks (by their tags) that it has initialised, and the one that it is about
	 * to take for the first time in its life; how many it holds if it has released none since.
	 * Those that its creator held, and how many acquisitions are still looked at. */
	uint64_t made[SN_MADE];
	uint64_t born;
	uint32_t made_count;
	uint32_t new_held;
	uint32_t alone; /* evidence of the newest held lock, not yet noted there */
	uint32_t noted; /* some held lock has such evidence */
	uint64_t gate[SN_GATES];
	uint32_t gate_left;
	/* Its stack, or a part of it to be sure of; both 0 where it is not known. */
	uintptr_t stack_low;
	uintptr_t stack_high;
	/* How a thread that we saw being created starts. */
	size_t stack_bytes;
	void *(*start)(void *);
	int (*start_c11)(void *);
	void *argument;
	struct sn_self *next_free;
	/* When it holds many locks. */
	struct sn_held_index index;
	struct sn_many_set many;
	/* Fingerprints of the n locks that it has held longest; that of none is a salt, of the
	 * thread and its order clock. */
	uint64_t prints[SN_PRINTS];
	uint64_t own_seen[SN_SEEN];
	struct {
		uintptr_t address;
		uint32_t object;
	} objects[SN_OBJECT_CACHE];
	struct sn_trace own_traces[][SN_TRACE_WAYS]; /* to the end of SN_SELF_BYTES */
};

extern __thread struct sn_self *sn_self_tls __attribute__((tls_model("initial-exec")));

/* Where the program called the wrapper that this is used in: its canonical frame address and return
 * address. Both need the wrapper's own frame pointer, which the build asks for. */
#define SN_CALLER_CFA ((uintptr_t)__builtin_frame_address(0) + 2 * sizeof(void *))
#define SN_CALLER_RA ((uintptr_t)__builtin_return_address(0))

/* The calling thread, made known to the registry if need be, ready to be changed; NULL where the
 * call must be passed through unseen (the shim is off, starting, or itself the caller). */
SN_COLD struct sn_self *sn_self_slow(uintptr_t cfa);

static inline struct sn_self *sn_self_get(uintptr_t cfa)
{
	struct sn_self *self = sn_self_tls;
	if (sn_likely(self && self->state == SN_SELF_READY))
		return self;
	return sn_self_slow(cfa);
}

/* Brackets work that must not be re-entered. What the program calls from a signal handler meanwhile
 * is passed through. `cfa` tells, when a handler jumped out of the work, that the mark is stale. */
static inline void sn_busy_begin(struct sn_self *self, uintptr_t cfa)
{
	self->busy_cfa = cfa;
	self->state = SN_SELF_BUSY;
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
}

static inline void sn_busy_end(struct sn_self *self)
{
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
	self->state = SN_SELF_READY;
}

/* start.c: brings the shim up in this process; harmless when it is up. */
void sn_start(void);
/* start.c: in a fork child: a recording of its own. Returns 0 or a negative errno. */
int sn_start_child(void);

#endif
