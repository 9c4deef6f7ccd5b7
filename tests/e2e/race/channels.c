/* SPDX-License-Identifier: Apache-2.0
 *
 * Two threads and one number, handed over by what libsnarl-channel has: each way that must be
 * silent, and each that only looks like it.  The first argument says which.  Turns are relaxed
 * atomics, which order nothing. */
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "snarl_channel.h"

static int turn;
static struct {
	int count;
} shared;

static void wait_for(int n)
{
	while (__atomic_load_n(&turn, __ATOMIC_RELAXED) < n)
		sched_yield();
}

static void next_turn(void)
{
	__atomic_fetch_add(&turn, 1, __ATOMIC_RELAXED);
}

static __attribute__((noinline)) void put(int *p, int value)
{
	*p = value;
}

static struct snarl_channel *none, *one, *two, *empty, *idle;
static struct snarl_context *context;
static struct snarl_wait_group *group;
static struct snarl_semaphore *mutex, *pair;
static struct snarl_promise *promise;
static struct snarl_future *future;
static struct snarl_queue *queue;
static struct snarl_rendezvous *meeting;
static struct snarl_once once = SNARL_ONCE_INIT;

static void send_to(struct snarl_channel *c)
{
	int token = 1;
	snarl_send(c, &token);
}
static void receive_from(struct snarl_channel *c)
{
	int token;
	snarl_receive(c, &token);
}

/* A send comes before its receive. */
static void send_1(void)
{
	put(&shared.count, 1);
	send_to(one);
}
static void send_2(void)
{
	receive_from(one);
	put(&shared.count, 2);
}
static void late_1(void)
{
	send_to(one);
	put(&shared.count, 1);
}
static void hand_1(void)
{
	put(&shared.count, 1);
	send_to(none);
}
static void hand_2(void)
{
	receive_from(none);
	put(&shared.count, 2);
}
static void void_1(void)
{
	put(&shared.count, 1);
	snarl_send(empty, NULL);
}
static void void_2(void)
{
	snarl_receive(empty, NULL);
	put(&shared.count, 2);
}
/* A receive comes before its send is done where there is no room, and else before that of the one
 * that needed the room. */
static void back_1(void)
{
	put(&shared.count, 1);
	receive_from(none);
}
static void back_2(void)
{
	send_to(none);
	put(&shared.count, 2);
}
static void room_1(void)
{
	put(&shared.count, 1);
	receive_from(one);
	next_turn();
	receive_from(one);
}
static void room_2(void)
{
	send_to(one);
	send_to(one);
	put(&shared.count, 2);
}
static void early_1(void)
{
	put(&shared.count, 1);
	next_turn();
	receive_from(one);
}
static void early_2(void)
{
	wait_for(1);
	send_to(one);
	wait_for(2);
	put(&shared.count, 2);
}
static void two_1(void)
{
	put(&shared.count, 1);
	send_to(two);
}
static void two_2(void)
{
	put(&shared.count, 2);
	send_to(two);
}
static void close_1(void)
{
	put(&shared.count, 1);
	snarl_channel_close(none);
}
static void close_2(void)
{
	receive_from(none);
	put(&shared.count, 2);
}
static void select_1(void)
{
	int token = 1;
	struct snarl_case cases[] = {{idle, &token, SNARL_RECEIVE, 0},
				     {none, &token, SNARL_SEND, 0}};
	put(&shared.count, 1);
	snarl_select(cases, 2);
}
static void select_2(void)
{
	int token;
	struct snarl_case cases[] = {{idle, &token, SNARL_RECEIVE, 0},
				     {none, &token, SNARL_RECEIVE, 0}};
	snarl_select(cases, 2);
	put(&shared.count, 2);
}
static void cancel_1(void)
{
	put(&shared.count, 1);
	snarl_context_cancel(context);
}
static void cancel_2(void)
{
	int token;
	snarl_receive_with(idle, &token, context);
	put(&shared.count, 2);
}
static void cancel_late_1(void)
{
	snarl_context_cancel(context);
	put(&shared.count, 1);
}
static void group_1(void)
{
	put(&shared.count, 1);
	snarl_wait_group_done(group);
}
static void group_2(void)
{
	snarl_wait_group_wait(group);
	put(&shared.count, 2);
}
static void group_both_2(void)
{
	put(&shared.count, 2);
	snarl_wait_group_done(group);
}
static void mutex_1(void)
{
	snarl_semaphore_acquire(mutex, 1);
	put(&shared.count, 1);
	snarl_semaphore_give(mutex, 1);
}
static void pair_1(void)
{
	snarl_semaphore_acquire(pair, 1);
	put(&shared.count, 1);
	snarl_semaphore_give(pair, 1);
}
static void pair_2(void)
{
	snarl_semaphore_acquire(pair, 1);
	next_turn();
	wait_for(3);
	put(&shared.count, 2);
	snarl_semaphore_give(pair, 1);
}
static void pair_held_1(void)
{
	wait_for(1);
	pair_1();
	next_turn();
}
static void future_1(void)
{
	put(&shared.count, 1);
	snarl_promise_fulfil(promise, NULL);
}
static void future_2(void)
{
	void *value;
	snarl_future_get(future, &value);
	put(&shared.count, 2);
}
static int initialise(void *unused)
{
	(void)unused;
	put(&shared.count, 1);
	return 0;
}
static void once_1(void)
{
	snarl_once_do(&once, initialise, NULL);
}
static void once_2(void)
{
	snarl_once_do(&once, initialise, NULL);
	put(&shared.count, 2);
}
static void queue_1(void)
{
	int token = 1;
	put(&shared.count, 1);
	snarl_queue_try_push(queue, &token);
}
static void queue_2(void)
{
	int token;
	while (snarl_queue_try_pop(queue, &token))
		sched_yield();
	put(&shared.count, 2);
}
static void meet_1(void)
{
	void *theirs;
	put(&shared.count, 1);
	snarl_rendezvous_exchange(meeting, NULL, &theirs);
}
static void meet_2(void)
{
	void *theirs;
	snarl_rendezvous_exchange(meeting, NULL, &theirs);
	put(&shared.count, 2);
}
static void *work(void *unused)
{
	put(&shared.count, 1);
	next_turn();
	return unused;
}
static void nothing(void)
{
}
static void task_2(void)
{
	put(&shared.count, 0);
	struct snarl_task *task = snarl_task_spawn("work", work, NULL, NULL);
	snarl_task_join(task, NULL);
	snarl_task_release(task);
	put(&shared.count, 2);
}
static void task_early_2(void)
{
	struct snarl_task *task = snarl_task_spawn("work", work, NULL, NULL);
	wait_for(1);
	put(&shared.count, 2);
	snarl_task_join(task, NULL);
	snarl_task_release(task);
}
static int job(void *unused, void **value)
{
	*value = work(unused);
	return 0;
}
static struct snarl_pool *make_pool(void)
{
	return snarl_pool_new("pool", 2, 4, SNARL_FULL_BLOCK, NULL);
}
static void submit_to(struct snarl_pool *pool)
{
	snarl_pool_submit(pool, &(struct snarl_job){.function = job}, NULL);
}
static void pool_2(void)
{
	struct snarl_pool *pool = make_pool();
	put(&shared.count, 0);
	submit_to(pool);
	snarl_pool_shutdown(pool);
	snarl_pool_release(pool);
	put(&shared.count, 2);
}
static void pool_early_2(void)
{
	struct snarl_pool *pool = make_pool();
	submit_to(pool);
	wait_for(1);
	put(&shared.count, 2);
	snarl_pool_shutdown(pool);
	snarl_pool_release(pool);
}
static int part(void *argument)
{
	work(argument);
	return 0;
}
static void errors_2(void)
{
	struct snarl_error_group *errors = snarl_error_group_new(NULL, 2);
	put(&shared.count, 0);
	snarl_error_group_go(errors, "part", part, NULL);
	snarl_error_group_wait(errors);
	put(&shared.count, 2);
	snarl_error_group_release(errors);
}

