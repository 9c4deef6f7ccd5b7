/* SPDX-License-Identifier: Apache-2.0
 *
 * Renewing a lease holds the lessor's write lock and calls a checkpoint function that the user set,
 * which takes the same write lock.  Stuck in the original: the main thread at its second write
 * lock.  glibc sees its own writer there and refuses with EDEADLK, which goes unlooked at: the
 * checkpoint runs without a lock of its own.  Repaired: renewing unlocks before it calls. */
// needs: channel
// variants: bug fixed
// expect[bug]: self-deadlock suspect
// expect[fixed]: silent
// json[bug]: roles(f) == ["holds", "wants"]
// stuck[bug]: main holds lessor
#include "kernel.h"

static pthread_rwlock_t lessor = PTHREAD_RWLOCK_INITIALIZER;
static int remaining = 10;

static void checkpoint(int left)
{
	int refused = pthread_rwlock_wrlock(&lessor);

	remaining = left;
	if (!refused)
		pthread_rwlock_unlock(&lessor);
}

static void (*checkpointer)(int) = checkpoint;

static void renew(void)
{
	pthread_rwlock_wrlock(&lessor);
	if (fixed)
		pthread_rwlock_unlock(&lessor);
	checkpointer(0);
	if (!fixed)
		pthread_rwlock_unlock(&lessor);
}

int main(int argc, char **argv)
{
	kernel_start(argc, argv);
	renew();
	printf("remaining %d\n", remaining);
	return 0;
}
