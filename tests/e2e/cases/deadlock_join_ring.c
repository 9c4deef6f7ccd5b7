/* SPDX-License-Identifier: Apache-2.0
 *
 * Three threads join each other in a ring. */
// expect: deadlock confirmed
// hangs
// options: on_deadlock=exit
// json: len(f.threads) == 3
// text: fix: Let one thread join the others
#include "case.h"

static pthread_t threads[3];

static void *member(void *number)
{
	turn_await(1);
	pthread_join(threads[((int)(long)number + 1) % 3], NULL);
	return NULL;
}

int main(void)
{
	for (long i = 0; i < 3; i++)
		START(&threads[i], member, (void *)i);
	turn_next();
	for (;;)
		pause();
}
