/* SPDX-License-Identifier: Apache-2.0
 *
 * Makes recordings for tests, record by record, without a process: as a view in memory, or as the
 * bytes of a file.  Aborts the test program where memory runs out.
 *
 *	struct sn_maker m;
 *	sn_maker_begin(&m);
 *	uint32_t a = sn_maker_lock(&m, SN_LOCK_MUTEX, 0x1000);
 *	uint32_t t = sn_maker_thread(&m, "worker", SN_THREAD_RUNNING);
 *	sn_maker_hold(&m, t, a, sn_maker_stack(&m, (uint64_t[]){0x401000}, 1), SN_MODE_WRITE);
 *	... use m.view ...
 *	sn_maker_end(&m);
 *
 * Pointers into tables, and the view, hold until the next record of that table is made. */
#ifndef SN_TESTS_RECORDING_MAKER_H
#define SN_TESTS_RECORDING_MAKER_H

#include "base/finding.h"

struct sn_maker {
	struct sn_header header;
	struct sn_view view;
	void *tables[SN_TABLE_COUNT];
	uint32_t room[SN_TABLE_COUNT];
};

void sn_maker_begin(struct sn_maker *m);
void sn_maker_end(struct sn_maker *m);

/* `count` consecutive records of zeros; the index of the first. */
uint32_t sn_maker_add(struct sn_maker *m, enum sn_table t, uint32_t count);
/* A record of `t` to be changed. */
void *sn_maker_at(struct sn_maker *m, enum sn_table t, uint32_t i);

uint32_t sn_maker_text(struct sn_maker *m, const char *text);
uint32_t sn_maker_stack(struct sn_maker *m, const uint64_t *pcs, uint16_t depth);
uint32_t sn_maker_lock(struct sn_maker *m, enum sn_lock_type type, uint64_t address);
uint32_t sn_maker_thread(struct sn_maker *m, const char *name, enum sn_thread_state state);
/* At most SN_HELD_INLINE a thread. */
void sn_maker_hold(struct sn_maker *m, uint32_t thread, uint32_t lock, uint32_t stack,
		   uint32_t mode);
uint32_t sn_maker_dep(struct sn_maker *m, uint32_t thread, uint32_t lock, uint32_t mode,
		      uint32_t stack, const struct sn_held *held, uint32_t held_count);
uint32_t sn_maker_finding(struct sn_maker *m, const struct sn_finding *f);

/* The recording as a file, each table in `extents` (1 .. SN_EXTENTS_MAX) pieces; malloc'd. */
unsigned char *sn_maker_bytes(struct sn_maker *m, uint32_t extents, size_t *size);
/* Writes bytes to a new temporary file and returns its path, malloc'd: unlink and free it. */
char *sn_maker_file(const void *bytes, size_t size);

#endif
