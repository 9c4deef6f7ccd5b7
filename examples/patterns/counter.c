/* SPDX-License-Identifier: Apache-2.0
 *
 * Counter.  Many threads add at the same time and hardly disturb each other; reading is dearer, and
 * seldom.  Taking tells each addition once, as a report at intervals needs it.
 *
 *	requests: 4000
 *	since the last report: 4000, then 0 */
#include <snarl_channel.h>
#include <stdio.h>

static void *serve(void *requests)
{
	for (int i = 0; i < 1000; i++)
		snarl_counter_add(requests, 1);
	return NULL;
}

int main(void)
{
	struct snarl_counter *requests = snarl_counter_new();
	struct snarl_task *servers[4];
	long first, second;

	for (int i = 0; i < 4; i++)
		servers[i] = snarl_task_spawn("server", serve, requests, NULL);
	for (int i = 0; i < 4; i++) {
		snarl_task_join(servers[i], NULL);
		snarl_task_release(servers[i]);
	}
	printf("requests: %ld\n", (long)snarl_counter_read(requests));
	first = (long)snarl_counter_take(requests);
	second = (long)snarl_counter_take(requests);
	printf("since the last report: %ld, then %ld\n", first, second);
	snarl_counter_release(requests);
	return 0;
}
