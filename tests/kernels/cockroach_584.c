/* SPDX-License-Identifier: Apache-2.0
 *
 * Gossip's bootstrap loop breaks out with the mutex locked when it was closed; the same task then
 * manages its connections and locks that mutex again.  Stuck: this task.  Repaired: the loop
 * unlocks before it breaks. */
// needs: channel
// variants: bug joined fixed
// hangs[joined]
// expect[bug]: self-deadlock confirmed
// expect[joined]: self-deadlock confirmed
// expect[fixed]: silent
// stuck[bug]: gossip waits mutex
// stuck[bug]: gossip holds mutex
// stdout[joined]: -
// stuck[joined]: gossip waits mutex
// stuck[joined]: gossip holds mutex
#include "kernel.h"

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static int closed = 1;
static pid_t tid;

static void bootstrap(void)
{
	for (;;) {
		pthread_mutex_lock(&mutex);
		if (closed) {
			if (fixed)
				pthread_mutex_unlock(&mutex);
			break;
		}
		pthread_mutex_unlock(&mutex);
	}
}

static void manage(void)
{
	pthread_mutex_lock(&mutex);
	pthread_mutex_unlock(&mutex);
}

static void *gossip(void *unused)
{
	publish_tid(&tid);
	bootstrap();
	manage();
	return unused;
}

int main(int argc, char **argv)
{
	kernel_start(argc, argv);
	struct snarl_task *task = spawn("gossip", gossip, NULL);
	await_stuck(&tid);
	return leave(task);
}
