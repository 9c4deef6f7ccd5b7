/* SPDX-License-Identifier: Apache-2.0
 *
 * Two threads join the same one at the same time; or one detaches it while the other joins it.  The
 * second join has a limit, since some libraries refuse it and in others it never ends. In the third
 * variant neither comes first. */
// variants: joins detaches together
// expect: double-join confirmed
// count: any
// text: waits_first|join_in_time
#include "case.h"

static pthread_t worker;
static pid_t joiner;

static void *works(void *unused)
{
	turn_await(1);
	return unused;
}

static void *waits_first(void *unused)
{
	publish_tid(&joiner);
	JOIN(worker);
	return unused;
}

static void *join_in_time(void *unused)
{
	struct timespec limit = soon(CLOCK_REALTIME, 2000);
	turn_next();
	turn_reached(2);
	CHECK(pthread_timedjoin_np(worker, NULL, &limit) != 0);
	turn_next();
	return unused;
}

static void *ends_last(void *unused)
{
	turn_reached(4);
	return unused;
}

static int both_at_once(void)
{
	pthread_t other;
	START(&worker, ends_last, NULL);
	START(&other, join_in_time, NULL);
	join_in_time(NULL);
	JOIN(other);
	JOIN(worker);
	return 7;
}

int main(int argc, char **argv)
{
	pthread_t thread;
	if (argc > 1 && !strcmp(argv[1], "together"))
		return both_at_once();
	struct timespec limit = soon(CLOCK_REALTIME, 10);
	int detaches = argc > 1 && !strcmp(argv[1], "detaches");
	START(&worker, works, NULL);
	START(&thread, waits_first, NULL);
	await_blocked(&joiner);
	if (detaches)
		CHECK(pthread_detach(worker) == 0);
	else
		CHECK(pthread_timedjoin_np(worker, NULL, &limit) != 0);
	turn_next();
	JOIN(thread);
	return 7;
}
