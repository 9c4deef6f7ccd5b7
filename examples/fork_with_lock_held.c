/* SPDX-License-Identifier: Apache-2.0
 *
 * A thread holds a lock while another one forks, and the child takes the same lock: it was copied
 * locked, and the thread that would unlock it was not copied.
 *
 * It reports:
 *   ==snarl== fork-with-lock-held (confirmed): T1 'main' waits for mutex 'log_lock' (M1), which
 *       a thread of the parent process held at the fork: it can never go on  [id X]
 *     in process X (fork_with_lock_held)
 *     why: the lock was held by a thread of the parent at the fork, and only the forking thread
 *         lives on in the child
 *     T2 (writes_the_log) acquired mutex 'log_lock' (M1) here:
 *       #0  writes_the_log  examples/fork_with_lock_held.c:40:2
 *             40 | pthread_mutex_lock(&log_lock);
 *     T1 'main' waits for mutex 'log_lock' (M1) here:
 *       #0  child  examples/fork_with_lock_held.c:49:2 (inlined)
 *             49 | pthread_mutex_lock(&log_lock);
 *       #1  main   examples/fork_with_lock_held.c:64:3
 *     T2 (writes_the_log) was created in main at examples/fork_with_lock_held.c:60:2
 *     mutex 'log_lock' (M1): 0xX, static in fork_with_lock_held, declared at
 *         examples/fork_with_lock_held.c:35
 *     fix: Fork before creating threads, call only exec after fork, or take the locks in
 *         pthread_atfork handlers.
 *
 *   snarl: 1 finding (1 confirmed): `snarl report` tells more
 */
// expect: fork-with-lock-held confirmed
// hangs
#include <pthread.h>
#include <semaphore.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static pthread_mutex_t log_lock = PTHREAD_MUTEX_INITIALIZER;
static sem_t locked, forked;

static void *writes_the_log(void *unused)
{
	pthread_mutex_lock(&log_lock);
	sem_post(&locked);
	sem_wait(&forked);
	pthread_mutex_unlock(&log_lock);
	return unused;
}

static void child(void)
{
	pthread_mutex_lock(&log_lock);
	pthread_mutex_unlock(&log_lock);
	exit(0);
}

int main(void)
{
	pthread_t writer;
	int status;
	sem_init(&locked, 0, 0);
	sem_init(&forked, 0, 0);
	pthread_create(&writer, NULL, writes_the_log, NULL);
	sem_wait(&locked);
	pid_t pid = fork();
	if (pid == 0)
		child();
	waitpid(pid, &status, 0);
	sem_post(&forked);
	pthread_join(writer, NULL);
	return WEXITSTATUS(status);
}
