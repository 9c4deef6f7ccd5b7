/* SPDX-License-Identifier: Apache-2.0
 *
 * The recording: the file format shared by the shim, which writes it with plain stores into a
 * shared mapping, and by the command, which reads it live or long after.  Only data layout lives
 * here.  Records refer to each other by index; index 0 of every table is "none" and never used.
 *
 * File: one header (SN_HEADER_SIZE bytes), then extents.  A table is the concatenation of its
 * extents in order; extents only ever get added, so a record never moves. */
#ifndef SN_BASE_RECORDING_H
#define SN_BASE_RECORDING_H

#include <stdint.h>

#define SN_MAGIC "SNARLREC"
/* Of the header's first fields, up to `format`, and of what the file is at large. */
#define SN_FORMAT_VERSION 5u
#define SN_BYTE_ORDER 0x01020304u
#define SN_HEADER_SIZE 16384u
#define SN_EXTENTS_MAX 24
#define SN_BUILD_ID_MAX 32

enum sn_kind {
#define SN_KIND(e, name, family, what, fix) SN_KIND_##e,
#include "base/kinds.def"
#undef SN_KIND
	SN_KIND_COUNT
};

enum sn_role {
#define SN_ROLE(e, name) SN_ROLE_##e,
#include "base/roles.def"
#undef SN_ROLE
	SN_ROLE_COUNT
};

enum sn_why {
#define SN_WHY(e, name, text) SN_WHY_##e,
#include "base/why.def"
#undef SN_WHY
	SN_WHY_COUNT
};

/* What can be done with an object that threads hold or wait for. */
enum sn_family {
	SN_FAMILY_NONE,
	SN_FAMILY_MUTEX,
	SN_FAMILY_RWLOCK,
	SN_FAMILY_SPIN,
	SN_FAMILY_COND,
	SN_FAMILY_SEMAPHORE,
	SN_FAMILY_BARRIER,
	SN_FAMILY_ONCE,
	SN_FAMILY_FUTEX,
	SN_FAMILY_CHANNEL, /* of libsnarl-channel */
	SN_FAMILY_KERNEL,  /* pipes and sockets, seen from outside only */
};

enum sn_lock_type {
#define SN_LOCK_TYPE(e, name, kin, family, letter) SN_LOCK_##e,
#include "base/locks.def"
#undef SN_LOCK_TYPE
	SN_LOCK_TYPE_COUNT
};

enum sn_counter {
#define SN_COUNTER(e, name, text) SN_COUNTER_##e,
#include "base/counters.def"
#undef SN_COUNTER
	SN_COUNTER_COUNT
};

enum sn_table {
#define SN_TABLE(e, name, type, most) SN_TABLE_##e,
#include "base/tables.def"
#undef SN_TABLE
	SN_TABLE_COUNT
};

/* Ordered: a higher one is worse. REFUTED candidates are only counted or shown on demand. */
enum sn_verdict { SN_REFUTED, SN_SUSPECT, SN_PREDICTED, SN_CONFIRMED };

/* RUNNING is also what a process that was killed leaves behind: see sn_reader. */
enum sn_ended { SN_ENDED_RUNNING, SN_ENDED_EXIT, SN_ENDED_EXEC, SN_ENDED_SIGNAL };

enum sn_thread_state {
	SN_THREAD_FREE,    /* the record is unused */
	SN_THREAD_CREATED, /* pthread_create was called; the thread has not run yet */
	SN_THREAD_RUNNING,
	SN_THREAD_ENDED,  /* ended; not joined (yet) */
	SN_THREAD_JOINED, /* joined */
};

#define SN_THREAD_MAIN 1u       /* the thread that the process (or the fork child) started with */
#define SN_THREAD_DETACHED 2u   /* nobody need join it */
#define SN_THREAD_FOREIGN 4u    /* not seen being created, or its end could not be seen */
#define SN_THREAD_DEADLOCKED 8u /* it is part of a recorded deadlock */
#define SN_THREAD_PINNED 16u    /* a finding names it: its record must not serve another thread */
/* A thread of the parent that held locks at the fork: it does not exist in this process. */
#define SN_THREAD_GHOST 32u
/* Threads of libsnarl-channel. A task has a record of its own, whichever thread runs it. */
#define SN_THREAD_LIBRARY 64u /* made by the library: what it waits in unpublished wakes nobody */
#define SN_THREAD_TASK 128u   /* a task that the program spawned */
#define SN_THREAD_IDLE 256u   /* the task is over, and its thread waits for the next one */
#define SN_THREAD_HANDLE 512u /* somebody may still join the task */
#define SN_THREAD_ALARM 1024u /* the library's, which ends contexts at their deadlines */
#define SN_THREAD_CANCELLED 2048u /* pthread_cancel has been called for it */
#define SN_THREAD_LOOKS 4096u     /* it looks again and again at a ring that it is in */
#define SN_THREAD_DONE 16384u     /* it has said to a wait group that it is done */
/* At the process's end, asked by the process itself: it slept, and nobody could ever have ended its
 * wait (graph/sealed.h). */
