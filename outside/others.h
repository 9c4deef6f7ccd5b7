/* SPDX-License-Identifier: Apache-2.0
 *
 * The other processes of the system, asked whether one of them has what a process has.  One that
 * may not be looked into has it, as far as one knows, unless it is older: then it cannot have
 * inherited it. */
#ifndef SN_OUTSIDE_OTHERS_H
#define SN_OUTSIDE_OTHERS_H

#include <stdint.h>

/* Whether the process has it: 1, 0, or a negative errno where that cannot be found out. */
typedef int sn_has(uint32_t pid, const void *what);

/* Whether any other process than `pid` has it. */
int sn_others_have(uint32_t pid, sn_has *has, const void *what);

#endif
