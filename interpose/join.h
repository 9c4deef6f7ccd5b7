/* SPDX-License-Identifier: Apache-2.0
 *
 * Joining and detaching, shared by the pthread_* and thrd_* wrappers. */
#ifndef SN_INTERPOSE_JOIN_H
#define SN_INTERPOSE_JOIN_H

#include "interpose/thread.h"

struct sn_join {
	struct sn_self *self; /* NULL: passed through unseen */
	uint32_t target;      /* the thread's record; 0 unknown */
	int told;             /* a finding has said what is wrong */
	struct sn_site site;
	struct sn_wait_scope outer;
};

/* Declares the join of a block; its wait ends with it also when the thread is cancelled. */
static inline void sn_join_abandon(struct sn_join *j)
{
	sn_wait_end(&j->outer);
}
#define SN_JOIN(j) struct sn_join j __attribute__((cleanup(sn_join_abandon))) = {0}

/* Before the real call: reports a join or detach that must not be, since glibc may crash in it; and
 * publishes the wait, unless `mode` (SN_MODE_TIMED, SN_MODE_TRY or 0) is that of a try. */
void sn_join_begin(struct sn_join *j, pthread_t id, uint32_t mode, struct sn_site site);
void sn_detach_begin(struct sn_join *j, pthread_t id, struct sn_site site);
/* After it. Keep errno. */
void sn_join_end(struct sn_join *j, int result);
void sn_detach_end(struct sn_join *j, int result);

#endif
