/* SPDX-License-Identifier: Apache-2.0
 *
 * One condition for two kinds of waiters: a reader that waits for data and a writer that waits for
 * room.  The signal that says "data" wakes the writer, which finds no room and goes back to sleep;
 * the reader sleeps on. */
// expect: lost-wakeup confirmed
// hangs
// stdout: -
// json: "went back to sleep" in f.why
// json: {"waits", "signalled", "woken"} <= set(roles(f))
#include "case.h"

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static int has_data, has_room;
static pid_t writer_tid, reader_tid;

static void *writer(void *unused)
{
	(void)unused;
	publish_tid(&writer_tid);
	pthread_mutex_lock(&mutex);
	while (!has_room)
		pthread_cond_wait(&changed, &mutex);
	pthread_mutex_unlock(&mutex);
	return NULL;
}

static void *reader(void *unused)
{
	(void)unused;
	publish_tid(&reader_tid);
	pthread_mutex_lock(&mutex);
	while (!has_data)
		pthread_cond_wait(&changed, &mutex);
	has_data = 0;
	has_room = 1;
	pthread_cond_broadcast(&changed);
	pthread_mutex_unlock(&mutex);
	return NULL;
}

int main(void)
{
	pthread_t threads[2];
	/* glibc wakes the one that waits longest. */
	START(&threads[0], writer, NULL);
	await_blocked(&writer_tid);
	START(&threads[1], reader, NULL);
	await_blocked(&reader_tid);
	pthread_mutex_lock(&mutex);
	has_data = 1;
	pthread_cond_signal(&changed);
	pthread_mutex_unlock(&mutex);
	JOIN(threads[0]);
	JOIN(threads[1]);
	return 0;
}
