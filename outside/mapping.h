/* SPDX-License-Identifier: Apache-2.0
 *
 * What memory that processes share is, whatever the address at which each of them has it: a place
 * in a file, be it one without a name. */
#ifndef SN_OUTSIDE_MAPPING_H
#define SN_OUTSIDE_MAPPING_H

#include <stdint.h>

struct sn_mapping {
	uint64_t device, inode, offset;
};

/* Where the address lies: 1; 0 where the memory is the process's own, or nothing is known. */
int sn_mapping_of(uint32_t pid, uint64_t address, struct sn_mapping *m);

/* Whether the process has that memory: 1, 0, or a negative errno. */
int sn_mapping_has(uint32_t pid, const struct sn_mapping *m);

#endif
