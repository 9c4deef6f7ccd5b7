/* SPDX-License-Identifier: Apache-2.0
 *
 * What the kernels share.  A kernel is the structure of a bug that a large program really had,
 * ported to channels and pthreads: run with "bug" (or nothing) it shows the bug, with "fixed" it is
 * the repaired program and ends normally.  Schedules are forced by turns and by waiting until a
 * thread is really blocked (case.h), never by sleeping.
 *
 * A kernel whose main thread is no part of the bug leaves while the others are stuck, as the
 * services did when they gave up; with "joined" it waits for them instead, and all are stuck.  One
 * whose main thread is part of the bug hangs with "bug".
 *
 * Who uses a channel or another counted object owns a reference, and gives it up when done: where a
 * program with a garbage collector just forgets a channel, the port releases it. */
#ifndef TESTS_KERNELS_KERNEL_H
#define TESTS_KERNELS_KERNEL_H

#include "case.h"
#include <snarl_channel.h>

/* Whether this is the repaired twin; whether the main thread waits for those who are stuck. */
static int fixed __attribute__((unused)), joined __attribute__((unused));

static inline void kernel_start(int argc, char **argv)
{
	fixed = argc > 1 && !strcmp(argv[1], "fixed");
	joined = argc > 1 && !strcmp(argv[1], "joined");
}

static inline struct snarl_channel *channel(size_t capacity)
{
	struct snarl_channel *c = snarl_channel_new(sizeof(int), capacity);

	CHECK(c);
	return c;
}

/* Each of so many tasks gets a reference, and the maker gives up its own.  Returns the channel. */
static inline struct snarl_channel *share(struct snarl_channel *c, int tasks)
{
	for (int i = 0; i < tasks; i++)
		snarl_channel_retain(c);
	snarl_channel_release(c);
	return c;
}

static inline struct snarl_task *spawn(const char *name, void *(*function)(void *), void *argument)
{
	struct snarl_task *task = snarl_task_spawn(name, function, argument, NULL);

	CHECK(task);
	return task;
}

static inline void join(struct snarl_task *task)
{
	CHECK(snarl_task_join(task, NULL) == 0);
	snarl_task_release(task);
}

/* Waits until the bug has come so far that this thread is blocked for ever. */
static inline void await_stuck(const pid_t *tid)
{
	if (!fixed)
		await_blocked(tid);
}

static inline int leave_tasks(struct snarl_task **tasks)
{
	for (; *tasks; tasks++)
		if (fixed || joined)
			join(*tasks);
		else
			snarl_task_release(*tasks);
	puts("main leaves");
	return 0;
}

/* Ends the main function of a kernel: the tasks that the bug leaves stuck are given up, since
 * whoever joined them would be stuck as well. */
#define leave(...) leave_tasks((struct snarl_task *[]){__VA_ARGS__, NULL})

#endif
