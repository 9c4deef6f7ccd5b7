/* SPDX-License-Identifier: Apache-2.0
 *
 * What /proc/PID/stat says of a process. */
#ifndef SN_OUTSIDE_STAT_H
#define SN_OUTSIDE_STAT_H

#include <stdint.h>

struct sn_stat {
	char state;
	int threads;
	unsigned long long began; /* in the kernel's ticks since the machine started */
};

/* Returns 0 or a negative errno. */
int sn_stat_read(uint32_t pid, struct sn_stat *s);

/* Whether it lives. One whose first thread has ended looks like a zombie, but has threads. */
int sn_stat_lives(const struct sn_stat *s);

#endif
