/* SPDX-License-Identifier: Apache-2.0
 *
 * Writes a recording from inside the process under test: creates the file, reserves address space
 * for every table, and grows tables by extents that have real space behind them before anything is
 * stored there (so a full disk can never raise SIGBUS).  Raw system calls only: no malloc, no
 * cancellation point, no errno.  Tables never move, so a record's address is good for the life of
 * the process. */
#ifndef SN_BASE_RECORDER_H
#define SN_BASE_RECORDER_H

#include <stdint.h>
#include "base/lock.h"
#include "base/view.h"

#define SN_PATH_MAX 4096

struct sn_recorder {
	struct sn_header *header;
	void *base[SN_TABLE_COUNT];
	uint32_t limit[SN_TABLE_COUNT]; /* records that fit the reserved address space */
	uint64_t file_end;
	uint64_t max_bytes;
	int is_large;      /* and what control groups allow has been asked for */
	uint64_t dev, ino; /* of the file: its descriptor may have been closed and reused by the
			      program */
	int memory_only;   /* there is no file */
	void *reserved;
	int fd;
	struct sn_lock grow_lock;
	char path[SN_PATH_MAX];
};

/* Creates the file `path` (which must not exist) and maps it. Returns 0 or a negative errno, with
 * nothing left behind. The header's constant fields are filled; the caller fills the rest. */
int sn_recorder_create(struct sn_recorder *r, const char *path, uint64_t max_bytes);

/* The same in the open folder that the last part of `path` is to be in. */
int sn_recorder_create_in(struct sn_recorder *r, int folder, const char *path, uint64_t max_bytes);

/* The same in an open, empty file that is called so. Takes over the descriptor. */
int sn_recorder_create_given(struct sn_recorder *r, int fd, const char *path, uint64_t max_bytes);

/* The open recording's descriptor, -1 where the program has closed it. */
int sn_recorder_descriptor(const struct sn_recorder *r);

/* The same where no file can be had: in memory of the process, and gone with it. */
int sn_recorder_create_in_memory(struct sn_recorder *r, uint64_t max_bytes);

/* Takes `n` consecutive records, zero-filled, from a table. Returns the index of the first, or 0
 * where there is no room (counted as SN_COUNTER_GROW_FAILED). Thread-safe. */
uint32_t sn_recorder_append(struct sn_recorder *r, enum sn_table t, uint32_t n);

/* Stores a text of `length` bytes and a NUL; returns its index or 0. */
uint32_t sn_recorder_text(struct sn_recorder *r, const char *text, uint32_t length);

/* The program is about to limit its address space to so many bytes: unmaps what would be more than
 * our part of it and has not been used. */
void sn_recorder_give_back(struct sn_recorder *r, uint64_t limit);

/* Makes some room in every table, before a sandbox forbids the calls that growing takes. */
void sn_recorder_grow_last(struct sn_recorder *r);

/* Unmaps and closes; the file stays. For a fork child, whose recording is its parent's. */
void sn_recorder_drop(struct sn_recorder *r);
/* The same, but the header (SN_HEADER_SIZE bytes) stays where it is mapped. */
void sn_recorder_drop_but_header(struct sn_recorder *r);

/* The tables as they are now. */
void sn_recorder_view(const struct sn_recorder *r, struct sn_view *v);

static inline void sn_recorder_count(struct sn_recorder *r, enum sn_counter c)
{
	if (r->header)
		__atomic_fetch_add(&r->header->counters[c], 1, __ATOMIC_RELAXED);
}

#define SN_RECORDER_ACCESSOR(name, e, type)                                                        \
	static inline type *sn_rec_##name(const struct sn_recorder *r, uint32_t i)                 \
	{                                                                                          \
		return (type *)r->base[SN_TABLE_##e] + i;                                          \
	}
#define SN_TABLE(e, name, type, most) SN_RECORDER_ACCESSOR(name, e, type)
#include "base/tables.def"
#undef SN_TABLE

#endif
