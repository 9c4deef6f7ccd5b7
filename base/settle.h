/* SPDX-License-Identifier: Apache-2.0
 *
 * Makes the copy of a recording one that costs no more than its size.  A count in a record may say
 * anything, and many records may name the same long run of another table: what each may have is
 * bounded by that table's records in all, since in a true recording no two share one. */
#ifndef SN_BASE_SETTLE_H
#define SN_BASE_SETTLE_H

#include "base/reader.h"

void sn_settle(struct sn_reader *r);

#endif
