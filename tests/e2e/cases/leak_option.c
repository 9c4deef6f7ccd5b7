/* SPDX-License-Identifier: Apache-2.0
 *
 * The option that leaves leaked threads out. */
// options: report_thread_leaks=0
// expect: silent
#include "case.h"

static pid_t tid;

static void *worker(void *unused)
{
	publish_tid(&tid);
	return unused;
}

int main(void)
{
	pthread_t thread;
	START(&thread, worker, NULL);
	await_gone(&tid);
	puts("done");
	return 5;
}
