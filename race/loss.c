/* SPDX-License-Identifier: Apache-2.0
 *
 * See loss.h. */
#include "race/loss.h"

uint64_t sn_race_lost[SN_LOSSES];
void (*sn_race_losing)(enum sn_race_loss what);

void sn_race_lose(enum sn_race_loss what)
{
	__atomic_fetch_add(&sn_race_lost[what], 1, __ATOMIC_RELAXED);
	if (sn_race_losing)
		sn_race_losing(what);
}
