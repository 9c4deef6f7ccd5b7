/* SPDX-License-Identifier: Apache-2.0
 *
 * Tasks from within the library, and what the threads that run them (task_pool.c) and their handles
 * (task.c) share. */
#ifndef SN_CHANNEL_TASK_H
#define SN_CHANNEL_TASK_H

#include <stdint.h>
#include "channel/lock.h"
#include "channel/park.h"
#include "include/snarl_channel/task.h"

/* Who may still join; what comes after OPEN never changes back but from WAITED_FOR. */
enum sn_task_join {
	SN_JOIN_OPEN,
	SN_JOIN_WAITED_FOR,
	SN_JOIN_OVER, /* joined or detached */
};

struct snarl_task {
	uint32_t references; /* the running thread has one too */
	struct sn_mutex lock;
	int finished;
	enum sn_task_join join;
	struct sn_queue joiner;
	void *result; /* written before finished is set */
	void *(*function)(void *argument);
	void *argument;
	struct snarl_context *context; /* a reference, until the function has returned */
	char name[32];
};

/* As the exported functions. */
struct snarl_task *sn_task_spawn(const char *name, void *(*function)(void *argument),
				 void *argument, struct snarl_context *context);
int sn_task_join(struct snarl_task *task, void **result, int64_t deadline,
		 struct snarl_context *context);
int sn_task_detach(struct snarl_task *task);
void sn_task_release(struct snarl_task *task);
struct snarl_task *sn_task_current(void);

/* Hands the task, with one reference, to an idle thread or a new one: 0 or a negative errno. */
int sn_pool_run(struct snarl_task *task);

/* Calls the function and lets go of the context.  When it leaves by pthread_exit or cancellation
 * the task is completed as well, and this does not return. */
void sn_task_call(struct snarl_task *task);

/* Lets the joiner go on, and gives up the thread's reference.  Does not wait. */
void sn_task_complete(struct snarl_task *task);

#endif
