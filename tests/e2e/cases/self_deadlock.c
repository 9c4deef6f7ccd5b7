/* SPDX-License-Identifier: Apache-2.0
 *
 * A thread waits for what only it could give up. */
// variants: normal adaptive pi pshared robust mtx mtx-timed spin
// expect: self-deadlock confirmed
// hangs
// json: len(f.threads) == 1
// text: again
#include "locks.h"

static struct lock mutex;

static __attribute__((noinline)) void again(void)
{
	lock_take(&mutex);
	puts("never");
}

int main(int argc, char **argv)
{
	lock_init(&mutex, lock_kind(argc > 1 ? argv[1] : "normal"));
	lock_take(&mutex);
	again();
	return 0;
}
