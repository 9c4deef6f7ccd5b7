/* SPDX-License-Identifier: Apache-2.0
 *
 * Clearing the addresses of a port mapping holds its write lock and notifies through a method that
 * takes the read lock.  Stuck in the original: the main thread at the read lock.  glibc sees its
 * own writer there and refuses with EDEADLK, which goes unlooked at.  Repaired: it notifies after
 * unlocking. */
// needs: channel
// variants: bug fixed
// expect[bug]: self-deadlock suspect
// expect[fixed]: silent
// json[bug]: roles(f) == ["holds", "wants"]
// stuck[bug]: main holds mapping
#include "kernel.h"

static pthread_rwlock_t mapping = PTHREAD_RWLOCK_INITIALIZER;
static int addresses = 2, notified;

static void notify(int added, int removed)
{
	int refused = pthread_rwlock_rdlock(&mapping);

	notified += added + removed;
	if (!refused)
		pthread_rwlock_unlock(&mapping);
}

static void clear_addresses(void)
{
	pthread_rwlock_wrlock(&mapping);
	int removed = addresses;
	addresses = 0;
	if (fixed)
		pthread_rwlock_unlock(&mapping);
	if (removed)
		notify(0, removed);
	if (!fixed)
		pthread_rwlock_unlock(&mapping);
}

int main(int argc, char **argv)
{
	kernel_start(argc, argv);
	clear_addresses();
	printf("notified of %d\n", notified);
	return 0;
}
