/* SPDX-License-Identifier: Apache-2.0
 *
 * Whether an address can be one that a call returns to, by the bytes before it.  A word that merely
 * looks like an address of code (a pointer to a function, say) is told from it so. */
#ifndef SN_BASE_CALL_SITE_H
#define SN_BASE_CALL_SITE_H

#include <stdint.h>

#define SN_CALL_SITE_BYTES 7 /* of the longest call that compilers make, without prefixes */

/* before: the bytes before the address, the last one next to it. */
int sn_is_call_site(const uint8_t before[SN_CALL_SITE_BYTES]);

#endif
