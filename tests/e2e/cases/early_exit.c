/* SPDX-License-Identifier: Apache-2.0
 *
 * A worker is still busy when the process ends. */
// variants: plain suspect strict off
// expect: early-exit suspect
// expect[strict]: early-exit confirmed
// expect[off]: silent
// status: own
// status[suspect]: 66
// status[strict]: 66
// options[suspect]: fail_on=suspect
// options[strict]: leaks=strict
// options[off]: leaks=off
#include "case.h"

static volatile unsigned long work_done;

static void *worker(void *unused)
{
	turn_next();
	for (;;)
		work_done++;
	return unused;
}

int main(void)
{
	pthread_t thread;
	START(&thread, worker, NULL);
	turn_await(1);
	puts("done");
	return 5;
}
