/* SPDX-License-Identifier: Apache-2.0
 *
 * Everybody is asleep in calls of the channel library, or in a lock or a join behind them: the
 * program hangs, and is told so at once. */
// needs: channel
// hangs
// expect: deadlock confirmed
// variants: send receive null select mixed wait_group rendezvous semaphore context join flight
// variants: future error_group pool full_pool dropped_deadline stopped_timer fired_timer
// variants: group_again condition posix_semaphore barrier
#include "case.h"
#include <snarl_channel.h>

static struct snarl_channel *channel, *other;
static struct snarl_context *context;
static struct snarl_flight *flight;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;

/* Nobody receives. */
static void hang_send(void)
{
	int v = 1;
	snarl_send(channel, &v);
}

static void hang_receive(void)
{
	snarl_receive(channel, NULL);
}

static void hang_null(void)
{
	snarl_receive(NULL, NULL);
}

/* One case sends, the other receives, and nobody is there for either. */
static void hang_select(void)
{
	int v = 1;
	struct snarl_case cases[] = {{channel, &v, SNARL_SEND, 0}, {other, NULL, SNARL_RECEIVE, 0}};
	snarl_select(cases, 2);
}

/* The worker needs the mutex before it sends what main waits for under that mutex. */
static void *lock_and_send(void *unused)
{
	int v = 1;
	turn_await(1);
	pthread_mutex_lock(&mutex);
	snarl_send(channel, &v);
	pthread_mutex_unlock(&mutex);
	return unused;
}

static void hang_mixed(void)
{
	struct snarl_task *t = snarl_task_spawn("worker", lock_and_send, NULL, NULL);
	CHECK(t);
	pthread_mutex_lock(&mutex);
	turn_next();
	snarl_receive(channel, NULL);
	pthread_mutex_unlock(&mutex);
	snarl_task_join(t, NULL);
	snarl_task_release(t);
}

static void *fail_before_done(void *unused)
{
	return unused;
}

/* Two were added, and one comes. */
static void hang_wait_group(void)
{
	struct snarl_wait_group *g = snarl_wait_group_new();
	struct snarl_task *t = snarl_task_spawn("fails", fail_before_done, NULL, NULL);
	CHECK(g && t && snarl_wait_group_add(g, 2) == 0);
	snarl_wait_group_done(g);
	CHECK(snarl_task_join(t, NULL) == 0);
	snarl_task_release(t);
	snarl_wait_group_wait(g);
}

static void hang_rendezvous(void)
{
	struct snarl_rendezvous *r = snarl_rendezvous_new();
	snarl_rendezvous_exchange(r, NULL, NULL);
}

static void hang_semaphore(void)
{
	struct snarl_semaphore *s = snarl_semaphore_new(3);
	CHECK(snarl_semaphore_acquire(s, 2) == 0);
	snarl_semaphore_acquire(s, 2);
}

static void *until_cancelled(void *done)
{
	snarl_receive(done, NULL);
	return NULL;
}

/* Main waits for a task that waits for main to cancel. */
static void hang_context(void)
{
	context = snarl_context_with_cancel(NULL);
	struct snarl_task *t =
		snarl_task_spawn("listener", until_cancelled, snarl_context_done(context), context);
	snarl_task_join(t, NULL);
}

static void *receive_forever(void *unused)
{
	snarl_receive(channel, NULL);
	return unused;
}

static void hang_join(void)
{
	struct snarl_task *t = snarl_task_spawn("receiver", receive_forever, NULL, NULL);
	snarl_task_join(t, NULL);
}

static int inner(void *key, void **value)
{
	turn_next();
	turn_reached(2);
	return snarl_flight_do(flight, key, 1, inner, key, value);
}

/* Each runs the function of one key and asks for the other's. */
static void *fly(void *key)
{
	void *value;
	char *mine = key;
	snarl_flight_do(flight, mine, 1, inner, *mine == 'a' ? "b" : "a", &value);
	return NULL;
}

static void hang_flight(void)
{
	flight = snarl_flight_new(NULL);
	struct snarl_task *t = snarl_task_spawn("second", fly, "b", NULL);
	CHECK(t);
	fly("a");
}

static void hang_future(void)
{
	struct snarl_promise *p = snarl_promise_new(NULL);
	struct snarl_future *f = snarl_promise_future(p);
	void *value;
	snarl_future_get(f, &value);
}

static struct snarl_error_group *group;

static int child(void *unused)
{
	(void)unused;
	return 0;
}

/* The only task that the group has room for starts another and waits for the room. */
static int parent(void *unused)
{
	(void)unused;
	return snarl_error_group_go(group, "child", child, NULL);
}

static void hang_error_group(void)
{
	group = snarl_error_group_new(NULL, 1);
	CHECK(snarl_error_group_go(group, "parent", parent, NULL) == 0);
	snarl_error_group_wait(group);
}

static struct snarl_pool *pool;

static int nothing(void *unused, void **value)
{
	(void)unused;
	*value = NULL;
	return 0;
}

/* The pool's only worker waits for a job that only it could do. */
static int wait_for_pool(void *unused, void **value)
{
	struct snarl_job job = {.function = nothing};
	struct snarl_future *f = NULL;
	(void)unused;
	CHECK(snarl_pool_submit(pool, &job, &f) == 0);
	return snarl_future_get(f, value);
}