#define SN_THREAD_SEALED 32768u
#define SN_THREAD_SERVICE 65536u /* it has said that it serves the whole process: no leak */
/* In no recording, but in a report: a thread of another process, others_pid. */
#define SN_THREAD_OTHERS 8192u

/* How a lock is held or wanted. */
#define SN_MODE_WRITE 0u /* exclusively */
#define SN_MODE_READ 1u
#define SN_MODE_TRY 2u   /* flag: by a try call, which cannot block */
#define SN_MODE_TIMED 4u /* flag: by a call with a time limit */

#define SN_MODE_WOKEN 8u      /* flag: held since a condition wait returned */
#define SN_MODE_UNORDERED 16u /* flag: its orders with other locks are not recorded */
#define SN_MODE_SEND 32u      /* flag: the case of a select that sends */
#define SN_MODE_DESTROY 64u   /* flag: the wait is for those who use what is to be destroyed */
/* The bits above the flags of a held lock's mode: the stray epoch (see sn_header) at which it was
 * taken. */
#define SN_MODE_EPOCH_SHIFT 8

/* What a thread is blocked in. All but the first two can be ended by any of several threads. */
enum sn_wait {
	SN_WAIT_NONE,
	SN_WAIT_LOCK, /* ended by its holders; a once routine's runner is its holder */
	SN_WAIT_JOIN, /* ended by the target's end */
	SN_WAIT_COND,
	SN_WAIT_SEMAPHORE,
	SN_WAIT_BARRIER,
	SN_WAIT_FUTEX, /* a futex system call that the program made itself */
	/* Calls of libsnarl-channel; SEND is the first. All of them sleep on the thread's own futex
	 * there, without a time limit unless the mode says so. */
	SN_WAIT_SEND,
	SN_WAIT_RECEIVE,
	SN_WAIT_SELECT, /* for any of the thread's cases; wait_object is the first one's */
	SN_WAIT_OBJECT, /* whatever wait_object's type says: wait group, future, … */
};

struct sn_extent {
	uint64_t offset; /* in the file, bytes */
	uint32_t first;  /* index of its first record */
	uint32_t count;  /* records it can take */
};

struct sn_table_desc {
	uint32_t record_size;
	uint32_t used;     /* indices below this may have been written; starts at 1 */
	uint32_t capacity; /* records with real space behind them */
	uint32_t extent_count;
	struct sn_extent extents[SN_EXTENTS_MAX];
};

/* What was seen from outside, by the command, of a lock that is held while others wait: who holds
 * it, what that thread does at this moment, and who waits. The process has not said so itself and
 * may not live to. */
#define SN_GLIMPSES 32
#define SN_GLIMPSE_FRAMES 20
struct sn_glimpse {
	uint32_t state; /* 1: complete; stored last */
	uint32_t holder;
	uint32_t holder_serial; /* records serve other threads and locks later */
	uint32_t waiter;
	uint32_t waiter_serial;
	uint32_t lock;
	uint16_t lock_generation;
	uint8_t held_mode;
	uint8_t wait_mode;
	uint32_t held_stack;
	uint32_t wait_stack;
	uint32_t more;   /* further threads that wait for it */
	uint32_t object; /* what the holder waits for itself; 0: it is in no known wait */
	uint8_t object_is_thread;
	uint8_t running;      /* the kernel says that it was */
	uint16_t depth;       /* of pcs */
	uint32_t call_stack;  /* where the holder is, if the process has recorded it; else pcs */
	uint32_t system_call; /* that the kernel says it is in, and one; 0: not known */
	uint32_t module_epoch;
	uint32_t waited_ms;
	uint64_t when_ns;       /* CLOCK_MONOTONIC; of all this */
	uint64_t call_since_ns; /* 0: not known */
	uint64_t wait_since_ns;
	uint64_t
		pcs[SN_GLIMPSE_FRAMES]; /* as those of a stack: return addresses, innermost first */
};
/* Stacks that are beside the table of them, by the glimpse that has them. */
#define SN_STACK_GLIMPSED 0x80000000u

