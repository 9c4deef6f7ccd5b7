/* SPDX-License-Identifier: Apache-2.0
 *
 * For tests of detectors: builds a view in memory, record by record, without a recording; a sink
 * that keeps what it is given; and a working memory that counts what is not given back and can be
 * made to run out.  Running out of plain memory ends the test program. */
#ifndef SN_TESTS_VIEW_MAKER_H
#define SN_TESTS_VIEW_MAKER_H

#include "detect/detect.h"

struct maker {
	struct sn_view view;
	struct sn_header header;
	uint32_t room[SN_TABLE_COUNT];
};

struct collector {
	struct sn_sink sink;
	struct sn_finding *list;
	uint32_t count;
	uint32_t room;
};

struct test_memory {
	struct sn_memory memory;
	size_t in_use;
	long grows_left; /* then it has run out; negative: never */
};

/* A small generator with a fixed sequence, so that every failure comes again. */
struct dice {
	uint64_t state;
};

void maker_init(struct maker *m);
void maker_free(struct maker *m);

/* Appends zeroed records and returns the index of the first; the records may move at the next call.
 */
uint32_t maker_add(struct maker *m, enum sn_table table, uint32_t count);
void *maker_record(struct maker *m, enum sn_table table, uint32_t i);

uint32_t maker_thread(struct maker *m, uint32_t creator, uint32_t creator_epoch);
uint32_t maker_lock(struct maker *m, enum sn_lock_type type, uint32_t flags);
uint32_t maker_dep(struct maker *m, struct sn_dep_rec dep, const struct sn_held *held,
		   uint32_t count);
void maker_hold(struct maker *m, uint32_t thread, struct sn_held held);
void maker_wait(struct maker *m, uint32_t thread, enum sn_wait kind, uint32_t object,
		uint32_t mode);
struct sn_thread_rec *maker_thread_at(struct maker *m, uint32_t i);

/* Fills every table with noise: mostly small numbers, some huge. */
void maker_noise(struct maker *m, struct dice *d, uint32_t records);

void collector_init(struct collector *c);
void collector_clear(struct collector *c);
void collector_free(struct collector *c);

void test_memory_init(struct test_memory *m);

uint32_t roll(struct dice *d, uint32_t below);

#endif
