/* SPDX-License-Identifier: Apache-2.0
 *
 * Whether a caller looks at what a call returned: a timed wait whose result nobody looks at is a
 * way to sleep. */
#ifndef SN_GRAPH_RESULT_H
#define SN_GRAPH_RESULT_H

#include <stdint.h>

/* Whether the code behind the call, which returns to `address`, tests its result at once, or
 * compares something with ETIMEDOUT. `read` as in graph/straight.h. 0 where that cannot be told. */
int sn_result_is_looked_at(int (*read)(void *context, uint64_t address, void *to, uint32_t n),
			   void *context, uint64_t address);

#endif
