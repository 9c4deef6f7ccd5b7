/* SPDX-License-Identifier: Apache-2.0
 *
 * Once.  Whoever needs something first makes it; the others wait for that and use it.
 *
 *	made 1 time, used 4 times */
#include <snarl_channel.h>
#include <stdio.h>

static struct snarl_once once = SNARL_ONCE_INIT;
static int made, used;

static int make(void *unused)
{
	(void)unused;
	made++;
	return 0;
}

static void *use(void *unused)
{
	(void)unused;
	if (snarl_once_do(&once, make, NULL) == 0)
		__atomic_fetch_add(&used, made, __ATOMIC_RELAXED);
	return NULL;
}

int main(void)
{
	struct snarl_task *tasks[4];

	for (int i = 0; i < 4; i++)
		tasks[i] = snarl_task_spawn("use", use, NULL, NULL);
	for (int i = 0; i < 4; i++) {
		snarl_task_join(tasks[i], NULL);
		snarl_task_release(tasks[i]);
	}
	printf("made %d time, used %d times\n", made, used);
	return 0;
}
