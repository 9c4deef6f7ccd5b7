/* SPDX-License-Identifier: Apache-2.0
 *
 * The workers of two queues hold the read side of a lock while they wait for their queue's
 * condition; a resync wants the write side.  Stuck: the first worker in its condition with the read
 * lock, the resync at the write lock, and the second worker, which came later, at the read lock,
 * since writers go first.  Repaired: the lock is taken when the queue has given something. */
// needs: channel
// variants: bug joined fixed
// hangs[joined]
// expect[bug]: leaked-worker suspect
// expect[joined]: deadlock confirmed
// expect[fixed]: silent
// stuck[bug]: worker-0 waits queues[0].added
// stuck[bug]: worker-1 waits worker_lock
// stuck[bug]: resync waits worker_lock
// stuck[bug]: worker-0 holds worker_lock
// stdout[joined]: -
// stuck[joined]: worker-0 waits queues[0].added
// stuck[joined]: worker-1 waits worker_lock
// stuck[joined]: resync waits worker_lock
// stuck[joined]: main waits worker-0
#include "kernel.h"

struct queue {
	pthread_mutex_t mutex;
	pthread_cond_t added;
	int items, shut_down;
};

static struct queue queues[2];
static pthread_rwlock_t worker_lock;
static pid_t worker_tid[2], resync_tid;

/* Whether there was something; not when the queue was shut down. */
static int get(struct queue *q)
{
	pthread_mutex_lock(&q->mutex);
	while (!q->items && !q->shut_down)
		pthread_cond_wait(&q->added, &q->mutex);
	int got = q->items > 0;
	if (got)
		q->items--;
	pthread_mutex_unlock(&q->mutex);
	return got;
}

static void shut_down(struct queue *q)
{
	pthread_mutex_lock(&q->mutex);
	q->shut_down = 1;
	pthread_cond_broadcast(&q->added);
	pthread_mutex_unlock(&q->mutex);
}

static int work_once(struct queue *q)
{
	if (!fixed)
		pthread_rwlock_rdlock(&worker_lock);
	int got = get(q);
	if (fixed)
		pthread_rwlock_rdlock(&worker_lock);
	pthread_rwlock_unlock(&worker_lock);
	return got;
}

static void *work(void *number)
{
	long n = (long)number;

	publish_tid(&worker_tid[n]);
	while (work_once(&queues[n]))
		;
	return NULL;
}

static void *resync(void *unused)
{
	publish_tid(&resync_tid);
	pthread_rwlock_wrlock(&worker_lock);
	pthread_rwlock_unlock(&worker_lock);
	return unused;
}

static void prepare(void)
{
	pthread_rwlockattr_t attributes;

	pthread_rwlockattr_init(&attributes);
	pthread_rwlockattr_setkind_np(&attributes, PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP);
	pthread_rwlock_init(&worker_lock, &attributes);
	for (int i = 0; i < 2; i++) {
		pthread_mutex_init(&queues[i].mutex, NULL);
		pthread_cond_init(&queues[i].added, NULL);
	}
}

int main(int argc, char **argv)
{
	kernel_start(argc, argv);
	prepare();
	struct snarl_task *first = spawn("worker-0", work, (void *)0L);
	await_blocked(&worker_tid[0]);
	struct snarl_task *writer = spawn("resync", resync, NULL);
	await_stuck(&resync_tid);
	struct snarl_task *second = spawn("worker-1", work, (void *)1L);
	await_stuck(&worker_tid[1]);
	if (fixed) {
		shut_down(&queues[0]);
		shut_down(&queues[1]);
	}
	return leave(first, second, writer);
}
