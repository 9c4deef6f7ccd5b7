/* SPDX-License-Identifier: Apache-2.0
 *
 * Code without unwind tables, but with frame pointers: its stacks are whole, up to the thread's
 * function, and through a callback of the C library's. */
// expect: lock-order-inversion predicted
// cflags: -fno-inline -fno-asynchronous-unwind-tables -fno-unwind-tables
// cflags: -fno-omit-frame-pointer -fno-optimize-sibling-calls
// json: [x.function for x in stacks[0].frames] == ["lock", "both", "one_way"]
// json: [x.function for x in stacks[2].frames][:3] == ["lock", "both", "compare"]
// json: stacks[2].frames[-1].function == "other_way"
#include "case.h"

static pthread_mutex_t a = PTHREAD_MUTEX_INITIALIZER, b = PTHREAD_MUTEX_INITIALIZER;

static void lock(pthread_mutex_t *m)
{
	CHECK(pthread_mutex_lock(m) == 0);
}

static void both(pthread_mutex_t *x, pthread_mutex_t *y)
{
	lock(x);
	lock(y);
	CHECK(pthread_mutex_unlock(y) == 0);
	CHECK(pthread_mutex_unlock(x) == 0);
}

static void *one_way(void *unused)
{
	both(&a, &b);
	turn_next();
	return unused;
}

static int compare(const void *x, const void *y)
{
	both(&b, &a);
	return *(const int *)x - *(const int *)y;
}

static void *other_way(void *unused)
{
	int numbers[] = {2, 1};
	turn_await(1);
	qsort(numbers, 2, sizeof *numbers, compare);
	return unused;
}

int main(void)
{
	pthread_t x, y;
	START(&x, one_way, NULL);
	START(&y, other_way, NULL);
	JOIN(x);
	JOIN(y);
	puts("done");
	return 0;
}
