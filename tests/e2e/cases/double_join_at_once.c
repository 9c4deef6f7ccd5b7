/* SPDX-License-Identifier: Apache-2.0
 *
 * Two threads join the same one at the same time; or one detaches it while the other joins it.  The
 * second join has a limit, since some libraries refuse it and in others it never ends. */
// variants: joins detaches
// expect: double-join confirmed
// text: waits_first
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

int main(int argc, char **argv)
{
	pthread_t thread;
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
