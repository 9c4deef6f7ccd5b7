/* SPDX-License-Identifier: Apache-2.0
 *
 * The threads that run tasks.  Idle ones wait in a stack, so that the one whose caches are warmest
 * goes first and those at the bottom time out and leave.  There is no queue of tasks: a task that
 * finds no idle thread gets a new one, since tasks may wait for each other. */
#include <pthread.h>
#include <stdio.h>
#include "base/sys.h"
#include "channel/task.h"
#include "channel/thread.h"

#define IDLE_TIME (10 * SNARL_SECOND)

static struct {
	struct sn_mutex lock;
	struct sn_queue idle; /* node->slot is where the next task goes; first is on top */
	unsigned count;       /* of nodes in idle */
	unsigned limit;
} pool = {.limit = 32};

static void push(struct sn_node *n)
{
	n->previous = NULL;
	n->next = pool.idle.first;
	n->linked = 1;
	if (n->next)
		n->next->previous = n;
	else
		pool.idle.last = n;
	pool.idle.first = n;
	pool.count++;
}

/* An idle thread that is now the caller's to serve and unpark, or NULL.  One that was not to be had
 * is at its time-out: it is off the stack and leaves. */
static struct sn_node *pop(void)
{
	struct sn_node *n;

	while ((n = pool.idle.first)) {
		sn_queue_drop(&pool.idle, n);
		pool.count--;
		if (sn_claim(n->parker, n->which))
			return n;
	}
	return NULL;
}

/* Unparks the node's thread with a task, or with NULL: it is to leave. */
static void serve(struct sn_node *n, struct snarl_task *task)
{
	struct sn_parker *p = n->parker;

	*(struct snarl_task **)n->slot = task;
	sn_unpark(p);
}

/* Completes the task that the calling thread has done, and waits for the next; NULL when it is to
 * leave.  It is idle before anybody knows that the task is done, so whoever joins it and spawns
 * another finds this thread. */
static struct snarl_task *next_task(struct snarl_task *done)
{
	struct snarl_task *task = NULL;
	struct sn_node node = {.parker = sn_parker_self(), .which = 1, .slot = &task};

	sn_mutex_take_bare(&pool.lock);
	if (pool.count >= pool.limit) {
		sn_mutex_give_bare(&pool.lock);
		sn_task_complete(done);
		return NULL;
	}
	sn_parker_arm(node.parker);
	push(&node);
	sn_mutex_give_bare(&pool.lock);
	sn_task_complete(done);
	if (!sn_park(node.parker, (int64_t)sn_now() + IDLE_TIME))
		return task;
	sn_mutex_take_bare(&pool.lock);
	if (node.linked) {
		sn_queue_drop(&pool.idle, &node);
		pool.count--;
	}
	sn_mutex_give_bare(&pool.lock);
	return NULL;
}

static void take_name(const struct snarl_task *task)
{
	char name[16];

	snprintf(name, sizeof(name), "%.15s", task->name);
	pthread_setname_np(pthread_self(), name);
}

static void *run(void *first)
{
	for (struct snarl_task *t = first; t; t = next_task(t)) {
		take_name(t);
		sn_task_call(t);
	}
	return NULL;
}

static void before_fork(void)
{
	sn_mutex_take_bare(&pool.lock);
}

static void after_fork(void)
{
	sn_mutex_give_bare(&pool.lock);
}

/* The idle threads have no twins in the child. */
static void after_fork_in_child(void)
{
	pool.lock = (struct sn_mutex){0};
	pool.idle = (struct sn_queue){NULL, NULL};
	pool.count = 0;
}

static void watch_forks(void)
{
	pthread_atfork(before_fork, after_fork, after_fork_in_child);
}

int sn_pool_run(struct snarl_task *task)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	struct sn_node *idle;

	sn_mutex_take_bare(&pool.lock);
	idle = pop();
	sn_mutex_give_bare(&pool.lock);
	if (idle) {
		serve(idle, task);
		return 0;
	}
	pthread_once(&once, watch_forks);
	return sn_thread_start(run, task);
}

unsigned snarl_task_keep_idle(unsigned threads)
{
	unsigned before;

	sn_mutex_take_bare(&pool.lock);
	before = pool.limit;
	pool.limit = threads;
	while (pool.count > threads) {
		struct sn_node *n = pop();
		if (n)
			serve(n, NULL);
	}
	sn_mutex_give_bare(&pool.lock);
	return before;
}
