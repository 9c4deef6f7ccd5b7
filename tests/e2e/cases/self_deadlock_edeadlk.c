/* SPDX-License-Identifier: Apache-2.0
 *
 * A writer takes its own rwlock again.  glibc refuses with EDEADLK, so that the program goes on;
 * another libc would hang, and the refusal is seldom looked at. */
// variants: read write
// expect: self-deadlock suspect
#include "case.h"

static pthread_rwlock_t rwlock = PTHREAD_RWLOCK_INITIALIZER;

int main(int argc, char **argv)
{
	CHECK(pthread_rwlock_wrlock(&rwlock) == 0);
	if (argc > 1 && !strcmp(argv[1], "read"))
		CHECK(pthread_rwlock_rdlock(&rwlock) == EDEADLK);
	else
		CHECK(pthread_rwlock_wrlock(&rwlock) == EDEADLK);
	CHECK(pthread_rwlock_unlock(&rwlock) == 0);
	puts("done");
	return 0;
}
