/* SPDX-License-Identifier: Apache-2.0
 *
 * The program is stopped by SIGSTOP, and goes on when another process continues it: whoever waits
 * for it must not stay behind. */
// expect: silent
#include "case.h"
#include <signal.h>
#include <sys/wait.h>

static char state_of(pid_t pid)
{
	char path[64], text[512] = "", *end;
	snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
	FILE *f = fopen(path, "r");
	CHECK(f && fgets(text, sizeof text, f));
	fclose(f);
	end = strrchr(text, ')');
	return end ? end[2] : 0;
}

int main(void)
{
	pid_t stopped = getpid(), child = fork();
	CHECK(child >= 0);
	if (!child) {
		pid_t above = getppid() == stopped ? stopped : 0;
		CHECK(above && kill(stopped, SIGSTOP) == 0);
		while (state_of(stopped) != 'T')
			sched_yield();
		/* Time for its parent to have seen it. */
		usleep(300000);
		CHECK(kill(stopped, SIGCONT) == 0);
		_exit(0);
	}
	CHECK(waitpid(child, NULL, 0) == child);
	puts("done");
	return 0;
}
