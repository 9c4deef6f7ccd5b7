/* SPDX-License-Identifier: Apache-2.0
 *
 * How much memory the control groups of this process allow it.  What it maps of files counts as
 * well.  Raw system calls and static memory only; to be called by one thread at a time. */
#ifndef SN_BASE_MEMORY_LIMIT_H
#define SN_BASE_MEMORY_LIMIT_H

#include <stdint.h>

/* In bytes; UINT64_MAX: as much as there is, or unknown. */
uint64_t sn_memory_limit(void);

#endif
