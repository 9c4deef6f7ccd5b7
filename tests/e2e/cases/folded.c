/* SPDX-License-Identifier: Apache-2.0
 *
 * Independent bugs in the same pair of functions, by the same helper: each is told. */
// variants: helper plain misuse
// expect: lock-order-inversion predicted
// expect: lock-order-inversion predicted
// expect[misuse]: unlock-not-locked confirmed
// expect[misuse]: unlock-not-locked confirmed
// json: len({f.id for f in findings}) == 2
#include "case.h"

static pthread_mutex_t conf = PTHREAD_MUTEX_INITIALIZER, net = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t db = PTHREAD_MUTEX_INITIALIZER, cache = PTHREAD_MUTEX_INITIALIZER;
static int helped;

static __attribute__((noinline)) void nest(pthread_mutex_t *outer, pthread_mutex_t *inner)
{
	pthread_mutex_lock(outer);
	pthread_mutex_lock(inner);
	pthread_mutex_unlock(inner);
	pthread_mutex_unlock(outer);
}

static void *forward(void *unused)
{
	if (helped) {
		nest(&conf, &net);
		nest(&db, &cache);
	} else {
		pthread_mutex_lock(&conf);
		pthread_mutex_lock(&net);
		pthread_mutex_unlock(&net);
		pthread_mutex_unlock(&conf);
		pthread_mutex_lock(&db);
		pthread_mutex_lock(&cache);
		pthread_mutex_unlock(&cache);
		pthread_mutex_unlock(&db);
	}
	turn_next();
	return unused;
}

static void *backward(void *unused)
{
	turn_await(1);
	if (helped) {
		nest(&net, &conf);
		nest(&cache, &db);
	} else {
		pthread_mutex_lock(&net);
		pthread_mutex_lock(&conf);
		pthread_mutex_unlock(&conf);
		pthread_mutex_unlock(&net);
		pthread_mutex_lock(&cache);
		pthread_mutex_lock(&db);
		pthread_mutex_unlock(&db);
		pthread_mutex_unlock(&cache);
	}
	return unused;
}

static int misuse(void)
{
	pthread_mutex_unlock(&conf);
	pthread_mutex_unlock(&net);
	puts("done");
	return 0;
}

int main(int argc, char **argv)
{
	pthread_t one, two;
	if (argc > 1 && !strcmp(argv[1], "misuse"))
		return misuse();
	helped = argc > 1 && !strcmp(argv[1], "helper");
	START(&one, forward, NULL);
	START(&two, backward, NULL);
	JOIN(one);
	JOIN(two);
	puts("done");
	return 0;
}
