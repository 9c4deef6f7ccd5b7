/* SPDX-License-Identifier: Apache-2.0
 *
 * The front for programs that were compiled with -fsanitize=thread: what its files share.  The
 * compiler's calls keep the calling thread's shadow stack and tell of its accesses; this library
 * answers them instead of libtsan, and feeds the engine in race/. */
#ifndef SN_RACE_TSAN_FRONT_H
#define SN_RACE_TSAN_FRONT_H

#include <pthread.h>
#include "interpose/race_sync.h"
#include "race/access.h"
#include "race/sync.h"

/* Where the shim is not in the process too, nothing is watched. */
extern __typeof__(sn_race_attach) sn_race_attach __attribute__((weak));
extern __typeof__(sn_race_serial) sn_race_serial __attribute__((weak));
extern __typeof__(sn_race_count) sn_race_count __attribute__((weak));
extern __typeof__(sn_race_tell) sn_race_tell __attribute__((weak));
extern __typeof__(sn_race_again) sn_race_again __attribute__((weak));
extern __typeof__(sn_race_holds) sn_race_holds __attribute__((weak));
extern __typeof__(sn_race_held_count) sn_race_held_count __attribute__((weak));

#define SN_FRONT_EXPORT __attribute__((visibility("default")))

/* A function that has been entered. Its node, the number of the call stack up to it, is made when
 * something in it is accessed. */
struct sn_frame {
	uintptr_t sp; /* somewhere in the function's frame */
	uintptr_t pc; /* where it was called */
	uint32_t node;
};

#define SN_FRAMES 65536 /* deeper calls have the stack of these */
#define SN_NODE_CACHE 1024

struct sn_node_key {
	uintptr_t pc;
	uint32_t parent;
	uint32_t node;
};

struct sn_front {
	struct sn_race_child child; /* first: see race_sync.h */
	struct sn_race_thread *race;
	pthread_t id;
	struct sn_front *next; /* of those whose ids are known */
	int has_id;
	int ended;
	int exit_rounds;
	uint32_t too_deep;    /* frames that there was no room for */
	uint32_t ignoring[2]; /* reads, writes: by annotations */
	struct sn_frame *top; /* of a fiber that does not run: sn_front_top */
	int handles;          /* a signal handler has begun: signal.c */
	int known;            /* its serial in the recording has been noted */
	uintptr_t stack_low, stack_high;
	uint64_t held_key; /* the set that it held last, and its number: held.c */
	uint32_t held_set;
	struct sn_node_key cache[SN_NODE_CACHE];
	struct sn_frame frames[SN_FRAMES];
};

/* NULL: the thread is not known (yet), or has ended. */
extern __thread struct sn_front *sn_front_self __attribute__((tls_model("initial-exec")));
/* The newest frame; frames[0] is nobody's. */
extern __thread struct sn_frame *sn_front_top __attribute__((tls_model("initial-exec")));

/* thread.c: the calling thread, made known if need be; NULL where it has ended, or nothing is
 * watched. */
SN_RACE_COLD struct sn_front *sn_front_attach(void);

/* thread.c: the calling thread is not watched any more. */
void sn_front_leave(void);

static inline struct sn_front *sn_front_get(void)
{
	struct sn_front *f = sn_front_self;
	return sn_race_likely(f) ? f : sn_front_attach();
}

/* libc.c */
int __cxa_atexit(void (*routine)(void *), void *argument, void *module);

/* start.c: see race_sync.h. */
extern const char sn_front_files;

/* start.c: harmless when it is up. Returns whether accesses are watched. */
int sn_front_start(void);

/* context.c: the number of the call stack of an access at pc, of that size (or any), and of what
 * its thread holds; the thread is made busy meanwhile. */
uint32_t sn_context(struct sn_front *f, uintptr_t pc, size_t size);
/* The same of a call that gives memory back, and of one that allocates. */
uint32_t sn_context_freed(struct sn_front *f, uintptr_t pc);
uint32_t sn_context_allocated(struct sn_front *f, uintptr_t pc);

/* A context again. */
struct sn_context_told {
	uint32_t depth; /* of pcs, innermost first */
	uint32_t size;  /* of the access; 0: it was a whole range */
	int freed;
	int held_known;
	uint32_t held_set; /* 0: none */
};
void sn_context_tell(uint32_t context, uintptr_t *pcs, uint32_t most, struct sn_context_told *told);

/* held.c: the number of the set that the calling thread holds, which is f's and holds something. */
SN_RACE_SLOW uint32_t sn_held_set(struct sn_front *f);
/* What is in a set, up to SN_RACE_HELD_MOST of them; how many are. */
uint32_t sn_held_of(uint32_t number, struct sn_race_held *held);
/* There were too many: of some contexts it is not known what was held. */
extern int sn_held_lost;

static inline uint32_t sn_held_now(struct sn_front *f)
{
	/* Asked for each time: a thread that runs tasks has another record for each. */
	const uint32_t *count = sn_race_held_count ? sn_race_held_count() : NULL;
	return count && *count ? sn_held_set(f) : 0;
}

/* access.c: an access that may tell something new. */
SN_RACE_SLOW void sn_front_access(uintptr_t address, size_t size, uint32_t what, uintptr_t pc);

/* tell.c */
/* Races of these bytes are meant so. */
void sn_front_benign(uintptr_t address, size_t size);
void sn_front_tell(struct sn_race_thread *t, const struct sn_race *race);
/* Which thread of the recording the calling thread is. */
void sn_front_known(struct sn_front *f);
/* The serial in the recording of a thread of the engine's; 0: not known. */
uint32_t sn_front_serial(uint32_t serial);

/* place.c: what the memory at the address is. */
void sn_front_place(uintptr_t address, struct sn_race_memory *memory);

/* thread.c: what race_sync.h asks for. */
struct sn_race_child *sn_front_creating(int detached);
void sn_front_created(struct sn_race_child *child, pthread_t id);
void sn_front_not_created(struct sn_race_child *child);
void sn_front_begins(struct sn_race_child *child);
struct sn_race_child *sn_front_find(pthread_t id);
void sn_front_joined(struct sn_race_child *child);
void sn_front_detached(struct sn_race_child *child);
int sn_front_threads_start(void);
/* Calls `visit` for each thread that lives, until one returns other than 0; none can end meanwhile.
 * For none where the list of them stays locked: by what a signal handler has interrupted. */
void sn_front_visit(int (*visit)(struct sn_front *f, void *context), void *context);
/* Fibers: threads without an end and a join of their own. */
struct sn_front *sn_front_fiber(void);
void sn_front_fiber_switch(struct sn_front *to);
void sn_front_fiber_end(struct sn_front *f);

/* signal.c: where handlers return to; 0: none was installed. */
extern uintptr_t sn_front_restorer;
/* What was done before the signal was sent is known from now on. */
SN_RACE_COLD void sn_front_handler_begins(struct sn_front *f);

/* robust.c: the thread ends, and with it releases what it still holds. */
void sn_front_release_robust(struct sn_front *f);

/* memory.c: whether the code there was compiled for us; a module that was says so when it is
 * loaded. */
void sn_front_note_module(uintptr_t pc);
int sn_front_is_ours(uintptr_t pc);
void sn_front_unmapping(void *address, size_t bytes);
/* The block is about to be given back by a call at pc. */
void sn_front_freed(void *p, uintptr_t pc);
/* Where the program called a function of a library that is about to call malloc, realloc or free
 * itself; 0: it calls these. */
extern __thread uintptr_t sn_front_caller __attribute__((tls_model("initial-exec")));

#endif
