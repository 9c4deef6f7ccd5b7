/* SPDX-License-Identifier: Apache-2.0
 *
 * Single flight.  Callers that want the same thing at the same time share one call for it: a cache
 * that has just lost an entry asks its source once.  Nothing is remembered afterwards.
 *
 * Wrong: examples/channel/flight_reentered.c.
 *
 *	every caller got 42, in at most 4 loads */
#include <snarl_channel.h>
#include <stdio.h>

static struct snarl_flight *flight;
static int loads;

static int load(void *unused, void **value)
{
	(void)unused;
	__atomic_fetch_add(&loads, 1, __ATOMIC_RELAXED);
	snarl_sleep_until(snarl_in(SNARL_MILLISECOND));
	*value = (void *)42;
	return 0;
}

static void *want(void *key)
{
	void *value = NULL;

	snarl_flight_do(flight, key, 4, load, NULL, &value);
	return value;
}

int main(void)
{
	struct snarl_task *tasks[4];
	char key[] = "page";
	int right = 0;

	flight = snarl_flight_new(NULL);
	for (int i = 0; i < 4; i++)
		tasks[i] = snarl_task_spawn("want", want, key, NULL);
	for (int i = 0; i < 4; i++) {
		void *value;
		snarl_task_join(tasks[i], &value);
		snarl_task_release(tasks[i]);
		right += value == (void *)42;
	}
	if (right == 4 && loads >= 1 && loads <= 4)
		printf("every caller got 42, in at most 4 loads\n");
	snarl_flight_release(flight);
	return 0;
}
