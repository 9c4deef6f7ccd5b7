/* SPDX-License-Identifier: Apache-2.0
 *
 * Nobody is left: the main thread signals the stop before anybody waits, forgets the flag, and
 * joins workers that wait for it. */
// expect: deadlock confirmed
// hangs
// stdout: -
// json: f.message.startswith("all 4 threads of the process are asleep")
// json: roles(f) == ["waits", "waits", "signalled"]
// json: [o.id for o in f.objects] == ["C1"]
// json: sum(s.more or 0 for s in f.stacks) == 2
#include "case.h"

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t stopped = PTHREAD_COND_INITIALIZER;
static int stop;
static pid_t tid[3];

static void *worker(void *own)
{
	pthread_mutex_lock(&mutex);
	publish_tid(own);
	while (!stop)
		pthread_cond_wait(&stopped, &mutex);
	pthread_mutex_unlock(&mutex);
	return NULL;
}

int main(void)
{
	pthread_t thread[3];
	pthread_mutex_lock(&mutex);
	pthread_cond_broadcast(&stopped);
	pthread_mutex_unlock(&mutex);
	for (int i = 0; i < 3; i++) {
		START(&thread[i], worker, &tid[i]);
		await_blocked(&tid[i]);
	}
	for (int i = 0; i < 3; i++)
		JOIN(thread[i]);
	puts("done");
	return 0;
}
