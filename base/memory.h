/* SPDX-License-Identifier: Apache-2.0
 *
 * What kind of memory an address of a process lies in, by /proc; with raw system calls, so that it
 * can be asked from inside the process under test and from outside alike. */
#ifndef SN_BASE_MEMORY_H
#define SN_BASE_MEMORY_H

#include <stdint.h>

/* Whether no other process can have the memory too: 0 as well where that cannot be found out. */
int sn_memory_is_private(uint32_t pid, uint64_t address);

#endif
