/* SPDX-License-Identifier: Apache-2.0
 *
 * Weighted semaphore.  Bounds what is in use at a time, memory say, by tasks that need different
 * amounts of it.  First come, first served, so a large one is not passed for ever.
 *
 * Wrong: examples/channel/semaphore_not_given.c, examples/channel/semaphore_given_twice.c.
 *
 *	never more than 100 units: yes */
#include <snarl_channel.h>
#include <stdio.h>

static struct snarl_semaphore *memory;
static int in_use, too_much;

static void *load(void *size)
{
	int units = *(int *)size;

	snarl_semaphore_acquire(memory, (uint64_t)units);
	if (__atomic_add_fetch(&in_use, units, __ATOMIC_RELAXED) > 100)
		__atomic_store_n(&too_much, 1, __ATOMIC_RELAXED);
	__atomic_sub_fetch(&in_use, units, __ATOMIC_RELAXED);
	snarl_semaphore_give(memory, (uint64_t)units);
	return NULL;
}

int main(void)
{
	int sizes[] = {60, 50, 100, 10, 30};
	struct snarl_task *tasks[5];

	memory = snarl_semaphore_new(100);
	for (int i = 0; i < 5; i++)
		tasks[i] = snarl_task_spawn("load", load, &sizes[i], NULL);
	for (int i = 0; i < 5; i++) {
		snarl_task_join(tasks[i], NULL);
		snarl_task_release(tasks[i]);
	}
	printf("never more than 100 units: %s\n", too_much ? "no" : "yes");
	snarl_semaphore_release(memory);
	return 0;
}
