/* SPDX-License-Identifier: Apache-2.0
 *
 * Threads take two locks in opposite orders, but creation or join orders them, directly or through
 * a third thread. */
// variants: join create main-before main-after chain
// expect: silent
// json: summary.refuted.ordered == 1
#include "case.h"

static pthread_mutex_t a = PTHREAD_MUTEX_INITIALIZER, b = PTHREAD_MUTEX_INITIALIZER;

static void *forward(void *unused)
{
	pthread_mutex_lock(&a);
	pthread_mutex_lock(&b);
	pthread_mutex_unlock(&b);
	pthread_mutex_unlock(&a);
	return unused;
}

static void *backward(void *unused)
{
	pthread_mutex_lock(&b);
	pthread_mutex_lock(&a);
	pthread_mutex_unlock(&a);
	pthread_mutex_unlock(&b);
	return unused;
}

static void *joins(void *thread)
{
	JOIN(*(pthread_t *)thread);
	return NULL;
}

static void *forward_then_creates(void *unused)
{
	pthread_t child;
	forward(NULL);
	START(&child, backward, NULL);
	JOIN(child);
	return unused;
}

int main(int argc, char **argv)
{
	const char *how = argc > 1 ? argv[1] : "join";
	pthread_t one, two;
	if (!strcmp(how, "join")) {
		START(&one, forward, NULL);
		JOIN(one);
		START(&two, backward, NULL);
		JOIN(two);
	} else if (!strcmp(how, "create")) {
		START(&one, forward_then_creates, NULL);
		JOIN(one);
	} else if (!strcmp(how, "main-before")) {
		forward(NULL);
		START(&two, backward, NULL);
		JOIN(two);
	} else if (!strcmp(how, "main-after")) {
		START(&two, backward, NULL);
		JOIN(two);
		forward(NULL);
	} else {
		START(&one, forward, NULL);
		START(&two, joins, &one);
		JOIN(two);
		START(&two, backward, NULL);
		JOIN(two);
	}
	puts("done");
	return 7;
}
