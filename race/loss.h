/* SPDX-License-Identifier: Apache-2.0
 *
 * What the engine could not keep in mind, so that a race may be missed: counted, and told to whoever
 * wants to say so in its report. */
#ifndef SN_RACE_LOSS_H
#define SN_RACE_LOSS_H

#include "race/memory.h"

enum sn_race_loss {
	/* A slot had to serve another thread before everybody was ordered after the last one, or
	 * while that one lives: races with what it did may be missed from then on. */
	SN_LOSS_SLOT,
	/* An access is no longer known: a cell was full, or there was no memory. */
	SN_LOSS_CELL,
	/* An access of a signal handler that came amid the engine's own work. */
	SN_LOSS_HANDLER,
	/* There was no memory for what happens before what, so nothing is judged any more. */
	SN_LOSS_OFF,
	/* The front's: a child of fork, a program with libsnarl-channel; see base/counters.def. */
	SN_LOSS_CHILD,
	SN_LOSS_CHANNEL,
	SN_LOSSES
};

extern uint64_t sn_race_lost[SN_LOSSES];
extern void (*sn_race_losing)(enum sn_race_loss what);

SN_RACE_COLD void sn_race_lose(enum sn_race_loss what);

#endif
