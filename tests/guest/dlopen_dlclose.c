/* SPDX-License-Identifier: Apache-2.0
 *
 * A plugin that locks in constructors and destructors is loaded and unloaded again and again, by
 * the main thread and by others, at the same addresses; locks of its own come and go with it. */
// expect: silent
// libs: -ldl
#include "case.h"
#include <dlfcn.h>
#include <limits.h>

static char path[PATH_MAX];
static pthread_mutex_t once_at_a_time = PTHREAD_MUTEX_INITIALIZER;

static void load_and_use(void)
{
	void *plugin = dlopen(path, RTLD_NOW);
	CHECK(plugin);
	void *(*use)(void *) = (void *(*)(void *))dlsym(plugin, "plugin_use");
	CHECK(use && use(NULL));
	pthread_t thread;
	START(&thread, use, NULL);
	JOIN(thread);
	CHECK(dlclose(plugin) == 0);
}

static void *worker(void *unused)
{
	for (int i = 0; i < 20; i++) {
		pthread_mutex_lock(&once_at_a_time);
		load_and_use();
		pthread_mutex_unlock(&once_at_a_time);
	}
	return unused;
}

int main(void)
{
	pthread_t threads[3];
	ssize_t length = readlink("/proc/self/exe", path, sizeof path - 32);
	CHECK(length > 0);
	path[length] = 0;
	strcpy(strrchr(path, '/'), "/plugin.so");
	for (int i = 0; i < 20; i++)
		load_and_use();
	for (int i = 0; i < 3; i++)
		START(&threads[i], worker, NULL);
	for (int i = 0; i < 3; i++)
		JOIN(threads[i]);
	puts("done");
	return 7;
}
