/* SPDX-License-Identifier: Apache-2.0
 *
 * A process ends holding a robust mutex in shared memory; the other one repairs it.  A mutex not
 * repaired is ENOTRECOVERABLE.  Nothing here is a mistake. */
// expect: silent
#include "case.h"
#include <sys/mman.h>
#include <sys/wait.h>

int main(void)
{
	pthread_mutexattr_t attr;
	pthread_mutex_t *mutex =
		mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	CHECK(mutex != MAP_FAILED);
	pthread_mutexattr_init(&attr);
	pthread_mutexattr_setrobust(&attr, PTHREAD_MUTEX_ROBUST);
	pthread_mutexattr_setpshared(&attr, PTHREAD_PROCESS_SHARED);
	CHECK(pthread_mutex_init(mutex, &attr) == 0);
	for (int repaired = 1; repaired >= 0; repaired--) {
		pid_t pid = fork();
		CHECK(pid >= 0);
		if (!pid) {
			CHECK(pthread_mutex_lock(mutex) == 0);
			_exit(0);
		}
		CHECK(waitpid(pid, NULL, 0) == pid);
		CHECK(pthread_mutex_lock(mutex) == EOWNERDEAD);
		if (repaired)
			CHECK(pthread_mutex_consistent(mutex) == 0);
		CHECK(pthread_mutex_unlock(mutex) == 0);
	}
	CHECK(pthread_mutex_lock(mutex) == ENOTRECOVERABLE);
	puts("done");
	return 7;
}
