/* SPDX-License-Identifier: Apache-2.0
 *
 * A condition wait in progress, shared by pthread_cond_* and cnd_*. */
#ifndef SN_INTERPOSE_COND_H
#define SN_INTERPOSE_COND_H

#include "interpose/mutex.h"

struct sn_cond_wait {
	struct sn_self *self; /* NULL: unseen */
	pthread_mutex_t *mutex;
	uint32_t lock; /* what was given up, 0 if nothing */
	struct sn_site site;
	struct sn_wait_scope outer;
};

void sn_cond_begin(struct sn_cond_wait *w, void *cond, pthread_mutex_t *m, uint32_t mode,
		   struct sn_site site);
void sn_cond_end(struct sn_cond_wait *w);

/* Ends with the block, also when the thread is cancelled in the wait: by then the mutex is its own
 * again. */
#define SN_COND_WAIT(name) struct sn_cond_wait name __attribute__((cleanup(sn_cond_end))) = {0}

#endif
