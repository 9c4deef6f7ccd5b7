/* SPDX-License-Identifier: Apache-2.0
 *
 * Bounded queue that never waits.  For where waiting is out of the question and there is something
 * else to do when it is full or empty: here a store of buffers, out of which a new one is made when
 * it is empty.  Where one would rather wait, a channel is the thing.
 *
 *	4 workers, 4000 uses, all buffers came back */
#include <snarl_channel.h>
#include <stdio.h>
#include <stdlib.h>

#define WORKERS 4

static struct snarl_queue *store;
static int made, used, kept;

static void *take(void)
{
	void *buffer;

	if (snarl_queue_try_pop(store, &buffer) == 0)
		return buffer;
	__atomic_fetch_add(&made, 1, __ATOMIC_RELAXED);
	return malloc(64);
}

static void put_back(void *buffer)
{
	if (snarl_queue_try_push(store, &buffer) == 0)
		return;
	__atomic_fetch_sub(&made, 1, __ATOMIC_RELAXED);
	free(buffer);
}

static void *work(void *unused)
{
	(void)unused;
	for (int i = 0; i < 1000; i++) {
		char *buffer = take();
		buffer[0] = (char)i;
		__atomic_fetch_add(&used, 1, __ATOMIC_RELAXED);
		put_back(buffer);
	}
	return NULL;
}

int main(void)
{
	struct snarl_task *workers[WORKERS];
	void *buffer;

	store = snarl_queue_new(sizeof(void *), WORKERS);
	for (int i = 0; i < WORKERS; i++)
		workers[i] = snarl_task_spawn("worker", work, NULL, NULL);
	for (int i = 0; i < WORKERS; i++) {
		snarl_task_join(workers[i], NULL);
		snarl_task_release(workers[i]);
	}
	for (; snarl_queue_try_pop(store, &buffer) == 0; kept++)
		free(buffer);
	printf("%d workers, %d uses, %s\n", WORKERS, used,
	       kept == made ? "all buffers came back" : "some buffers are lost");
	snarl_queue_release(store);
	return 0;
}
