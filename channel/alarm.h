/* SPDX-License-Identifier: Apache-2.0
 *
 * Alarms: something that happens at a time by itself, namely the end of a context with a deadline.
 * One thread, started when the first alarm is set, sleeps until the earliest is due.  An alarm lies
 * in the object that it is for; setting one allocates nothing.  After fork the thread is started
 * anew by the next alarm that is set. */
#ifndef SN_CHANNEL_ALARM_H
#define SN_CHANNEL_ALARM_H

#include <stdint.h>

struct sn_alarm {
	struct sn_alarm *child; /* of a pairing heap, earliest on top */
	struct sn_alarm *next;
	struct sn_alarm *previous; /* the sibling before, or the parent */
	int64_t due;
	int set; /* in the heap */
	/* When it is due: `hold` is called with the alarms' lock held, so that the object cannot
	 * have passed sn_alarm_drop; it says whether the object could be kept alive.  If so `ring`
	 * is called without the lock, and gives that reference up. */
	int (*hold)(struct sn_alarm *alarm);
	void (*ring)(struct sn_alarm *alarm);
};

/* `due`, `hold` and `ring` are filled in, the rest is zero.  0, or the negative errno for which the
 * thread could not be started. */
int sn_alarm_set(struct sn_alarm *alarm);

/* Once this has returned the alarm will not ring, except if it was held before.  Nothing when it
 * was never set. */
void sn_alarm_drop(struct sn_alarm *alarm);

#endif