/* How the thread that ended the process came to do so. */
#define SN_END_IN_HANDLER 1u    /* a signal handler did it, whatever the thread was at */
#define SN_END_MAIN_RETURNED 2u /* nobody called exit */
#define SN_END_ALARM 4u         /* an alarm has been set, and has not been taken back */

struct sn_header {
	char magic[8];
	uint32_t version;
	uint32_t header_size;
	uint32_t byte_order;
	uint32_t table_count;
	uint64_t format; /* sn_format(): of the rows and records of the build that wrote it */
	uint32_t nonce;
	uint32_t pid;
	uint32_t parent;
	uint32_t exe;       /* string: path of the executable */
	uint32_t arguments; /* string table index of argv, each NUL-terminated in turn */
	uint32_t argument_count;
	uint64_t started_ns;      /* CLOCK_REALTIME */
	uint64_t started_mono_ns; /* CLOCK_MONOTONIC */
	uint64_t ended_mono_ns;   /* 0 while running */
	uint32_t ended_how;       /* enum sn_ended */
	int32_t ended_status;     /* exit status or signal */
	uint32_t module_epoch;    /* counts dlopen and dlclose */
	uint32_t forked_from;     /* thread id (kernel) in the parent that forked; 0 otherwise */
	uint32_t deadlocks;       /* deadlocks found so far; watched by `snarl run` */
	uint32_t finding_count;   /* recorded findings, repeated ones included */
	uint32_t end_flags;       /* SN_END_… */
	uint32_t ended_by;        /* the thread that ended it; 0 unknown */
	uint64_t started_ticks;   /* the processor's time stamp at started_mono_ns */
	uint64_t counters[32];    /* enum sn_counter */
	struct sn_table_desc tables[16]; /* enum sn_table */
	/* Threads that were created or run, and of those the ones in a published wait without a
	 * time limit. When they are equal every thread that is known is asleep. */
	uint32_t live_threads __attribute__((aligned(64)));
	uint32_t blocked_threads;
	uint32_t run; /* which `snarl run` it belongs to, by its number; 0 none */
	uint32_t reserved;
	/* The command's own: the process neither reads nor writes it. */
	struct sn_glimpse glimpses[SN_GLIMPSES];
	/* Where the detector's own code lies in the process. */
	uint64_t shim_start;
	uint64_t shim_end;
};

/* A lock that a thread holds. A slot whose lock is 0 is empty: readers skip it. */
struct sn_held {
	uint32_t lock;
	uint32_t stack; /* where it was acquired */
	uint32_t mode;  /* SN_MODE_… */
	uint32_t depth; /* SN_DEPTH_… */
};
/* In the low bits: further read locks of the same rwlock by the same thread. */
#define SN_DEPTH_COUNT 0xfffffu
/* How many steps the thread's order clock has made since the lock was taken, or this many. */
#define SN_DEPTH_OVER_SHIFT 20
#define SN_DEPTH_OVER_MOST 511u
#define SN_DEPTH_OVER (SN_DEPTH_OVER_MOST << SN_DEPTH_OVER_SHIFT)
/* The thread has this lock for the first time since it initialised it, or since anybody had it, and
 * has done nothing meanwhile by which another could learn of it (interpose/evidence.h). */
#define SN_DEPTH_MADE 0x40000000u
#define SN_DEPTH_BORN 0x20000000u
/* What tells that an order could not meet others. */
#define SN_DEPTH_EVIDENCE (SN_DEPTH_OVER | SN_DEPTH_MADE | SN_DEPTH_BORN)
/* It was taken in a signal handler. Its release is then always the slow one, which leaves no trace
 * in released[]: what stands there was taken outside of handlers. */
#define SN_DEPTH_IN_HANDLER 0x80000000u

#define SN_HELD_INLINE 8
#define SN_RELEASED 32
#define SN_BARRIERS 2
#define SN_GATES 3

