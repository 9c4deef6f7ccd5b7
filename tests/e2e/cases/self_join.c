/* SPDX-License-Identifier: Apache-2.0
 *
 * A thread joins itself while another joins it.  The call refuses, so nobody joins twice. */
// expect: self-deadlock suspect
// text: T2 .* joins itself
// text: fix: Join a thread from another one
#include "case.h"

static pid_t main_tid;

static void *joins_itself(void *unused)
{
	await_blocked(&main_tid);
	CHECK(pthread_join(pthread_self(), NULL) == EDEADLK);
	return unused;
}

int main(void)
{
	pthread_t thread;
	publish_tid(&main_tid);
	START(&thread, joins_itself, NULL);
	JOIN(thread);
	puts("done");
	return 0;
}
