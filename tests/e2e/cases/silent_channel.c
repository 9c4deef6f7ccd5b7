/* SPDX-License-Identifier: Apache-2.0
 *
 * Right uses of the channel library, in which everybody is asleep again and again for a moment, or
 * until a time comes. */
// needs: channel
// expect: silent
// variants: pipeline pool ticker after shutdown broadcast idle deadline futures flights groups
// variants: rendezvous ordered semaphore ping reset
#include "case.h"
#include <snarl_channel.h>

static struct snarl_channel *jobs, *results;
static struct snarl_wait_group *workers;

static struct snarl_task *spawn(const char *name, void *(*function)(void *), void *argument,
				struct snarl_context *context)
{
	struct snarl_task *t = snarl_task_spawn(name, function, argument, context);
	CHECK(t);
	return t;
}

static void join(struct snarl_task *t)
{
	CHECK(snarl_task_join(t, NULL) == 0);
	snarl_task_release(t);
}

static void *produce(void *unused)
{
	for (int i = 0; i < 1000; i++)
		CHECK(snarl_send(jobs, &i) == 0);
	CHECK(snarl_channel_close(jobs) == 0);
	return unused;
}

static void *work(void *unused)
{
	int n;
	while (snarl_receive(jobs, &n) == 0) {
		n *= 2;
		CHECK(snarl_send(results, &n) == 0);
	}
	CHECK(snarl_wait_group_done(workers) == 0);
	return unused;
}

static void *close_results(void *unused)
{
	CHECK(snarl_wait_group_wait(workers) == 0);
	CHECK(snarl_channel_close(results) == 0);
	return unused;
}

static void run_workers(int n)
{
	struct snarl_task *t[8];
	long sum = 0;
	int v;
	CHECK(snarl_wait_group_add(workers, n) == 0);
	for (int i = 0; i < n; i++)
		t[i] = spawn("worker", work, NULL, NULL);
	struct snarl_task *p = spawn("producer", produce, NULL, NULL);
	struct snarl_task *c = spawn("closer", close_results, NULL, NULL);
	while (snarl_receive(results, &v) == 0)
		sum += v;
	CHECK(sum == 999000);
	for (int i = 0; i < n; i++)
		join(t[i]);
	join(p);
	join(c);
}

static void pipeline(void)
{
	run_workers(1);
}

static void pool(void)
{
	run_workers(4);
}

/* Main, and everybody else, waits for a tick. */
static void ticker(void)
{
	struct snarl_channel *tick = snarl_ticker_new(SNARL_MILLISECOND);
	struct snarl_case c[] = {{tick, NULL, SNARL_RECEIVE, 0}, {jobs, NULL, SNARL_RECEIVE, 0}};
	for (int i = 0; i < 20; i++)
		CHECK(snarl_receive(tick, NULL) == 0);
	for (int i = 0; i < 20; i++)
		CHECK(snarl_select(c, 2) == 0);
	CHECK(snarl_timer_stop(tick) == 0);
	snarl_channel_release(tick);
}

static void *wait_for_tick(void *timer)
{
	CHECK(snarl_receive(timer, NULL) == 0);
	return NULL;
}

static void after(void)
{
	struct snarl_channel *timer = snarl_after(20 * SNARL_MILLISECOND);
	struct snarl_task *t = spawn("timer", wait_for_tick, timer, NULL);
	join(t);
	snarl_channel_release(timer);
	CHECK(snarl_receive_until(jobs, NULL, snarl_in(20 * SNARL_MILLISECOND)) == -ETIMEDOUT);
}

/* A timer that has fired is set again and again. */
static void reset(void)
{
	struct snarl_channel *timer = snarl_after(SNARL_MILLISECOND);
	for (int i = 0; i < 20; i++) {
		CHECK(snarl_receive(timer, NULL) == 0);
		CHECK(snarl_timer_reset(timer, SNARL_MILLISECOND, 0) == 0);
	}
	snarl_timer_stop(timer);
	CHECK(snarl_timer_reset(timer, SNARL_MILLISECOND, 0) == 0);
	CHECK(snarl_receive(timer, NULL) == 0);
	snarl_channel_release(timer);
}

static void *until_cancelled(void *unused)
{
	CHECK(snarl_receive_with(jobs, NULL, snarl_task_context()) == -ECANCELED);
	return unused;
}

