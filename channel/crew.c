/* SPDX-License-Identifier: Apache-2.0
 *
 * Tasks and queues of the parts that have tasks of their own: see crew.h. */
#include "channel/crew.h"
#include <errno.h>
#include "channel/task.h"

int sn_crew_hire(struct sn_wait_group *crew, const char *name, void *(*function)(void *),
		 void *argument, struct snarl_context *context)
{
	struct snarl_task *task;
	int e;

	sn_wait_group_add(crew, 1);
	task = sn_task_spawn(name, function, argument, context);
	if (task)
		return sn_task_detach(task);
	e = -errno;
	sn_wait_group_add(crew, -1);
	return e;
}

/* Under one hold of the lock, so that exactly one element goes for the one that comes. */
static int replace_oldest(struct snarl_channel *queue, const void *value, void *oldest)
{
	struct sn_parker *wake = NULL;
	int e, replaced = 0;

	sn_mutex_take(&queue->lock);
	e = sn_send_locked(queue, value, &wake);
	if (e == -EAGAIN && !sn_receive_locked(queue, oldest, &wake)) {
		replaced = 1;
		e = sn_send_locked(queue, value, &wake);
	}
	sn_mutex_give(&queue->lock);
	if (wake)
		sn_unpark(wake);
	return e ? e : replaced;
}

int sn_offer(struct snarl_channel *queue, const void *value, enum snarl_when_full full,
	     void *oldest, int64_t deadline, struct snarl_context *context)
{
	if (full == SNARL_FULL_BLOCK)
		return sn_send(queue, value, deadline, context);
	if (full == SNARL_FULL_DROP_OLDEST)
		return replace_oldest(queue, value, oldest);
	return sn_send(queue, value, SN_TRY, NULL);
}
