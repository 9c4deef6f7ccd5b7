/* SPDX-License-Identifier: Apache-2.0
 *
 * Who signalled has ended and is joined when the waiter is made, and many threads come and go in
 * between: whatever has taken its place in the registry by then did not signal. */
// expect: lost-wakeup confirmed
// hangs
// variants: next later
// stdout: -
// json: "does not look at any state" in f.why
// json[next]: any(p.role == "signalled" and p.thread == "T2" for p in f.stacks)
// json[later]: any(p.role == "signalled" and not p.thread for p in f.stacks)
// json[next]: "signal of T2 (teller)" in f.message
// json[later]: "signal of a thread that has ended" in f.message
#include "case.h"

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t cond = PTHREAD_COND_INITIALIZER;

static void *teller(void *unused)
{
	pthread_mutex_lock(&mutex);
	pthread_cond_signal(&cond);
	pthread_mutex_unlock(&mutex);
	return unused;
}

static void *passer_by(void *unused)
{
	return unused;
}

static void *waiter(void *unused)
{
	pthread_mutex_lock(&mutex);
	pthread_cond_wait(&cond, &mutex);
	pthread_mutex_unlock(&mutex);
	return unused;
}

int main(int argc, char **argv)
{
	pthread_t thread;
	START(&thread, teller, NULL);
	JOIN(thread);
	for (int i = argc > 1 && !strcmp(argv[1], "later") ? 90 : 0; i > 0; i--) {
		START(&thread, passer_by, NULL);
		JOIN(thread);
	}
	START(&thread, waiter, NULL);
	JOIN(thread);
	return 0;
}
