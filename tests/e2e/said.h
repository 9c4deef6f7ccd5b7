/* SPDX-License-Identifier: Apache-2.0
 *
 * What the cases of snarl.h share: two locks that threads take in opposite orders, in turns, so that
 * they never meet. */
#ifndef TESTS_E2E_SAID_H
#define TESTS_E2E_SAID_H

#include "case.h"
#include <snarl.h>

static pthread_mutex_t first = PTHREAD_MUTEX_INITIALIZER, second = PTHREAD_MUTEX_INITIALIZER;

static void *forwards(void *unused)
{
	pthread_mutex_lock(&first);
	pthread_mutex_lock(&second);
	pthread_mutex_unlock(&second);
	pthread_mutex_unlock(&first);
	turn_next();
	return unused;
}

static void *backwards(void *unused)
{
	turn_await(1);
	pthread_mutex_lock(&second);
	pthread_mutex_lock(&first);
	pthread_mutex_unlock(&first);
	pthread_mutex_unlock(&second);
	return unused;
}

static inline void invert(void)
{
	pthread_t one, two;
	turn_now = 0;
	START(&one, forwards, NULL);
	START(&two, backwards, NULL);
	JOIN(one);
	JOIN(two);
}

/* What a framework would do with a failure. */
static inline void print_failure(const char *file, int line, const char *text, void *context)
{
	(void)context;
	printf("%s %s ", strrchr(file, '/') ? strrchr(file, '/') + 1 : file,
	       strstr(text, "lock-order-inversion") ? "inversion" : text);
	CHECK(line > 0);
}

#endif
