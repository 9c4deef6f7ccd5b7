/* SPDX-License-Identifier: Apache-2.0
 *
 * A once routine takes a mutex, and a thread that holds the mutex asks for the once while the
 * routine still runs. It goes well here, since the routine has given the mutex back by then. */
// variants: mutex rwlock
// expect: lock-order-inversion predicted
// json: any(o.type == "once control" for o in f.objects)
#include "case.h"

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_rwlock_t rwlock = PTHREAD_RWLOCK_INITIALIZER;
static pthread_once_t control = PTHREAD_ONCE_INIT;
static int with_rwlock;
static pid_t tid;

static void take(void)
{
	if (with_rwlock)
		pthread_rwlock_wrlock(&rwlock);
	else
		pthread_mutex_lock(&mutex);
}

static void give(void)
{
	if (with_rwlock)
		pthread_rwlock_unlock(&rwlock);
	else
		pthread_mutex_unlock(&mutex);
}

static void routine(void)
{
	take();
	give();
	turn_next();
	await_blocked(&tid);
}

static void *runner(void *unused)
{
	(void)unused;
	pthread_once(&control, routine);
	return NULL;
}

static void *caller(void *unused)
{
	(void)unused;
	turn_await(1);
	take();
	publish_tid(&tid);
	pthread_once(&control, routine);
	give();
	return NULL;
}

int main(int argc, char **argv)
{
	pthread_t one, two;
	with_rwlock = argc == 2 && !strcmp(argv[1], "rwlock");
	START(&one, runner, NULL);
	START(&two, caller, NULL);
	JOIN(one);
	JOIN(two);
	puts("done");
	return 0;
}
