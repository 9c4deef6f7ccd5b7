/* SPDX-License-Identifier: Apache-2.0
 *
 * The alarms' heap and their thread: see alarm.h.  The heap is the pairing heap of Fredman,
 * Sedgewick, Sleator and Tarjan (1986): setting takes constant time, and the usual fate of an
 * alarm, to be dropped long before it is due, touches its neighbours only. */
#include "channel/alarm.h"
#include <pthread.h>
#include <stddef.h>
#include "base/sys.h"
#include "channel/park.h"
#include "channel/lock.h"
#include "channel/thread.h"

static struct {
	struct sn_mutex lock;
	struct sn_alarm *earliest;
	struct sn_queue sleeper; /* the thread, while it waits for something to be due */
	int64_t wakes;           /* when it will by itself, while it waits */
	int started;
	struct sn_mutex starting; /* taken before the other one */
} alarms;

static struct sn_alarm *merge(struct sn_alarm *a, struct sn_alarm *b)
{
	if (!a || !b)
		return a ? a : b;
	if (b->due < a->due) {
		struct sn_alarm *later = a;
		a = b;
		b = later;
	}
	b->previous = a;
	b->next = a->child;
	if (a->child)
		a->child->previous = b;
	a->child = b;
	return a;
}

/* One heap of a row of siblings: merges them two by two, then the pairs from last to first. */
static struct sn_alarm *merge_row(struct sn_alarm *row)
{
	struct sn_alarm *pairs = NULL, *whole = NULL;

	while (row) {
		struct sn_alarm *a = row, *b = row->next;
		row = b ? b->next : NULL;
		a->next = NULL;
		if (b)
			b->next = NULL;
		a = merge(a, b);
		a->next = pairs;
		pairs = a;
	}
	while (pairs) {
		struct sn_alarm *rest = pairs->next;
		pairs->next = NULL;
		whole = merge(whole, pairs);
		pairs = rest;
	}
	return whole;
}

static void cut(struct sn_alarm *a)
{
	if (a->previous->child == a)
		a->previous->child = a->next;
	else
		a->previous->next = a->next;
	if (a->next)
		a->next->previous = a->previous;
}

static void take_off(struct sn_alarm *a)
{
	struct sn_alarm *below = merge_row(a->child);

	if (a == alarms.earliest) {
		alarms.earliest = below;
	} else {
		cut(a);
		alarms.earliest = merge(alarms.earliest, below);
	}
	if (alarms.earliest)
		alarms.earliest->next = alarms.earliest->previous = NULL;
	a->child = a->next = a->previous = NULL;
	a->set = 0;
}

/* Rings one that is due, if any: 1, with the lock given back.  Else 0 with the lock held. */
static int ring_one(void)
{
	struct sn_alarm *a = alarms.earliest;
	int held;

	if (!a || a->due > (int64_t)sn_now())
		return 0;
	take_off(a);
	sn_order_acquire(&alarms); /* of whoever has set it */
	held = a->hold(a);
	sn_mutex_give_bare(&alarms.lock);
	if (held)
		a->ring(a);
	return 1;
}

/* Until the earliest is due or another one has become the earliest; with the lock held before. */
static void wait_for_next(void)
{
	struct sn_node node = {.parker = sn_parker_self(), .which = 1};

	alarms.wakes = alarms.earliest ? alarms.earliest->due : SNARL_FOREVER;
	sn_parker_arm(node.parker);
	sn_queue_add(&alarms.sleeper, &node);
	sn_mutex_give_bare(&alarms.lock);
	sn_park(node.parker, alarms.wakes);
	sn_mutex_take_bare(&alarms.lock);
	sn_queue_drop(&alarms.sleeper, &node);
	sn_mutex_give_bare(&alarms.lock);
}

static void *run(void *unused)
{
	pthread_setname_np(pthread_self(), "snarl-alarm");
	for (;;) {
		sn_mutex_take_bare(&alarms.lock);
		if (!ring_one())
			wait_for_next();
	}
	return unused;
}

static void before_fork(void)
{
	sn_mutex_take_bare(&alarms.starting);
	sn_mutex_take_bare(&alarms.lock);
}

static void after_fork(void)
{
	sn_mutex_give_bare(&alarms.lock);
	sn_mutex_give_bare(&alarms.starting);
}

/* The thread, and the node on its stack, have no twin in the child. */
static void after_fork_in_child(void)
{
	alarms.sleeper = (struct sn_queue){NULL, NULL};
	alarms.started = 0;
	alarms.lock = (struct sn_mutex){0};
	alarms.starting = (struct sn_mutex){0};
}

static void watch_forks(void)
{
	pthread_atfork(before_fork, after_fork, after_fork_in_child);
}

/* Whoever comes while the thread is being started waits, to know whether it could be. */
static int start(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	int e = 0;

	if (__atomic_load_n(&alarms.started, __ATOMIC_RELAXED))
		return 0;
	pthread_once(&once, watch_forks);
	sn_mutex_take_bare(&alarms.starting);
	if (!alarms.started) {
		e = sn_thread_start(run, NULL);
		__atomic_store_n(&alarms.started, !e, __ATOMIC_RELAXED);
	}
	sn_mutex_give_bare(&alarms.starting);
	return e;
}

int sn_alarm_set(struct sn_alarm *alarm)
{
	struct sn_node *woken = NULL;
	int e = start();

	if (e)
		return e;
	sn_order_release(&alarms);
	sn_mutex_take_bare(&alarms.lock);
	alarm->set = 1;
	alarms.earliest = merge(alarms.earliest, alarm);
	/* It stays asleep for what was set and dropped again, as most alarms are: it wakes once. */
	if (alarm->due < alarms.wakes)
		woken = sn_queue_claim(&alarms.sleeper);
	sn_mutex_give_bare(&alarms.lock);
	if (woken)
		sn_unpark(woken->parker);
	return 0;
}

void sn_alarm_drop(struct sn_alarm *alarm)
{
	sn_mutex_take_bare(&alarms.lock);
	if (alarm->set)
		take_off(alarm);
	sn_mutex_give_bare(&alarms.lock);
}
