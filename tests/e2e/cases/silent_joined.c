/* SPDX-License-Identifier: Apache-2.0
 *
 * Every way of joining or detaching a thread. */
// variants: join tryjoin timedjoin clockjoin detach-before detach-after self-detach attr thrd-join
// variants: thrd-detach exit
// expect: silent
#include "case.h"
#include <threads.h>

static const char *how;
static pid_t tid;

static int is(const char *name)
{
	return !strcmp(how, name);
}

static void *worker(void *unused)
{
	publish_tid(&tid);
	if (is("self-detach"))
		pthread_detach(pthread_self());
	if (is("detach-before"))
		turn_await(1);
	if (is("exit"))
		pthread_exit(NULL);
	return unused;
}

static int c11_worker(void *unused)
{
	publish_tid(&tid);
	return unused ? 1 : 4;
}

static void join_somehow(pthread_t thread)
{
	struct timespec limit;
	if (is("tryjoin")) {
		while (pthread_tryjoin_np(thread, NULL) == EBUSY)
			sched_yield();
	} else if (is("timedjoin")) {
		limit = soon(CLOCK_REALTIME, 20000);
		CHECK(pthread_timedjoin_np(thread, NULL, &limit) == 0);
	} else if (is("clockjoin")) {
		limit = soon(CLOCK_MONOTONIC, 20000);
		CHECK(pthread_clockjoin_np(thread, NULL, CLOCK_MONOTONIC, &limit) == 0);
	} else if (is("detach-before")) {
		CHECK(pthread_detach(thread) == 0);
		turn_next();
	} else if (is("detach-after")) {
		await_gone(&tid);
		CHECK(pthread_detach(thread) == 0);
	} else if (!is("self-detach") && !is("attr")) {
		JOIN(thread);
	}
}

static void c11(void)
{
	thrd_t thread;
	int result = 0;
	CHECK(thrd_create(&thread, c11_worker, NULL) == thrd_success);
	if (is("thrd-join"))
		CHECK(thrd_join(thread, &result) == thrd_success && result == 4);
	else
		CHECK(thrd_detach(thread) == thrd_success);
}

int main(int argc, char **argv)
{
	how = argc > 1 ? argv[1] : "join";
	pthread_t thread;
	pthread_attr_t attr;
	pthread_attr_init(&attr);
	if (is("attr"))
		pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	if (!strncmp(how, "thrd", 4)) {
		c11();
	} else {
		CHECK(pthread_create(&thread, &attr, worker, NULL) == 0);
		join_somehow(thread);
	}
	await_gone(&tid);
	puts("done");
	return 7;
}
