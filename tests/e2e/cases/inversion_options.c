/* SPDX-License-Identifier: Apache-2.0
 *
 * An inversion under options that change the status or what is shown. */
// variants: fail never exitcode suppressed
// expect: lock-order-inversion predicted
// expect[suppressed]: silent
// options[fail]: fail_on=confirmed
// status[fail]: own
// options[never]: fail_on=never
// status[never]: own
// options[exitcode]: exitcode=99
// status[exitcode]: 99
// options[suppressed]: suppressions=tests/e2e/suppressions.txt
// json[suppressed]: summary.suppressed == 1
#include "case.h"

static pthread_mutex_t a = PTHREAD_MUTEX_INITIALIZER, b = PTHREAD_MUTEX_INITIALIZER;

static void *forward(void *unused)
{
	turn_await(1);
	pthread_mutex_lock(&a);
	pthread_mutex_lock(&b);
	pthread_mutex_unlock(&b);
	pthread_mutex_unlock(&a);
	turn_next();
	return unused;
}

static void *a_known_backward(void *unused)
{
	turn_await(2);
	pthread_mutex_lock(&b);
	pthread_mutex_lock(&a);
	pthread_mutex_unlock(&a);
	pthread_mutex_unlock(&b);
	return unused;
}

int main(void)
{
	pthread_t one, two;
	START(&one, forward, NULL);
	START(&two, a_known_backward, NULL);
	turn_next();
	JOIN(one);
	JOIN(two);
	puts("done");
	return 5;
}