struct sn_thread_rec {
	uint32_t state;  /* enum sn_thread_state */
	uint32_t flags;  /* SN_THREAD_… */
	uint32_t tid;    /* kernel's thread id; 0 before it runs */
	uint32_t serial; /* 1 is the first thread; shown to the user as T1 */
	uint64_t pthread;
	char name[16];
	uint64_t start_routine;
	uint32_t creator; /* thread index; 0 unknown */
	union {
		uint32_t creator_epoch; /* the creator's epoch at creation */
		uint32_t others_pid;    /* SN_THREAD_OTHERS: its process; 0 unknown */
	};
	uint32_t create_stack;
	union {
		uint32_t epoch; /* order clock: grows at each create and join by this thread */
		uint32_t others_serial; /* SN_THREAD_OTHERS: which thread it is there */
	};
	uint32_t joiner;       /* thread that joined it */
	uint32_t joiner_epoch; /* the joiner's epoch from the join on */
	uint64_t created_ns;   /* CLOCK_MONOTONIC */
	uint64_t ended_ns;
	/* What it waits for. wait_kind is stored last when a wait begins, first when it ends. */
	uint32_t wait_kind;   /* enum sn_wait */
	uint32_t wait_object; /* lock index, or thread index for a join */
	uint32_t wait_mode;   /* SN_MODE_… */
	uint32_t wait_stack;
	uint64_t wait_since_ns; /* CLOCK_MONOTONIC */
	/* Held locks, oldest first: held_more != 0 means that they are at table HELD from there. */
	uint32_t held_count;
	uint32_t held_more;
	uint32_t held_capacity;
	uint32_t dep_count; /* lock orders recorded for it */
	struct sn_held held[SN_HELD_INLINE];
	/* Locks that it has released, by their low bits: an empty slot proves that it never held
	 * any of the locks that belong there. */
	uint32_t released[SN_RELEASED];
	/* Attempts that failed while it held another lock, one after the other (livelock). */
	uint32_t backoff_wanted;
	uint32_t backoff_held; /* above the lock: how often it has let go of everything meanwhile */
	uint32_t backoff_count;
	uint32_t backoff_stack;
	uint64_t backoff_since_ns;
	uint64_t joined_pthread; /* its pthread_t, kept when it has been joined */
	/* The mutex that it gave up for the condition wait it is in, and where it had taken it. */
	uint32_t wait_mutex;
	uint32_t wait_mutex_stack;
	/* When the wait for a lock began: the lock's passes, and the threads that lived. */
	uint32_t wait_passes;
	uint32_t wait_threads;
	/* The condition by whose broadcast it was woken last; 0: its last wait ended otherwise. */
	uint32_t herd_cond;
	uint32_t backoff_peer; /* attempts of whom it backs off against, when it last looked */
	uint32_t joined_stack; /* where it was joined or detached, and the serial of who did it */
	uint32_t joined_serial;
	/* The last two barriers that it passed, the newest first, and which round of each; round 0:
	 * it is in the wait, or rounds of this barrier order nothing. */
	uint32_t barrier[SN_BARRIERS];
	uint32_t barrier_round[SN_BARRIERS];
	/* Of a select: its cases at table HELD, lock and mode SN_MODE_SEND or not. */
	uint32_t cases;
	uint32_t cases_capacity;
	uint32_t case_count;
	uint32_t context; /* of a task: its context's lock record; 0 none */
	union {
		struct { /* of a task */
			uint64_t task_function;
			uint64_t task_argument;
		};
		struct { /* of any other thread: locks that its creator held at its creation */
			uint32_t gate[SN_GATES];
			uint32_t gates_passed; /* bit i: it has waited for gate i and had it */
		};
	};
	/* The context that ends its wait in a call of the channel library; 0 none. */
	uint32_t wait_context;
	/* The scope that it belongs to: that of the thread that created it, or one that it began
	 * itself; index of a note; 0 none. */
	uint32_t scope;
	/* The call that may block, or may take long, which it is in while it holds locks: see
	 * sn_call_pack. 0: none is known. One word, so that its stack and its time belong together.
	 */
	uint64_t call;
};

/* A call by its stack and by when it began: in the low 22 bits the one, above them the other, in
 * units of 2^20 ns from the start of the recording on. */
#define SN_CALL_STACK_BITS 22
#define SN_CALL_UNIT_SHIFT 20
static inline uint64_t sn_call_pack(const struct sn_header *h, uint32_t stack, uint64_t since_ns)
{
	uint64_t units = (since_ns - h->started_mono_ns) >> SN_CALL_UNIT_SHIFT;
	return stack ? units << SN_CALL_STACK_BITS | stack : 0;
}

static inline uint32_t sn_call_stack(uint64_t call)
{
	return (uint32_t)call & ((1u << SN_CALL_STACK_BITS) - 1);
}

