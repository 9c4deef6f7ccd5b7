/* SPDX-License-Identifier: Apache-2.0
 *
 * A program under a limit of address space uses most of it: for memory, and for the stacks of
 * threads. It sets the limit itself, by the call that is named, or (from limits.py) has it already:
 * then it is told the MiB to use. */
// expect: silent
// variants: setrlimit setrlimit64 prlimit prlimit64
#include "case.h"
#include <sys/resource.h>

#define MIB (1ul << 20)
#define LIMIT 800

static int set_limit(const char *call)
{
	struct rlimit limit = {LIMIT * MIB, LIMIT * MIB};
	struct rlimit64 limit64 = {LIMIT * MIB, LIMIT * MIB};
	if (!strcmp(call, "setrlimit"))
		return setrlimit(RLIMIT_AS, &limit);
	if (!strcmp(call, "setrlimit64"))
		return setrlimit64(RLIMIT_AS, &limit64);
	if (!strcmp(call, "prlimit"))
		return prlimit(getpid(), RLIMIT_AS, &limit, NULL);
	return prlimit64(0, RLIMIT_AS, &limit64, NULL);
}

static void *lock_and_end(void *lock)
{
	pthread_mutex_lock(lock);
	pthread_mutex_unlock(lock);
	return NULL;
}

int main(int count, char **arguments)
{
	static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
	size_t use = count > 1 ? strtoul(arguments[1], NULL, 10) : 0;
	pthread_t thread;
	if (!use) {
		CHECK(count > 1 && set_limit(arguments[1]) == 0);
		use = LIMIT - 100;
	}
	START(&thread, lock_and_end, &lock);
	JOIN(thread);
	char *memory = malloc(use * MIB);
	CHECK(memory);
	memory[use * MIB - 1] = 1;
	free(memory);
	START(&thread, lock_and_end, &lock);
	JOIN(thread);
	puts("done");
	return 7;
}
