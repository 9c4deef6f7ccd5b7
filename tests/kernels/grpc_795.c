/* SPDX-License-Identifier: Apache-2.0
 *
 * A graceful stop of the server never unlocks its mutex, and the branch for a server that is
 * stopping already locks where it should unlock.  Stuck: a task that serves at the mutex, and the
 * main thread, at the mutex that it holds, when it stops for the second time.  Repaired: every way
 * out unlocks. */
// needs: channel
// variants: bug fixed
// hangs[bug]
// expect[bug]: self-deadlock confirmed
// expect[fixed]: silent
// stdout[bug]: -
// stuck[bug]: main waits mutex
// stuck[bug]: main holds mutex
#include "kernel.h"

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static int draining;
static pid_t server_tid;

static void graceful_stop(void)
{
	pthread_mutex_lock(&mutex);
	if (draining) {
		if (fixed)
			pthread_mutex_unlock(&mutex);
		else
			pthread_mutex_lock(&mutex);
		return;
	}
	draining = 1;
	if (fixed)
		pthread_mutex_unlock(&mutex);
}

static void *serve(void *unused)
{
	publish_tid(&server_tid);
	pthread_mutex_lock(&mutex);
	pthread_mutex_unlock(&mutex);
	return unused;
}

int main(int argc, char **argv)
{
	kernel_start(argc, argv);
	graceful_stop();
	struct snarl_task *server = spawn("server", serve, NULL);
	await_stuck(&server_tid);
	graceful_stop();
	return leave(server);
}
