/* SPDX-License-Identifier: Apache-2.0
 *
 * Interned sets of entries: equal ones have one number, and are never changed nor freed.  Their
 * room is bounded. */
#ifndef SN_RACE_SET_H
#define SN_RACE_SET_H

#include <stdint.h>

/* The number of the set of these entries, which get sorted; 0 where there is no room. */
uint32_t sn_set_intern(uint64_t *entries, uint32_t count);

/* Its entries; their count. */
uint32_t sn_set_at(uint32_t set, uint64_t **entries);

int sn_set_is_half_full(void);

#endif
