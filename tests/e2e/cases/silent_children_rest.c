/* SPDX-License-Identifier: Apache-2.0
 *
 * Children that rest until they are killed, each in another call, while main is at work: they mean
 * it so.
 */
// mode: run
// expect: silent
#include "case.h"
#include <sys/wait.h>

#define CHILDREN 2

static void rest(int how)
{
	int ends[2];
	char c;

	CHECK(!pipe(ends));
	if (how == 0)
		CHECK(read(ends[0], &c, 1) >= 0);
	else
		pause();
	_exit(4);
}

int main(void)
{
	pid_t pids[CHILDREN];
	int status;

	for (int i = 0; i < CHILDREN; i++) {
		pids[i] = fork();
		CHECK(pids[i] >= 0);
		if (!pids[i])
			rest(i);
	}
	sleep(2); /* more than a look from outside takes */
	for (int i = 0; i < CHILDREN; i++) {
		kill(pids[i], SIGTERM);
		CHECK(waitpid(pids[i], &status, 0) == pids[i] && WIFSIGNALED(status) &&
		      WTERMSIG(status) == SIGTERM);
	}
	puts("done");
	return 0;
}
