/* SPDX-License-Identifier: Apache-2.0
 *
 * What a recording's numbers mean depends on the build that wrote it: kinds, roles and reasons are
 * positions in the .def tables, and records are laid out as the compiler does. */
#ifndef SN_BASE_FORMAT_H
#define SN_BASE_FORMAT_H

#include <stddef.h>
#include <stdint.h>

/* A field of a record, or of a part of one. */
struct sn_field {
	const char *text; /* "record.field:type" */
	uint16_t offset;  /* bytes, in its record */
	uint16_t size;    /* bytes, of all elements */
	uint16_t element; /* bytes, of one */
};

/* All of them, record after record, in the order in which they lie there. */
const struct sn_field *sn_format_fields(size_t *count);

/* A hash (FNV-1a) of the rows' names in their order, and of the names, types, sizes and places of
 * all fields: two builds that agree in it read each other's recordings. Never 0. Async-signal-safe.
 */
uint64_t sn_format(void);

#endif
