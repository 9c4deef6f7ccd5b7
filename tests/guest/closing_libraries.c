/* SPDX-License-Identifier: Apache-2.0
 *
 * Threads that load, use and close libraries at the same time: one is just being unmapped while
 * another thread comes back from its own dlclose, and others come to its addresses.  The arguments:
 * a folder with 0.so, 1.so, …, how many they are, threads, loads of each thread, and one library
 * that is misused at the end.  Run by closing_libraries.py. */
// mode: none
// libs: -ldl
#include "case.h"
#include <dlfcn.h>
#include <limits.h>
#include <stdint.h>

#define THREADS_MOST 64

typedef void function(pthread_mutex_t *);

static pthread_mutex_t shared = PTHREAD_MUTEX_INITIALIZER;
static const char *folder;
static int libraries, loads;

static void call(int library, const char *name)
{
	char path[PATH_MAX];
	snprintf(path, sizeof path, "%s/%d.so", folder, library);
	void *handle = dlopen(path, RTLD_NOW);
	CHECK(handle);
	function *f = (function *)dlsym(handle, name);
	CHECK(f);
	f(&shared);
	CHECK(dlclose(handle) == 0);
}

static void *load_again_and_again(void *seed)
{
	unsigned state = (unsigned)(uintptr_t)seed;
	for (int i = 0; i < loads; i++)
		call(rand_r(&state) % libraries, "closing_use");
	return NULL;
}

int main(int count, char **arguments)
{
	pthread_t threads[THREADS_MOST];
	CHECK(count == 6);
	folder = arguments[1];
	libraries = atoi(arguments[2]);
	loads = atoi(arguments[4]);
	int n = atoi(arguments[3]);
	for (int i = 0; i < n; i++)
		START(&threads[i], load_again_and_again, (void *)(uintptr_t)(i + 1));
	for (int i = 0; i < n; i++)
		JOIN(threads[i]);
	if (atoi(arguments[5]) >= 0)
		call(atoi(arguments[5]), "closing_misuse");
	puts("done");
	return 7;
}
