/* SPDX-License-Identifier: Apache-2.0
 *
 * Readers and writers: each thread reads one rwlock and waits to write the other; or one writes and
 * waits to read. */
// variants: read-write write-read
// expect: deadlock confirmed
// hangs
// json: len(f.threads) == 2
#include "case.h"

static pthread_rwlock_t a = PTHREAD_RWLOCK_INITIALIZER, b = PTHREAD_RWLOCK_INITIALIZER;
static pthread_barrier_t both;
static int read_first;

static void *member(void *number)
{
	pthread_rwlock_t *mine = number ? &b : &a, *theirs = number ? &a : &b;
	if (read_first)
		pthread_rwlock_rdlock(mine);
	else
		pthread_rwlock_wrlock(mine);
	pthread_barrier_wait(&both);
	if (read_first)
		pthread_rwlock_wrlock(theirs);
	else
		pthread_rwlock_rdlock(theirs);
	return NULL;
}

int main(int argc, char **argv)
{
	pthread_t threads[2];
	read_first = argc > 1 && !strcmp(argv[1], "read-write");
	pthread_barrier_init(&both, NULL, 2);
	for (long i = 0; i < 2; i++)
		START(&threads[i], member, (void *)i);
	for (int i = 0; i < 2; i++)
		JOIN(threads[i]);
	puts("never");
	return 0;
}
