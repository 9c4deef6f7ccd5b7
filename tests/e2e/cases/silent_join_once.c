/* SPDX-License-Identifier: Apache-2.0
 *
 * Threads that are joined or detached once: many of them, whose ids are used again and again; after
 * tries and timed joins that gave up, and after a join that was cancelled.  A thread that has ended
 * may be signalled, cancelled, named and asked until it is joined. */
// variants: reused tried cancelled ended
// expect: silent
#include "case.h"
#include <signal.h>

static const char *how;
static pthread_t worker;
static pid_t tid;

static int is(const char *name)
{
	return !strcmp(how, name);
}

static void *returns(void *unused)
{
	publish_tid(&tid);
	return unused;
}

static void *detaches(void *unused)
{
	CHECK(pthread_detach(pthread_self()) == 0);
	publish_tid(&tid);
	return unused;
}

static void *waits(void *unused)
{
	turn_await(1);
	return unused;
}

static void *joins(void *unused)
{
	publish_tid(&tid);
	pthread_join(worker, NULL);
	return unused;
}

static void reuse(void)
{
	pthread_t thread;
	int same = 0;
	pthread_t before = 0;
	for (int i = 0; i < 300; i++) {
		tid = 0;
		START(&thread, i % 3 ? returns : detaches, NULL);
		same += thread == before;
		before = thread;
		if (i % 3)
			JOIN(thread);
		else
			await_gone(&tid);
	}
	CHECK(same > 0);
}

static void give_up(void)
{
	struct timespec limit = soon(CLOCK_REALTIME, 5);
	START(&worker, waits, NULL);
	for (int i = 0; i < 100; i++)
		CHECK(pthread_tryjoin_np(worker, NULL) == EBUSY);
	CHECK(pthread_timedjoin_np(worker, NULL, &limit) == ETIMEDOUT);
	CHECK(pthread_clockjoin_np(worker, NULL, CLOCK_REALTIME, &limit) == ETIMEDOUT);
	turn_next();
	JOIN(worker);
}

static void cancel(void)
{
	pthread_t thread;
	void *result;
	START(&worker, waits, NULL);
	START(&thread, joins, NULL);
	await_blocked(&tid);
	CHECK(pthread_cancel(thread) == 0);
	CHECK(pthread_join(thread, &result) == 0 && result == PTHREAD_CANCELED);
	turn_next();
	JOIN(worker);
}

static void ask_the_ended(void)
{
	pthread_t thread;
	START(&thread, returns, NULL);
	await_gone(&tid);
	pthread_kill(thread, 0);
	CHECK(pthread_cancel(thread) == 0);
	CHECK(pthread_detach(thread) == 0);
	START(&thread, returns, NULL);
	JOIN(thread);
}

int main(int argc, char **argv)
{
	how = argc > 1 ? argv[1] : "reused";
	if (is("reused"))
		reuse();
	if (is("tried"))
		give_up();
	if (is("cancelled"))
		cancel();
	if (is("ended"))
		ask_the_ended();
	puts("done");
	return 7;
}
