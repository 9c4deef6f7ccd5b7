/* SPDX-License-Identifier: Apache-2.0
 *
 * Opening what a recording or debug information names.  Such a name may be anything: a terminal, a
 * FIFO, a device without end, a link to one of them. */
#ifndef SN_REPORT_FILE_H
#define SN_REPORT_FILE_H

#include <stddef.h>
#include <sys/stat.h>

/* Opens the regular file `path` for reading, without ever waiting. Returns a descriptor, with
 * *status filled, or a negative errno. */
int sn_file_open(const char *path, struct stat *status);

/* The text of the regular file `path`, with a NUL behind it, for the caller to free; NULL where it
 * cannot be read, or is larger than `most` bytes. */
char *sn_file_text(const char *path, size_t most, struct stat *status);

#endif
