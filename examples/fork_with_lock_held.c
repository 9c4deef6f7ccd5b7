/* SPDX-License-Identifier: Apache-2.0
 *
 * A thread holds a lock while another one forks, and the child takes the same lock: it was copied
 * locked, and the thread that would unlock it was not copied.
 *
 * It reports:
 */
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
