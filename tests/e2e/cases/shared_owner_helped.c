/* SPDX-License-Identifier: Apache-2.0
 *
 * As shared_owner_gone, but main, which has the memory as well, is at work: it may do something
 * about it, so it is a suspect, and nobody is ended before the time is up.
 */
// mode: run
// hangs
// run-arguments: --timeout 2s
// expect: deadlock suspect
// status: 124
// json: f.why.endswith("may do something about it")
// text: can go on only through another process
#include "case.h"
#include <sys/mman.h>
#include <sys/wait.h>

int main(void)
{
	pthread_mutex_t *m =
		mmap(NULL, sizeof *m, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	pthread_mutexattr_t a;
	pid_t pid;

	CHECK(m != MAP_FAILED);
	pthread_mutexattr_init(&a);
	pthread_mutexattr_setpshared(&a, PTHREAD_PROCESS_SHARED);
	pthread_mutex_init(m, &a);
	pid = fork();
	if (!pid) {
		pthread_mutex_lock(m);
		_exit(0);
	}
	CHECK(waitpid(pid, NULL, 0) == pid);
	if (!fork())
		pthread_mutex_lock(m);
	for (;;)
		usleep(1000);
}