static inline uint64_t sn_call_since(const struct sn_header *h, uint64_t call)
{
	return h->started_mono_ns + (call >> SN_CALL_STACK_BITS << SN_CALL_UNIT_SHIFT);
}
#define SN_BACKOFF_RESTART (1u << 24) /* of backoff_held: the unit of that count */

/* A context that is not known: it may end at any time. */
#define SN_CONTEXT_UNKNOWN UINT32_MAX

#define SN_LOCK_PSHARED 1u
#define SN_LOCK_ROBUST 2u
#define SN_LOCK_PI 4u
#define SN_LOCK_ORDERED 8u /* it is part of some recorded lock order */
#define SN_LOCK_DESTROYED 16u
#define SN_LOCK_WRITER_SEEN 32u /* an rwlock that was wanted for writing at least once */
#define SN_LOCK_INIT_SEEN 64u   /* birth_stack is the init call, else the first use */
#define SN_LOCK_C11 128u
#define SN_LOCK_TOLD_HANDLER 256u     /* it has been told that signal handlers take it */
#define SN_LOCK_PINNED 512u           /* a finding or a phase names it: it stays what it is */
#define SN_LOCK_TOLD_OTHER (1u << 20) /* it has been told that it is used as another type */
#define SN_LOCK_LEVELLED (1u << 21)   /* its place in the order is declared, in a note */

/* One that is known by the word of its annotations, made of another lock at the same address,
 * perhaps. */
static inline int sn_lock_is_annotated(unsigned type)
{
	return type == SN_LOCK_ANNOTATED || type == SN_LOCK_ANNOTATED_RECURSIVE ||
	       type == SN_LOCK_ANNOTATED_RWLOCK;
}

/* Whether its waiters sleep on a futex that is not known to be the object's: of annotated ones
 * nobody says where; all of GLib's share one. */
static inline int sn_lock_sleeps_elsewhere(unsigned type)
{
	return sn_lock_is_annotated(type) || type == SN_LOCK_GLIB_ONCE;
}

struct sn_lock_rec {
	uint64_t address;
	uint16_t type;       /* enum sn_lock_type */
	uint16_t generation; /* how many locks had this record before, modulo what fits */
	uint32_t flags;      /* SN_LOCK_… */
	uint32_t birth_stack;
	uint32_t birth_thread;
	uint32_t
		owner_hint; /* thread that was last seen to hold it, by a thread that had to wait */
	uint32_t birth_serial; /* serial of birth_thread then: its record may serve another thread
				  now */
	uint32_t sync;         /* its sn_sync_rec, where the type has one */
	uint32_t passes;       /* times it was released while somebody waited for it */
	/* The last of those releases: the thread's serial in the low half, and where that thread
	 * had taken it in the high half. One word, since both belong together. */
	uint64_t passed_by;
	/* Dependencies that want it, and that hold it; the newest context of either kind. The
	 * writer's own: see graph/reclaim.c. */
	uint32_t wanted_deps;
	uint32_t held_deps;
	uint32_t wanted_context;
	uint32_t held_context;
};

/* A signal, broadcast or post. It may be told of when its thread has long ended and the record
 * serves another one: so it names the thread by its serial (sn_view_thread_of). */
struct sn_signal {
	union {
		uint64_t by; /* both, for a writer that has no lock */
		struct {
			uint32_t serial; /* 0: there was none */
			uint32_t stack;
		};
	};
	uint32_t epoch; /* stray epoch after it; 0: it was not stray */
	uint32_t flags; /* SN_SIGNAL_… */
	uint64_t ticks; /* the processor's time stamp; see sn_header.started_ticks */
};
#define SN_SIGNAL_BROADCAST 1u
#define SN_SIGNAL_LOCKED 2u   /* the signaller held the condition's mutex */
#define SN_SIGNAL_UNLOCKED 8u /* it is known not to have held it */
#define SN_SIGNAL_AGAIN 4u    /* the same was sent again; ticks is that of the first */

#define SN_WAKERS 4

/* The state of an object that threads sleep on and that any thread may wake: condition variable,
 * semaphore, barrier, futex. */
