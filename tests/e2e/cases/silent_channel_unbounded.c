/* SPDX-License-Identifier: Apache-2.0
 *
 * One place spawns a task for each request, all along the run: each is answered and ends, or waits
 * for the end of all of them, which comes. */
// needs: channel
// options: unbounded_threads=20:leaks=off
// expect: silent
#include "case.h"
#include <snarl_channel.h>

static struct snarl_channel *results;

static void *answer(void *tid)
{
	int v = 1;
	publish_tid(tid);
	CHECK(snarl_send(results, &v) == 0);
	return NULL;
}

int main(void)
{
	static pid_t tids[24];
	results = snarl_channel_new(sizeof(int), 0);
	for (int i = 0; i < 24; i++) {
		CHECK(snarl_task_detach(snarl_task_spawn("answer", answer, &tids[i], NULL)) == 0);
		await_blocked(&tids[i]);
		CHECK(snarl_receive(results, NULL) == 0);
		usleep(10000);
	}
	snarl_channel_release(results);
	puts("done");
	return 0;
}
