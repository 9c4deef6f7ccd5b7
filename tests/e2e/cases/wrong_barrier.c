/* SPDX-License-Identifier: Apache-2.0
 *
 * A barrier that nobody has initialised is waited for.  glibc divides by its count, and by itself
 * the program is killed. */
// variants: zero garbage
// mode: run
// expect: wrong-object confirmed
// hangs
// stdout: done
#include "case.h"

static pthread_barrier_t barrier;

int main(int argc, char **argv)
{
	if (argc > 1 && !strcmp(argv[1], "garbage"))
		memset(&barrier, 0x55, sizeof barrier);
	puts("done");
	fflush(stdout);
	pthread_barrier_wait(&barrier);
	return 5;
}
