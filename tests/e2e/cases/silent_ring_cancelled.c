/* SPDX-License-Identifier: Apache-2.0
 *
 * A thread that sits in a join, or in a condition wait, is cancelled and then joined by main, which
 * holds the lock that the joined thread needs.  The cancelled one leaves its wait at once: what is
 * recorded of it for a moment closes no ring. */
// expect: silent
#include "case.h"

static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;

static void *worker(void *unused)
{
	pthread_mutex_lock(&gate);
	pthread_mutex_unlock(&gate);
	return unused;
}

static pid_t joiner_tid;

static void *joiner(void *target)
{
	publish_tid(&joiner_tid);
	pthread_join(*(pthread_t *)target, NULL);
	return NULL;
}

static void once(void)
{
	pthread_t works, joins;
	void *result;
	pthread_mutex_lock(&gate);
	joiner_tid = 0;
	START(&works, worker, NULL);
	START(&joins, joiner, &works);
	await_blocked(&joiner_tid);
	CHECK(pthread_cancel(joins) == 0);
	CHECK(pthread_join(joins, &result) == 0 && result == PTHREAD_CANCELED);
	pthread_mutex_unlock(&gate);
	JOIN(works);
}

int main(void)
{
	for (int i = 0; i < 50; i++)
		once();
	puts("done");
	return 7;
}