static const struct variant {
	const char *name;
	void (*first)(void), (*second)(void);
	int together; /* second does not wait for first */
} variants[] = {
	{"send", send_1, send_2, 0},
	{"send-waited", send_1, send_2, 1},
	{"hand", hand_1, hand_2, 1},
	{"void", void_1, void_2, 0},
	{"back", back_1, back_2, 1},
	{"room", room_1, room_2, 1},
	{"close", close_1, close_2, 0},
	{"close-waited", close_1, close_2, 1},
	{"select", select_1, select_2, 1},
	{"cancel", cancel_1, cancel_2, 0},
	{"cancel-waited", cancel_1, cancel_2, 1},
	{"group", group_1, group_2, 1},
	{"mutex", mutex_1, mutex_1, 0},
	{"future", future_1, future_2, 1},
	{"once", once_1, once_2, 0},
	{"queue", queue_1, queue_2, 1},
	{"meet", meet_1, meet_2, 1},
	{"task", nothing, task_2, 1},
	{"pool", nothing, pool_2, 1},
	{"errors", nothing, errors_2, 1},
	{"late", late_1, send_2, 0},
	{"early", early_1, early_2, 1},
	{"two-senders", two_1, two_2, 0},
	{"cancel-late", cancel_late_1, cancel_2, 0},
	{"two-done", group_1, group_both_2, 0},
	{"semaphore-of-two", pair_held_1, pair_2, 1},
	{"task-early", nothing, task_early_2, 1},
	{"pool-early", nothing, pool_early_2, 1},
};

static const struct variant *chosen;

static void *first(void *unused)
{
	chosen->first();
	if (chosen->first != nothing)
		next_turn();
	return unused;
}

static void *second(void *unused)
{
	wait_for(chosen->together ? 0 : 1);
	chosen->second();
	return unused;
}

static void prepare(void)
{
	none = snarl_channel_new(sizeof(int), 0);
	one = snarl_channel_new(sizeof(int), 1);
	two = snarl_channel_new(sizeof(int), 2);
	empty = snarl_channel_new(0, 3);
	idle = snarl_channel_new(sizeof(int), 0);
	context = snarl_context_with_cancel(NULL);
	group = snarl_wait_group_new();
	snarl_wait_group_add(group, strcmp(chosen->name, "two-done") ? 1 : 2);
	mutex = snarl_semaphore_new(1);
	pair = snarl_semaphore_new(2);
	promise = snarl_promise_new(NULL);
	future = snarl_promise_future(promise);
	queue = snarl_queue_new(sizeof(int), 4);
	meeting = snarl_rendezvous_new();
}

int main(int count, char **arguments)
{
	pthread_t one_thread, other;
	for (size_t i = 0; count > 1 && i < sizeof variants / sizeof *variants; i++)
		if (!strcmp(variants[i].name, arguments[1]))
			chosen = &variants[i];
	if (!chosen)
		return 2;
	prepare();
	pthread_create(&one_thread, NULL, first, NULL);
	pthread_create(&other, NULL, second, NULL);
	pthread_join(one_thread, NULL);
	pthread_join(other, NULL);
	puts("done");
	return shared.count < 0;
}