struct sn_sync_rec {
	/* Threads that are blocked on it without a time limit or with one, in the low half; in the
	 * high half how many of them have been woken and have not returned yet. One word, since
	 * both are judged together. */
	uint64_t waiters;
	uint32_t object;        /* its lock record */
	uint32_t mutex;         /* condition: the mutex that waiters use; 0 before the first wait */
	struct sn_signal heard; /* the last that found a waiter */
	struct sn_signal unheard; /* the last that found none */
	/* Condition: the last unheard signal of a thread that did not hold the mutex. */
	struct sn_signal stray;
	uint32_t stray_locks[2]; /* what that thread held then, where the mutex was not known yet */
	/* By its serial the thread whose check-then-wait window the stray one fell into; `stray`
	 * stays as it is until that thread is back. */
	uint32_t lost_serial;
	/* By their serials the last waiter that a signal woke, and the last that went back to sleep
	 * without having given up the mutex in between. */
	uint32_t woken_serial;
	uint32_t woken_stack;
	uint32_t back_serial;
	uint32_t back_stack;
	/* Condition, for thundering-herd: broadcasts, waiters that they woke, and of those the ones
	 * that went back. */
	uint32_t broadcasts;
	uint32_t herd_woken;
	uint32_t herd_back;
	/* The last of those that went back, and the broadcast that had woken it; by serials. */
	uint32_t herd_serial;
	uint32_t herd_stack;
	uint32_t herd_by;
	uint32_t herd_by_stack;
	uint32_t count;             /* barrier: threads it takes; semaphore: its first value */
	uint32_t arrived;           /* barrier: arrivals so far, over all rounds */
	uint32_t flags;             /* SN_SYNC_… */
	uint64_t members;           /* barrier: sum over the threads that arrived in this round */
	uint64_t first_members;     /* the same of the first round: equal sums are equal threads */
	uint32_t wakers[SN_WAKERS]; /* threads that have signalled or posted */
	uint32_t first_round;       /* barrier: its rounds are numbered from the next one on */
	/* Context: when it was cancelled, and when it ends by itself (0: neither is known); the
	 * context that it ends with. CLOCK_MONOTONIC. */
	uint64_t ended_ns;
	uint64_t deadline_ns;
	uint32_t parent;
	/* The serials of the wakers: their records may serve others now. Objects of
	 * libsnarl-channel: 0 when the thread has released it; bit i: waker i was given it when it
	 * was spawned. */
	uint32_t waker_serial[SN_WAKERS];
	uint32_t declared;
	/* Condition: the stack at which those were created that have waited on it, and what they
	 * were to run; 0: nobody has, SN_SITES_VARY and SN_STARTS_VARY: they differ. */
	uint32_t waiter_site;
	uint32_t waiter_start[2]; /* the halves of one word */
	/* Rwlock under whose read lock orders were recorded: write locks since the first of them;
	 * `count` is the number of those orders. See graph/sections.h. */
	uint32_t sections;
};
#define SN_SITES_VARY UINT32_MAX
#define SN_STARTS_VARY UINT64_MAX

static inline uint64_t sn_sync_waiter_start(const struct sn_sync_rec *s)
{
	return (uint64_t)s->waiter_start[1] << 32 | s->waiter_start[0];
}

/* Objects of libsnarl-channel: `count` is the references that the program has (of a task's handle:
 * `arrived`, and `count` is its thread record and `first_round` the serial of that); `heard` the
 * last send, done or give, `unheard` the last receive, `stray` the close or cancel; `wakers` all
 * threads that have used it. */
#define SN_SYNC_MANY_WAKERS 1u   /* wakers did not suffice */
#define SN_SYNC_OUTSIDE 2u       /* other processes, or the channel library, may wake its waiters */
#define SN_SYNC_ASK_MEMORY 512u  /* so they may, if its memory is shared between processes */
#define SN_SYNC_PERIODIC 16u     /* a ticker */
#define SN_SYNC_REJECTS 64u      /* a pool that is full answers and lets nobody wait */
#define SN_SYNC_GIVEN_UP 32u     /* the last that its creator did with it was to release it */
#define SN_SYNC_HERD_LOCKED 256u /* the broadcast of herd_by held the mutex */
#define SN_SYNC_TOLD_NEVER_HELD 8u /* signal-without-mutex has been told of it */
#define SN_SYNC_MEMBERS_VARY 4u    /* barrier: rounds were made up of different threads */
#define SN_SYNC_STRAY_AGAIN 1024u  /* since lost_serial waits, the stray signal was sent again */
/* Condition: the only wait that there was ran out, though its signal had come before, and looked at
 * no state: of the thread woken_serial at woken_stack, which had taken the mutex at back_stack. */
#define SN_SYNC_RAN_OUT 2048u

static inline uint32_t sn_sync_waiting(uint64_t waiters)
{
	return (uint32_t)waiters;
}

static inline uint32_t sn_sync_pending(uint64_t waiters)
{
	return (uint32_t)(waiters >> 32);
}

