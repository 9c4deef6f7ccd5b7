/* SPDX-License-Identifier: Apache-2.0
 *
 * The descriptors of a process as /proc shows them: links that name what they are, whose mode says
 * whether they read or write. */
#ifndef SN_OUTSIDE_DESCRIPTOR_H
#define SN_OUTSIDE_DESCRIPTOR_H

#include <stdint.h>

/* The inode of descriptor `fd` of the process, or of the entry `name` of the open folder, if it is
 * of that kind ("pipe", "socket"); else 0. */
uint64_t sn_descriptor_inode(uint32_t pid, unsigned fd, const char *kind);
uint64_t sn_descriptor_inode_at(int folder, const char *name, const char *kind);

/* Whether one of the process's descriptors is meant: 1, 0, or a negative errno where they cannot be
 * looked at. `is` gets the open folder and the entry's name. */
typedef int sn_descriptor_is(int folder, const char *name, const void *what);
int sn_descriptor_any(uint32_t pid, sn_descriptor_is *is, const void *what);

#endif
