/* SPDX-License-Identifier: Apache-2.0
 *
 * Opens a recording, of a live, ended, killed or corrupted process, as a consistent-enough copy in
 * memory of our own (never a mapping: the file may shrink under us).  For the command only: it uses
 * malloc and files freely. */
#ifndef SN_BASE_READER_H
#define SN_BASE_READER_H

#include "base/view.h"

struct sn_reader {
	struct sn_view view;
	struct sn_header header; /* checked copy */
	char *path;
	void *tables[SN_TABLE_COUNT];
	uint32_t wanted; /* the tables that are read, by their bits */
};

/* Reads the recording at `path`. Returns 0, or a negative errno and one clear line in `error`:
 * what is wrong with the file and what to do. Never crashes, loops or allocates without bound on
 * any content: counts are limited by the file's size. */
int sn_reader_open(struct sn_reader *r, const char *path, char *error, size_t error_size);
/* The same of a file that is open already, and stays so: `path` is only what it is called. Of the
 * tables only those of the bits (1u << SN_TABLE_…) are read, for those who look often: the others
 * seem empty. */
int sn_reader_open_fd(struct sn_reader *r, int fd, const char *path, uint32_t wanted, char *error,
		      size_t error_size);
void sn_reader_close(struct sn_reader *r);

#endif