#define SN_STACK_THREAD_ENDED 1u /* a thread that was created here has ended, and is forgotten */
/* A thread that was created here has been joined: by the thread that had created it, by another. */
#define SN_STACK_THREAD_JOINED 2u
#define SN_STACK_THREAD_REAPED 4u
/* The bits from here up count the signal handlers that were running, one within the other. */
#define SN_STACK_HANDLERS_SHIFT 8

/* pcs[first .. first+depth) in table FRAME, innermost first: return addresses. */
struct sn_stack_rec {
	uint32_t first;
	uint16_t depth;
	uint16_t flags; /* SN_STACK_… */
	uint32_t epoch; /* module_epoch when taken: says which modules its addresses were in */
	uint32_t hash;
	uint32_t child[4]; /* hash trie; the writer's own */
};

struct sn_module_rec {
	uint64_t start; /* lowest and one past the highest address of its loaded segments */
	uint64_t end;
	uint64_t bias;           /* address = bias + address in the file */
	uint32_t path;           /* string */
	uint32_t loaded_epoch;   /* in memory while loaded_epoch <= e < unloaded_epoch */
	uint32_t unloaded_epoch; /* UINT32_MAX while loaded */
	uint32_t build_id_size;
	uint8_t build_id[SN_BUILD_ID_MAX];
	/* Of use in the process only: the next record of those that are loaded, and what tells one
	 * module from another that came to its place: the loader's description, its name's hash. */
	uint32_t next_loaded;
	uint32_t name_hash;
	uint64_t loader;
	uint32_t reserved[10]; /* every record's size is a power of two: none straddles two extents
				*/
};

/* Between which rounds of its thread's barriers something was done, again and again: `first`,
 * `first + stride`, … `last`, for both barriers in step. */
struct sn_phases {
	uint32_t barrier[SN_BARRIERS]; /* lock; 0: none; SN_BARRIER_LOST: one that is not known */
	uint32_t first[SN_BARRIERS];   /* the round that the thread had passed */
	uint32_t last[SN_BARRIERS];
	uint32_t stride[SN_BARRIERS];
};
#define SN_BARRIER_LOST UINT32_MAX

/* A dependency: `thread` took or wanted `lock` at `stack` while it held `held_count` others. Those
 * with more than SN_DEP_MANY may share their held sets, and then have empty slots in them. */
struct sn_dep_rec {
	uint32_t thread;
	uint32_t epoch; /* the thread's order clock then */
	uint32_t lock;
	uint32_t mode; /* above SN_DEP_PASSED_SHIFT: gates that the thread had passed by then */
	uint32_t stack;
	uint32_t held_first; /* table HELD */
	uint32_t held_count;
	uint32_t next; /* next dependency of the same context; 0 ends */
	struct sn_phases phases;
};
#define SN_DEP_PASSED_SHIFT 8
#define SN_DEP_MANY 64u

/* A context: a set of held locks and a lock wanted. The writer's index of dependencies. */
struct sn_context_rec {
	uint64_t key;
	uint32_t child[4];
	uint32_t first_dep;
	uint32_t dep_count;
	uint32_t next_wanted; /* of the same lock wanted */
	uint32_t next_held;   /* of the same lock held, where that is the only one */
	uint32_t reserved[6];
};

struct sn_finding_rec {
	uint16_t kind;
	uint8_t verdict;
	uint8_t why;
	uint32_t count; /* times seen */
	uint32_t first_part;
	uint32_t part_count;
	uint64_t when_ns; /* CLOCK_MONOTONIC */
	uint64_t key;     /* equal keys are one finding */
	uint32_t scope;   /* it belongs to: a note; 0 none, or not known yet */
	uint32_t reserved[7];
};

/* What the program says of itself through snarl.h. */
enum sn_note {
	SN_NOTE_NONE,
	SN_NOTE_SCOPE,  /* a test, or a part of one; `scope` is the one around it */
	SN_NOTE_NAME,   /* what an object is called */
	SN_NOTE_ALLOW,  /* findings of that kind and pattern are meant so, in `scope` */
	SN_NOTE_EXPECT, /* there must be one */
	SN_NOTE_LEVEL,  /* an object's place in the declared order: `value`, `second` */
	/* Inversions of `object` and `second` cannot happen, for that reason; the address of the second
	 * one is in `value` and `kind`, its lower half in the former. */
	SN_NOTE_ORDERED,
};
struct sn_note_rec {
	uint32_t what;    /* enum sn_note; stored last */
	uint32_t scope;   /* that it was said in; 0: for the whole process */
	uint32_t text;    /* string: a name, a pattern, a reason; 0 none */
	uint32_t stack;   /* where it was said */
	uint32_t thread;  /* who said it */
	uint32_t serial;  /* and its serial: its record may serve another one later */
	uint32_t kind;    /* enum sn_kind and one; 0 any */
	uint32_t value;   /* of a level; of a scope: locks that its thread held when it began */
	uint64_t address; /* of the object */
	uint32_t object;  /* its lock record and the generation of that; 0 where not known then */
	uint32_t generation;
	uint32_t second; /* the other object, or a subclass */
	uint32_t second_generation;
	uint32_t ended; /* of a scope: 1 */
	uint32_t next;  /* the writer's own: the next of the same hash */
};