static void hang_pool(void)
{
	struct snarl_job job = {.function = wait_for_pool};
	struct snarl_future *f = NULL;
	void *value;
	pool = snarl_pool_new("pool", 1, 4, SNARL_FULL_BLOCK, NULL);
	CHECK(pool && snarl_pool_submit(pool, &job, &f) == 0);
	snarl_future_get(f, &value);
}

/* It submits more than there is room for. */
static int submit_more(void *unused, void **value)
{
	struct snarl_job job = {.function = nothing};
	(void)unused;
	(void)value;
	for (;;)
		CHECK(snarl_pool_submit(pool, &job, NULL) == 0);
}

static void hang_full_pool(void)
{
	struct snarl_job job = {.function = submit_more};
	pool = snarl_pool_new("pool", 1, 1, SNARL_FULL_BLOCK, NULL);
	CHECK(pool && snarl_pool_submit(pool, &job, NULL) == 0);
	snarl_receive(channel, NULL);
}

/* A deadline that was to come is none any more. */
static void hang_dropped_deadline(void)
{
	context = snarl_context_with_timeout(NULL, 3600 * SNARL_SECOND);
	CHECK(snarl_context_with_cancel(context));
	snarl_context_cancel(context);
	snarl_receive(channel, NULL);
}

static void hang_stopped_timer(void)
{
	struct snarl_channel *timer = snarl_after(3600 * SNARL_SECOND);
	CHECK(snarl_timer_stop(timer) == 0);
	snarl_receive(timer, NULL);
}

static void hang_fired_timer(void)
{
	struct snarl_channel *timer = snarl_after(0);
	CHECK(snarl_receive(timer, NULL) == 0);
	snarl_receive(timer, NULL);
}

static struct snarl_wait_group *workers;
static pthread_cond_t condition = PTHREAD_COND_INITIALIZER;
static sem_t posted;
static pthread_barrier_t barrier;

static void *done_once(void *unused)
{
	CHECK(snarl_wait_group_done(workers) == 0);
	return unused;
}

/* The first round is right; in the second one more is added than comes. */
static void hang_group_again(void)
{
	workers = snarl_wait_group_new();
	for (int round = 1; round <= 2; round++) {
		CHECK(workers && snarl_wait_group_add(workers, round) == 0);
		struct snarl_task *t = snarl_task_spawn("once", done_once, NULL, NULL);
		CHECK(t && snarl_task_join(t, NULL) == 0);
		snarl_task_release(t);
		snarl_wait_group_wait(workers);
	}
}

static void *wait_then_done(void *unused)
{
	pthread_mutex_lock(&mutex);
	for (;;)
		pthread_cond_wait(&condition, &mutex);
	return unused;
}

/* Main waits for the worker's done, the worker for a signal that only main could send. */
static void hang_condition(void)
{
	workers = snarl_wait_group_new();
	CHECK(workers && snarl_wait_group_add(workers, 1) == 0);
	CHECK(snarl_task_spawn("waits", wait_then_done, NULL, NULL));
	snarl_wait_group_wait(workers);
}

static void *wait_then_send(void *unused)
{
	int v = 1;
	CHECK(sem_wait(&posted) == 0);
	snarl_send(channel, &v);
	return unused;
}

static void hang_posix_semaphore(void)
{
	CHECK(sem_init(&posted, 0, 0) == 0);
	CHECK(snarl_task_spawn("waits", wait_then_send, NULL, NULL));
	snarl_receive(channel, NULL);
}

static void *meet_then_close(void *unused)
{
	pthread_barrier_wait(&barrier);
	snarl_channel_close(channel);
	return unused;
}

static void hang_barrier(void)
{
	CHECK(pthread_barrier_init(&barrier, NULL, 2) == 0);
	CHECK(snarl_task_spawn("meets", meet_then_close, NULL, NULL));
	snarl_receive(channel, NULL);
}

static const struct {
	const char *name;
	void (*hang)(void);
} variants[] = {
	{"send", hang_send},
	{"receive", hang_receive},
	{"null", hang_null},
	{"select", hang_select},
	{"mixed", hang_mixed},
	{"wait_group", hang_wait_group},
	{"rendezvous", hang_rendezvous},
	{"semaphore", hang_semaphore},
	{"context", hang_context},
	{"join", hang_join},
	{"flight", hang_flight},
	{"future", hang_future},
	{"error_group", hang_error_group},
	{"pool", hang_pool},
	{"full_pool", hang_full_pool},
	{"dropped_deadline", hang_dropped_deadline},
	{"stopped_timer", hang_stopped_timer},
	{"fired_timer", hang_fired_timer},
	{"group_again", hang_group_again},
	{"condition", hang_condition},
	{"posix_semaphore", hang_posix_semaphore},
	{"barrier", hang_barrier},
};

int main(int argc, char **argv)
{
	channel = snarl_channel_new(sizeof(int), 0);
	other = snarl_channel_new(sizeof(int), 0);
	for (unsigned i = 0; argc > 1 && i < sizeof variants / sizeof *variants; i++)
		if (!strcmp(argv[1], variants[i].name))
			variants[i].hang();
	CHECK(!"hangs");
	return 0;
}
