/* SPDX-License-Identifier: Apache-2.0
 *
 * Sync holds the client's write lock, and deep inside picks a leader through the same client, which
 * takes the read lock.  Stuck in the original: the main thread at the read lock.  glibc sees its
 * own writer there and refuses with EDEADLK, which goes unlooked at.  Repaired: the endpoints are
 * updated under the lock, and the leader is found before. */
// needs: channel
// variants: bug fixed
// expect[bug]: self-deadlock suspect
// expect[fixed]: silent
// json[bug]: roles(f) == ["holds", "wants"]
// stuck[bug]: main holds client
#include "kernel.h"

static pthread_rwlock_t client = PTHREAD_RWLOCK_INITIALIZER;
static int endpoints = 3, pinned;

static int do_request(void)
{
	int refused = pthread_rwlock_rdlock(&client);
	int leader = pinned % endpoints;

	if (!refused)
		pthread_rwlock_unlock(&client);
	return leader;
}

static int get_leader(void)
{
	return do_request();
}

static void synchronise(void)
{
	int leader = 0;

	if (fixed)
		leader = get_leader();
	pthread_rwlock_wrlock(&client);
	if (!fixed)
		leader = get_leader();
	pinned = leader + 1;
	pthread_rwlock_unlock(&client);
}

int main(int argc, char **argv)
{
	kernel_start(argc, argv);
	synchronise();
	printf("pinned %d\n", pinned);
	return 0;
}