/* One stack, thread or object of a finding. Parts come in the order in which they are told; parts
 * of one thread stand together. A ring lists, thread by thread: HOLDS (the lock that the previous
 * thread wants), then WANTS or WAITS. */
struct sn_part {
	uint8_t role;
	uint8_t mode;             /* SN_MODE_… */
	uint8_t object_is_thread; /* object is a thread index (a join), not a lock index */
	uint8_t flags;            /* SN_PART_… */
	uint32_t thread;          /* 0: none */
	uint32_t object;          /* 0: none */
	uint32_t stack;           /* 0: none */
	uint64_t when_ns;         /* CLOCK_MONOTONIC; 0 unknown */
	uint32_t more;            /* further threads that do the same at the same place */
	uint32_t number;          /* what the part measures, see below; 0 nothing */
};
/* What `number` counts, by kind and role; times are in milliseconds.
 *   data-race             ACCESSED, MEMORY  nothing: it is the index of what was accessed, or of what
 *                                   that lies in, in table ACCESS
 *   blocking-under-lock   BLOCKED   how long the call, or the wait, took; `more`: the system call
 *                                   that the kernel said it was in, and one
 *                         WAITS     how long the other thread waited meanwhile
 *   starvation            WAITS     how long it waited (or had, when the process ended)
 *                         HOLDS     times that the lock was released to others meanwhile
 *   priority-inversion    WAITS     how long it waited
 *                         HOLDS     how far the holder's priority was below: steps of nice, or of
 *                                   real-time priority where either thread has one
 *   livelock              FAILED    attempts in a row that failed; when_ns: since when
 *   thundering-herd       SIGNALLED broadcasts that found waiters
 *                         SUBJECT   waiters that they woke
 *                         WOKEN     of those the ones that went back to sleep
 *   unbounded-threads     CREATED   threads that live; when_ns: the first one's creation
 *                         SUBJECT   when_ns: the last one's creation */
#define SN_PART_BROADCAST 1u /* the signal was a broadcast */
#define SN_PART_LOCKED 2u    /* the signaller held the mutex */
#define SN_PART_UNHEARD 8u   /* it was the last, and nobody was waiting */
#define SN_PART_UNLOCKED 4u  /* it is known that the signaller did not hold it */
#define SN_PART_SO_FAR 16u   /* it goes on: what is measured is so far */
#define SN_PART_RUNS 32u     /* BLOCKED: the thread was not blocked, but running */
#define SN_PART_ANY_MODE 64u /* `mode` is not known */

/* One side of a data race, or the memory that it is about: the `number` of its part. */
struct sn_access_rec {
	uint64_t address;
	uint64_t size;
	uint64_t code; /* SN_ACCESS_STACK: an address in the function; 0 unknown */
	uint32_t what; /* SN_ACCESS_… */
	uint32_t reserved;
};
#define SN_ACCESS_WRITE 1u /* else it read */
#define SN_ACCESS_ATOMIC 2u
#define SN_ACCESS_FREE 4u       /* the memory was given back: a write to all of it */
#define SN_ACCESS_RANGE 8u      /* of more bytes than these, perhaps: a copy, a fill */
#define SN_ACCESS_HELD_MORE 16u /* it is not known what else the thread held */
/* What the memory is: a block of the heap from `address` on; the frame of a function whose canonical
 * frame address that is (0: unknown); the program's thread-local variables from there on. */
#define SN_ACCESS_HEAP 32u
#define SN_ACCESS_STACK 64u
#define SN_ACCESS_TLS 128u

/* Address-keyed identity, for what has no room for a tag. The writer's own. */
struct sn_address_rec {
	uint64_t address;
	uint32_t child[4];
	uint32_t object;
	uint32_t reserved;
};

#endif