/* Main is the only one who can cancel, and does. */
static void shutdown(void)
{
	struct snarl_context *context = snarl_context_with_cancel(NULL);
	struct snarl_task *t[4];
	for (int i = 0; i < 4; i++)
		t[i] = spawn("listener", until_cancelled, NULL, context);
	snarl_context_cancel(context);
	for (int i = 0; i < 4; i++)
		join(t[i]);
	snarl_context_release(context);
}

static void *until_closed(void *unused)
{
	CHECK(snarl_receive(jobs, NULL) == -EPIPE);
	return unused;
}

static void broadcast(void)
{
	struct snarl_task *t[4];
	for (int i = 0; i < 4; i++)
		t[i] = spawn("listener", until_closed, NULL, NULL);
	CHECK(snarl_channel_close(jobs) == 0);
	for (int i = 0; i < 4; i++)
		join(t[i]);
}

static void *nothing(void *unused)
{
	return unused;
}

static void *nothing_but_done(void *unused)
{
	CHECK(snarl_wait_group_done(workers) == 0);
	return unused;
}

/* Pooled threads are idle at the end, and no handle is kept. A detached task that had not begun yet
 * would rightly be told, so each says that it is done. */
static void idle(void)
{
	for (int i = 0; i < 100; i++) {
		int detached = i % 3 == 0;
		CHECK(snarl_wait_group_add(workers, detached) == 0);
		struct snarl_task *t =
			spawn("nothing", detached ? nothing_but_done : nothing, NULL, NULL);
		if (detached)
			CHECK(snarl_task_detach(t) == 0);
		else
			join(t);
	}
	CHECK(snarl_wait_group_wait(workers) == 0);
	struct snarl_task *t = spawn("last", nothing, NULL, NULL);
	while (snarl_task_is_finished(t) != 1)
		sched_yield();
	snarl_task_release(t);
}

/* Everybody waits for a deadline that is a context's. */
static void *until_deadline(void *done)
{
	CHECK(snarl_receive(done, NULL) == -EPIPE);
	return NULL;
}

static void deadline(void)
{
	struct snarl_context *context = snarl_context_with_timeout(NULL, 30 * SNARL_MILLISECOND);
	struct snarl_context *inner = snarl_context_with_cancel(context);
	struct snarl_task *t = spawn("deadline", until_deadline, snarl_context_done(inner), inner);
	struct snarl_task *u = spawn("other", nothing, NULL, inner);
	CHECK(snarl_receive_with(jobs, NULL, inner) == -ETIMEDOUT);
	join(t);
	join(u);
	snarl_context_cancel(inner);
	snarl_context_release(inner);
	snarl_context_cancel(context);
	snarl_context_release(context);
}

static int answer(void *unused, void **value)
{
	(void)unused;
	*value = (void *)42;
	return 0;
}

static int refuse(void *unused, void **value)
{
	(void)unused;
	(void)value;
	return -EAGAIN;
}

/* An error of the future's own looks like that of a call that would wait. */
static void futures(void)
{
	void *value = NULL;
	for (int i = 0; i < 1000; i++) {
		struct snarl_future *f = snarl_future_spawn("answer", answer, NULL, NULL, NULL);
		struct snarl_future *g = snarl_future_spawn("refuse", refuse, NULL, NULL, NULL);
		CHECK(f && g && snarl_future_get(f, &value) == 0 && value == (void *)42);
		CHECK(snarl_future_get(g, &value) == -EAGAIN);
		CHECK(snarl_future_get(g, &value) == -EAGAIN);
		snarl_future_release(f);
		snarl_future_release(g);
	}
}

static void *fly(void *flight)
{
	void *value;
	for (int i = 0; i < 200; i++) {
		CHECK(snarl_flight_do(flight, "k", 1, answer, NULL, &value) == 0);
		CHECK(snarl_flight_do(flight, "r", 1, refuse, NULL, &value) == -EAGAIN);
	}
	return NULL;
}

static void flights(void)
{
	struct snarl_flight *flight = snarl_flight_new(NULL);
	struct snarl_task *t = spawn("flight", fly, flight, NULL);
	fly(flight);
	join(t);
	snarl_flight_release(flight);
}

static int one_job(void *unused)
{
	(void)unused;
	return 0;
}

