/* SPDX-License-Identifier: Apache-2.0
 *
 * A proxy locks its connections, dials, and when that fails goes on to the next packet with the
 * mutex locked.  Stuck: the proxy, at the mutex that it holds, with the next packet.  Repaired: it
 * unlocks before it goes on. */
// needs: channel
// variants: bug joined fixed
// hangs[joined]
// expect[bug]: self-deadlock confirmed
// expect[joined]: self-deadlock confirmed
// expect[fixed]: silent
// stuck[bug]: proxy waits connections
// stuck[bug]: proxy holds connections
// stdout[joined]: -
// stuck[joined]: proxy waits connections
// stuck[joined]: proxy holds connections
#include "kernel.h"

#define PACKETS 2

static pthread_mutex_t connections = PTHREAD_MUTEX_INITIALIZER;
static pid_t tid;

static int dial(void)
{
	return -ECONNREFUSED;
}

static void *run(void *unused)
{
	publish_tid(&tid);
	for (int i = 0; i < PACKETS; i++) {
		pthread_mutex_lock(&connections);
		if (dial() < 0) {
			if (fixed)
				pthread_mutex_unlock(&connections);
			continue;
		}
		pthread_mutex_unlock(&connections);
	}
	return unused;
}

int main(int argc, char **argv)
{
	kernel_start(argc, argv);
	struct snarl_task *proxy = spawn("proxy", run, NULL);
	await_stuck(&tid);
	return leave(proxy);
}
