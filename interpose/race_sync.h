/* SPDX-License-Identifier: Apache-2.0
 *
 * What a front of the race engine (race/tsan/, a library of its own in the same process) has to do
 * with the shim: it is told of synchronisation, and tells of races.
 *
 * The wrappers call the real functions through one table (real.h). While an engine is attached
 * there are functions in that table which do the same and tell it: so all wrappers of all variants
 * are heard, and where no engine is, nothing costs anything. The fast paths that are inlined are
 * then not taken. */
#ifndef SN_INTERPOSE_RACE_SYNC_H
#define SN_INTERPOSE_RACE_SYNC_H

#include <pthread.h>
#include <stddef.h>
#include <stdint.h>

/* A thread from its creation on. The front's own data lie behind this. */
struct sn_race_child {
	union {
		void *(*routine)(void *);
		int (*routine_c11)(void *);
	};
	void *argument;
	int detached;
};

struct sn_race_sync {
	/* What was released to the object happens before what the thread does from now on. */
	void (*acquire)(const volatile void *object);
	void (*release)(const volatile void *object);
	/* Whoever acquires `to` acquires with it what was released to `from`. */
	void (*pass)(const volatile void *from, const volatile void *to);
	/* Stands for all files, pipes, sockets and queues: what is written to one happens before
	 * what is read from any. That is more order than there is, and never less. */
	const void *files;
	/* The calling thread creates another one; NULL: without the front's knowing. */
	struct sn_race_child *(*creating)(int detached);
	/* It has, and this is its id; or it has not. */
	void (*created)(struct sn_race_child *child, pthread_t id);
	void (*not_created)(struct sn_race_child *child);
	/* In the new thread, before anything else. */
	void (*begins)(struct sn_race_child *child);
	/* Who bears this id, if it is known; it has been joined, or is detached. */
	struct sn_race_child *(*find)(pthread_t id);
	void (*joined)(struct sn_race_child *child);
	void (*detached)(struct sn_race_child *child);
	/* The calling thread unmaps this memory. */
	void (*unmapping)(void *address, size_t bytes);
	/* The program begins to use a libsnarl-channel that does not say what it orders. */
	void (*channel_comes)(void);
};

/* Call it once, before the program has threads. `sync` stays. Returns 0, or -ENOSYS where the shim
 * is off. */
int sn_race_attach(const struct sn_race_sync *sync);

/* The serial of the calling thread in the recording; 0: it is not known there (yet). */
uint32_t sn_race_serial(void);

/* One access of a race; the innermost address first, as return addresses. */
#define SN_RACE_STACK_MOST 64
#define SN_RACE_HELD_MOST 4
struct sn_race_stack {
	uint32_t serial; /* of its thread in the recording */
	uint32_t depth;
	uintptr_t pcs[SN_RACE_STACK_MOST];
};

/* A lock that was held, as the recording knows it. */
struct sn_race_held {
	uint32_t lock;
	uint32_t stack;
	uint16_t generation; /* of the lock's record: it may serve another by now */
	uint16_t mode;
};

struct sn_race_told {
	uint64_t address;
	uint64_t size;
	uint32_t what; /* SN_ACCESS_… of base/recording.h */
	uint32_t held_count;
	struct sn_race_held held[SN_RACE_HELD_MOST];
	struct sn_race_stack stack;
};

/* The memory that both accessed. */
struct sn_race_memory {
	uint32_t what;  /* SN_ACCESS_HEAP, SN_ACCESS_STACK, SN_ACCESS_TLS; 0: none of these */
	uint64_t start; /* see struct sn_access_rec */
	uint64_t size;
	uint64_t code;
	struct sn_race_stack stack; /* of a block: who allocated it where; else whose it is */
};

/* Something that the report has to say was not seen: an enum sn_counter. */
void sn_race_count(uint32_t counter);

/* How many locks the calling thread holds: where that stands, NULL where it is not known (yet). And
 * what it holds: how many, and the newest of them, up to `most`. */
const uint32_t *sn_race_held_count(void);
uint32_t sn_race_holds(struct sn_race_held *held, uint32_t most);

/* A race of this access, by the calling thread, with an earlier one. Returns a number by which the
 * same can be told again, 0: none. */
uint32_t sn_race_tell(const struct sn_race_told *now, const struct sn_race_told *before,
		      const struct sn_race_memory *memory);
void sn_race_again(uint32_t number);

/* For the shim: the program begins to use libsnarl-channel. */
void sn_race_channel_comes(void);

#endif