static int failing_job(void *unused)
{
	(void)unused;
	return -EAGAIN;
}

static void groups(void)
{
	for (int i = 0; i < 200; i++) {
		struct snarl_error_group *g = snarl_error_group_new(NULL, 2);
		for (int j = 0; j < 10; j++)
			CHECK(snarl_error_group_go(g, "job", one_job, NULL) == 0);
		CHECK(snarl_error_group_wait(g) == 0);
		CHECK(snarl_error_group_go(g, "job", failing_job, NULL) == 0);
		CHECK(snarl_error_group_wait(g) == -EAGAIN);
		CHECK(snarl_error_group_wait(g) == -EAGAIN);
		snarl_error_group_release(g);
	}
}

static void *meet(void *rendezvous)
{
	void *theirs;
	for (int i = 0; i < 500; i++)
		CHECK(snarl_rendezvous_exchange(rendezvous, NULL, &theirs) == 0);
	return NULL;
}

static void rendezvous(void)
{
	struct snarl_rendezvous *r = snarl_rendezvous_new();
	struct snarl_task *t = spawn("meets", meet, r, NULL);
	meet(r);
	join(t);
	snarl_rendezvous_release(r);
}

static pthread_mutex_t first = PTHREAD_MUTEX_INITIALIZER, second = PTHREAD_MUTEX_INITIALIZER;

static void *first_then_second(void *unused)
{
	pthread_mutex_lock(&first);
	pthread_mutex_lock(&second);
	pthread_mutex_unlock(&second);
	pthread_mutex_unlock(&first);
	return unused;
}

static void *second_then_first(void *unused)
{
	pthread_mutex_lock(&second);
	pthread_mutex_lock(&first);
	pthread_mutex_unlock(&first);
	pthread_mutex_unlock(&second);
	return unused;
}

/* Tasks that are joined before the next one is spawned cannot meet, whichever threads run them. */
static void ordered(void)
{
	for (int i = 0; i < 5; i++) {
		join(spawn("forth", first_then_second, NULL, NULL));
		join(spawn("back", second_then_first, NULL, NULL));
	}
}

static void *take_and_give(void *semaphore)
{
	for (int i = 0; i < 500; i++) {
		CHECK(snarl_semaphore_acquire(semaphore, 2) == 0);
		CHECK(snarl_semaphore_give(semaphore, 2) == 0);
	}
	return NULL;
}

static void semaphore(void)
{
	struct snarl_semaphore *s = snarl_semaphore_new(3);
	struct snarl_task *t[3];
	for (int i = 0; i < 3; i++)
		t[i] = spawn("taker", take_and_give, s, NULL);
	for (int i = 0; i < 3; i++)
		join(t[i]);
	snarl_semaphore_release(s);
}

static void *pong(void *unused)
{
	int v;
	while (snarl_receive(jobs, &v) == 0)
		CHECK(snarl_send(results, &v) == 0);
	return unused;
}

static void ping(void)
{
	struct snarl_task *t = spawn("pong", pong, NULL, NULL);
	for (int i = 0, v; i < 20000; i++) {
		CHECK(snarl_send(jobs, &i) == 0);
		CHECK(snarl_receive(results, &v) == 0 && v == i);
	}
	CHECK(snarl_channel_close(jobs) == 0);
	join(t);
}

static const struct {
	const char *name;
	void (*run)(void);
} variants[] = {
	{"pipeline", pipeline},     {"pool", pool},
	{"ticker", ticker},         {"after", after},
	{"reset", reset},           {"shutdown", shutdown},
	{"broadcast", broadcast},   {"idle", idle},
	{"deadline", deadline},     {"futures", futures},
	{"flights", flights},       {"groups", groups},
	{"rendezvous", rendezvous}, {"ordered", ordered},
	{"semaphore", semaphore},   {"ping", ping},
};

int main(int argc, char **argv)
{
	jobs = snarl_channel_new(sizeof(int), 0);
	results = snarl_channel_new(sizeof(int), 2);
	workers = snarl_wait_group_new();
	for (unsigned i = 0; argc > 1 && i < sizeof variants / sizeof *variants; i++)
		if (!strcmp(argv[1], variants[i].name))
			variants[i].run();
	snarl_channel_release(jobs);
	snarl_channel_release(results);
	snarl_wait_group_release(workers);
	puts("done");
	return 0;
}
