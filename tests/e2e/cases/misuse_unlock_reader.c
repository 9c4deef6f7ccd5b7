/* SPDX-License-Identifier: Apache-2.0
 *
 * A thread unlocks a read lock of which it has none: every hold that the lock counts is known to be
 * another thread's. */
// variants: one two
// count: any
// expect: early-exit suspect
// expect: unlock-not-owner confirmed
// text: stranger
// text: unlocked rwlock .* for reading here
// text: acquired rwlock .* for reading here
// json: "named another thread as its owner" not in str(f)
#include "case.h"

static pthread_rwlock_t lock = PTHREAD_RWLOCK_INITIALIZER;

static void *reader(void *unused)
{
	pthread_rwlock_rdlock(&lock);
	turn_next();
	turn_await(9);
	return unused;
}

static __attribute__((noinline)) void stranger(void)
{
	pthread_rwlock_unlock(&lock);
}

int main(int argc, char **argv)
{
	const char *how = argc > 1 ? argv[1] : "one";
	pthread_t threads[2];
	int n = !strcmp(how, "two") ? 2 : 1;
	for (int i = 0; i < n; i++) {
		START(&threads[i], reader, NULL);
		turn_await(i + 1);
	}
	stranger();
	puts("done");
	fflush(stdout);
	_exit(5);
}
