/* SPDX-License-Identifier: Apache-2.0
 *
 * An oracle for the race engine: it keeps every event of a small program and, of each, the set of
 * all events that happen before it, and compares each access with every earlier one.  No clocks, no
 * cells. */
#ifndef SN_TESTS_RACE_ORACLE_H
#define SN_TESTS_RACE_ORACLE_H

#include <stddef.h>
#include <stdint.h>

#define ORACLE_EVENTS 64
#define ORACLE_THREADS 16
#define ORACLE_OBJECTS 16

struct oracle_event {
	int thread;
	int epoch; /* how often the thread had released by then */
	uintptr_t address;
	size_t size; /* 0: no access */
	uint32_t what;
	uint64_t before; /* the events that happen before it */
};

struct oracle_object {
	uint64_t released;
	uint32_t heads; /* the threads that it came from: see C11's release sequences */
};

struct oracle {
	struct oracle_event events[ORACLE_EVENTS];
	int count;
	uint64_t past[ORACLE_THREADS];
	uint64_t fenced[ORACLE_THREADS];
	int has_fenced[ORACLE_THREADS];
	uint64_t seen[ORACLE_THREADS];
	int epoch[ORACLE_THREADS];
	struct oracle_object objects[ORACLE_OBJECTS];
};

void oracle_start(struct oracle *o);
void oracle_create(struct oracle *o, int creator, int thread);
void oracle_join(struct oracle *o, int joiner, int thread);
void oracle_acquire(struct oracle *o, int thread, int object);
void oracle_release(struct oracle *o, int thread, int object, int only);
/* The two halves of an atomic operation; orders as enum sn_order. */
void oracle_load(struct oracle *o, int thread, int object, int order);
void oracle_store(struct oracle *o, int thread, int object, int order, int exchange);
void oracle_fence(struct oracle *o, int thread, int order);

/* The number of the new event. */
int oracle_access(struct oracle *o, int thread, uintptr_t address, size_t size, uint32_t what);

/* Whether two accesses race. */
int oracle_is_race(const struct oracle *o, int earlier, int later);

/* An earlier access with which this one races on some byte that its thread has not accessed before
 * as strongly, without having released anything since; -1: none. (Where it has, that race is the
 * older access's.) */
int oracle_must_report(const struct oracle *o, int event);

#endif
