/* SPDX-License-Identifier: Apache-2.0
 *
 * A thread ends with a robust mutex; its next owner is told, gives up on it and destroys it, and
 * its memory becomes another one: what the thread held is told by its own name and address. */
// expect: lock-held-at-thread-exit suspect
// count: any
// json: f.objects[0].type == "mutex" and f.objects[0].name == "mutex"
// json: int(f.objects[0].address, 16) != 0
#include "case.h"

static pthread_mutex_t mutex;

static void *dies(void *unused)
{
	pthread_mutex_lock(&mutex);
	return unused;
}

int main(void)
{
	pthread_mutexattr_t robust;
	pthread_t thread;
	pthread_mutexattr_init(&robust);
	pthread_mutexattr_setrobust(&robust, PTHREAD_MUTEX_ROBUST);
	for (int i = 0; i < 3; i++) {
		pthread_mutex_init(&mutex, &robust);
		START(&thread, dies, NULL);
		JOIN(thread);
		CHECK(pthread_mutex_lock(&mutex) == EOWNERDEAD);
		pthread_mutex_unlock(&mutex);
		pthread_mutex_destroy(&mutex);
	}
	return 0;
}
