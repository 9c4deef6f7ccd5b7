/* SPDX-License-Identifier: Apache-2.0
 *
 * One thread alone takes two locks in both orders. */
// variants: normal recursive errorcheck adaptive pi robust pshared rwlock writer spin mtx
// variants: mtx-timed mtx-recursive
// expect: silent
// json: summary.refuted["same-thread"] == 1
#include "locks.h"

static struct lock a, b;

int main(int argc, char **argv)
{
	lock_init(&a, lock_kind(argc > 1 ? argv[1] : "normal"));
	lock_init(&b, a.kind);
	lock_take(&a);
	lock_take(&b);
	lock_drop(&b);
	lock_drop(&a);
	lock_take(&b);
	lock_take(&a);
	lock_drop(&a);
	lock_drop(&b);
	puts("done");
	return 7;
}
