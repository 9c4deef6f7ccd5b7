/* SPDX-License-Identifier: Apache-2.0
 *
 * What makes the report the same in every run and not in most: the main thread of an example goes
 * on only when its tasks are really blocked.  A program needs nothing of this. */
#ifndef EXAMPLES_CHANNEL_ASLEEP_H
#define EXAMPLES_CHANNEL_ASLEEP_H

#include <dirent.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Whether the thread sleeps until another one wakes it (202: the system call futex); one that has
 * just ended counts. */
static inline int is_asleep(const char *thread)
{
	char path[300], line[256] = "";
	FILE *f;

	snprintf(path, sizeof path, "/proc/self/task/%s/syscall", thread);
	f = fopen(path, "r");
	if (!f)
		return 1;
	if (!fgets(line, sizeof line, f))
		line[0] = 0;
	fclose(f);
	return !strncmp(line, "202 ", 4);
}

/* How many other threads of the process are awake. */
static inline int others_awake(void)
{
	DIR *threads = opendir("/proc/self/task");
	char mine[32];
	int awake = 0;

	snprintf(mine, sizeof mine, "%d", (int)getpid());
	for (struct dirent *e; threads && (e = readdir(threads));)
		if (e->d_name[0] != '.' && strcmp(e->d_name, mine) != 0)
			awake += !is_asleep(e->d_name);
	if (threads)
		closedir(threads);
	return awake;
}

/* For the main thread: returns when all others have been seen asleep, ten times in a row, since
 * one that is on its way to its wait may sleep for a moment before. */
static inline void await_others_asleep(void)
{
	for (int seen = 0; seen < 10; seen++) {
		if (others_awake())
			seen = -1;
		sched_yield();
	}
}

#endif
